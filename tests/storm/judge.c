// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>

#include "judge.h"

struct tally *tally;
struct hammer_record *record;
struct random random_state;

static void add(__u64 *counter, __u64 count)
{
	__atomic_fetch_add(counter, count, __ATOMIC_RELAXED);
}

__u32 phases(void)
{
	return __atomic_load_n(&tally->phases, __ATOMIC_ACQUIRE);
}

__u32 phases_before;

/* Whether the module was in this phase all the time since then. */
static bool was(enum phase phase)
{
	return phases_before % PHASES == phase && phases() == phases_before;
}

void wrong(const char *format, ...)
{
	va_list args;

	if (__atomic_fetch_add(&record->wrong, 1, __ATOMIC_RELAXED))
		return;
	va_start(args, format);
	vsnprintf(record->first_wrong, sizeof(record->first_wrong), format,
		  args);
	va_end(args);
}

void judge(const char *what, long answer, long expected, long absent)
{
	add(&record->calls, 1);
	if (answer == expected) {
		add(&record->answered, 1);
		if (expected != absent && was(ABSENT))
			wrong("%s: answered by an absent module", what);
	} else if (answer == absent) {
		add(&record->absent, 1);
		if (was(PRESENT))
			wrong("%s: the module is not found", what);
	} else {
		wrong("%s: %ld instead of %ld", what, answer, expected);
	}
}

void end_child(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
