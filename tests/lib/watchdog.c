// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "observe.h"
#include "watchdog.h"

#define SAY_EVERY_MS	5000

/* Shared by the watchdog and the body. */
static struct {
	atomic_ulong steps;
	char step[160];		/* may be read while it is written */
} *shared;

void watchdog_step(const char *format, ...)
{
	va_list args;

	if (!shared)
		return;
	va_start(args, format);
	vsnprintf(shared->step, sizeof(shared->step), format, args);
	va_end(args);
	shared->steps++;
}

static int run_body(void *argument)
{
	int status = (*(int (**)(void))argument)();

	fflush(NULL);
	return status;
}

static void complain(const char *suite, unsigned int patience,
		     void (*report)(void))
{
	printf("not ok - %s: nothing has happened for %u s; it was at: %s\n",
	       suite, patience, shared->step);
	report();
	fflush(stdout);
	/* Blocked tasks, and what runs on the CPUs. */
	observe_write("/proc/sysrq-trigger", "w");
	observe_write("/proc/sysrq-trigger", "l");
}

int watchdog_run(const char *suite, unsigned int patience, int (*body)(void),
		 void (*report)(void))
{
	__u64 now = observe_clock_ms(), moved = now, said = now;
	unsigned long steps = 0;
	int status;
	pid_t pid;

	shared = shared_memory(sizeof(*shared));
	strcpy(shared->step, "the start");
	pid = child_start(run_body, &body);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		now = observe_clock_ms();
		if (shared->steps != steps) {
			steps = shared->steps;
			moved = now;
		}
		if (now - said >= SAY_EVERY_MS) {
			printf("# now: %s: %s\n", suite, shared->step);
			fflush(stdout);
			said = now;
		}
		if (now - moved >= patience * 1000ULL) {
			complain(suite, patience, report);
			return 1;
		}
		usleep(50000);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
