// SPDX-License-Identifier: GPL-2.0-only
/* Findings, and figures as comments of the test's output. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

const char *const call_names[CALL_COUNT] = {
#define COMMAND(NAME, name)						\
	[CALL_##NAME] = #name,
	COMMANDS(COMMAND)
#undef COMMAND
	[CALL_UNKNOWN_COMMAND]	= "unknown_command",
	[CALL_SYSCALL]		= "syscall",
	[CALL_SYSCALL_INT80]	= "syscall_i386",
	[CALL_SYSCALL_HOLE]	= "syscall_hole",
	[CALL_PROC_PIDNS_ID]	= "proc_pidns_id",
	[CALL_LINK]		= "proc_link",
	[CALL_LISTING]		= "proc_listing",
	[CALL_DEVICE]		= "device",
	[CALL_HANDLE]		= "handle",
};

static int error_of_bit(int bit)
{
	return bit == 63 ? ESTALE : bit;
}

static const char *name_of_bit(int bit)
{
	return bit ? strerrorname_np(error_of_bit(bit)) : "success";
}

/* Errors too large for the set count as the last that fits. */
static int bit_of(long result)
{
	if (result >= 0)
		return 0;
	if (result == -ESTALE)
		return 63;
	return result < -62 ? 62 : -result;
}

void print_answers(char *text, size_t size, answers set)
{
	size_t used = 0;

	*text = '\0';
	for (int bit = 0; bit < 64 && used < size; bit++)
		if (set >> bit & 1)
			used += snprintf(text + used, size - used, "%s%s",
					 used ? ", " : "", name_of_bit(bit));
}

const char *unless_allowed(long result, answers allowed)
{
	if (result < -62 && result != -ESTALE)
		return "no such error is known here";
	return allowed >> bit_of(result) & 1 ? NULL :
					       "this answer is not allowed";
}

static void say(const struct worker *worker, const char *what,
		const char *text)
{
	char line[1024];
	int length;

	length = snprintf(line, sizeof(line),
			  "# fuzz: %sseed %llu worker %d iteration %llu (%s): %s\n",
			  what, (unsigned long long)worker->seed,
			  worker->number, (unsigned long long)worker->iteration,
			  worker->credentials->name, text);
	if (length >= (int)sizeof(line))
		length = sizeof(line) - 1;
	/* One write keeps lines of several workers apart. */
	if (write(STDOUT_FILENO, line, length) < 0)
		return;
}

void report(struct worker *worker, enum call call, long result,
	    const char *complaint, answers allowed, const char *format, ...)
{
	char text[900], set[200];
	size_t used;
	va_list args;

	worker->calls++;
	worker->results[call][bit_of(result)]++;
	if (!complaint && !worker->verbose)
		return;
	va_start(args, format);
	used = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (used < sizeof(text))
		used += snprintf(text + used, sizeof(text) - used, " = %ld (%s)",
				 result, name_of_bit(bit_of(result)));
	if (complaint && used < sizeof(text)) {
		print_answers(set, sizeof(set), allowed);
		snprintf(text + used, sizeof(text) - used, ": %s; allowed: %s",
			 complaint, set);
	}
	if (complaint) {
		__atomic_add_fetch(&worker->stage->findings, 1,
				   __ATOMIC_ACQ_REL);
		__atomic_store_n(&worker->stage->stop, 1, __ATOMIC_RELEASE);
	}
	say(worker, complaint ? "finding: " : "", text);
}

void report_flush(struct worker *worker)
{
	struct stage *stage = worker->stage;

	for (int call = 0; call < CALL_COUNT; call++) {
		for (int bit = 0; bit < 64; bit++) {
			__u64 count = worker->results[call][bit];

			if (!count)
				continue;
			__atomic_add_fetch(&stage->calls[call], count,
					   __ATOMIC_RELAXED);
			__atomic_add_fetch(&stage->results[call][bit], count,
					   __ATOMIC_RELAXED);
		}
	}
	memset(worker->results, 0, sizeof(worker->results));
}

void report_figures(const struct stage *stage, double seconds)
{
	__u64 total = 0;

	for (int call = 0; call < CALL_COUNT; call++) {
		total += stage->calls[call];
		printf("# fuzz: figures: call=%s calls=%llu",
		       call_names[call],
		       (unsigned long long)stage->calls[call]);
		for (int bit = 0; bit < 64; bit++)
			if (stage->results[call][bit])
				printf(" %s=%llu", name_of_bit(bit),
				       (unsigned long long)
					       stage->results[call][bit]);
		printf("\n");
	}
	printf("# fuzz: figures: calls=%llu seconds=%.0f per_second=%.0f namespaces_died=%u findings=%u\n",
	       (unsigned long long)total, seconds,
	       seconds > 0 ? total / seconds : 0, stage->died,
	       stage->findings);
}
