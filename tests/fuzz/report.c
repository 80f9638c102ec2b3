// SPDX-License-Identifier: GPL-2.0-only
/* Findings, and figures as comments of the test's output. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

const char *const entry_names[ENTRIES] = {
#define COMMAND(NAME, name)						\
	[ENTRY_##NAME] = #name,
	COMMANDS(COMMAND)
#undef COMMAND
	[ENTRY_UNKNOWN_COMMAND]	= "unknown_command",
	[ENTRY_SYSCALL]		= "syscall",
	[ENTRY_SYSCALL_INT80]	= "syscall_i386",
	[ENTRY_SYSCALL_HOLE]	= "syscall_hole",
	[ENTRY_PROC_PIDNS_ID]	= "proc_pidns_id",
	[ENTRY_LINK]		= "proc_link",
	[ENTRY_LISTING]		= "proc_listing",
	[ENTRY_DEVICE]		= "device",
};

static int error_of_bit(int bit)
{
	return bit == 63 ? EOPNOTSUPP : bit;
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
	if (result == -EOPNOTSUPP)
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
	if (result < -62 && result != -EOPNOTSUPP)
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
			  worker->persona->name, text);
	if (length >= (int)sizeof(line))
		length = sizeof(line) - 1;
	/* One write keeps lines of several workers apart. */
	if (write(STDOUT_FILENO, line, length) < 0)
		return;
}

void report(struct worker *worker, enum entry entry, long result,
	    const char *complaint, answers allowed, const char *format, ...)
{
	char text[900], set[200];
	size_t used;
	va_list args;

	worker->calls++;
	worker->results[entry][bit_of(result)]++;
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

	for (int entry = 0; entry < ENTRIES; entry++) {
		for (int bit = 0; bit < 64; bit++) {
			__u64 count = worker->results[entry][bit];

			if (!count)
				continue;
			__atomic_add_fetch(&stage->calls[entry], count,
					   __ATOMIC_RELAXED);
			__atomic_add_fetch(&stage->results[entry][bit], count,
					   __ATOMIC_RELAXED);
		}
	}
	memset(worker->results, 0, sizeof(worker->results));
}

void report_figures(const struct stage *stage, double seconds)
{
	__u64 total = 0;

	for (int entry = 0; entry < ENTRIES; entry++) {
		total += stage->calls[entry];
		printf("# fuzz: figures: entry=%s calls=%llu",
		       entry_names[entry],
		       (unsigned long long)stage->calls[entry]);
		for (int bit = 0; bit < 64; bit++)
			if (stage->results[entry][bit])
				printf(" %s=%llu", name_of_bit(bit),
				       (unsigned long long)
					       stage->results[entry][bit]);
		printf("\n");
	}
	printf("# fuzz: figures: calls=%llu seconds=%.0f per_second=%.0f namespaces_died=%u findings=%u\n",
	       (unsigned long long)total, seconds,
	       seconds > 0 ? total / seconds : 0, stage->died,
	       stage->findings);
}
