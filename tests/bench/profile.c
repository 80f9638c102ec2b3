// SPDX-License-Identifier: GPL-2.0-only
/* One way, asked between the marks of profile.h on one or several CPUs at the same time. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "child.h"
#include "observe.h"
#include "profile.h"

#define MOST_CPUS	8
/* How often the calls are repeated on several CPUs, so that they do meet. */
#define ROUNDS		25

struct run {
	const struct way *way;
	bool as_user;
	unsigned int cpu, cpus, calls;
	/* How many are ready. */
	unsigned int *ready;
};

static int run(void *argument)
{
	const struct run *run = argument;
	const struct way *way = run->way;
	const char *reason;
	long expected = 0;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(run->cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		observe_die("there is no CPU %u: %s", run->cpu, strerror(errno));
	become_asker(run->as_user);
	reason = way->prepare ? way->prepare(&expected) : NULL;
	if (reason)
		observe_die("%s: %s", way->name, reason);
	if (way->once() != expected)
		observe_die("%s: a wrong answer", way->name);
	if (way->undo)
		way->undo();
	/* The console is still being written to: the kernel told that the module was loaded. */
	sleep(1);
	__atomic_add_fetch(run->ready, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(run->ready, __ATOMIC_SEQ_CST) < run->cpus)
		sched_yield();
	for (unsigned int i = 0; i < run->calls; i++) {
		PROFILE_MARK(PROFILE_BEGIN);
		way->once();
		PROFILE_MARK(PROFILE_END);
		if (way->undo)
			way->undo();
	}
	return 0;
}

/* Functions by address, for whoever reads the counts. */
static void print_functions(void)
{
	FILE *symbols = fopen("/proc/kallsyms", "r");
	char line[512], type, name[400];
	unsigned long address;

	if (!symbols)
		observe_die("/proc/kallsyms cannot be read: %s", strerror(errno));
	while (fgets(line, sizeof(line), symbols))
		if (sscanf(line, "%lx %c %399s", &address, &type, name) == 3 && strchr("tTwW", type) &&
		    strncmp(name, "__pfx_", 6))
			printf("%lx %s%s\n", address, name, strstr(line, "[translate_pid]") ? " [translate_pid]" : "");
	fclose(symbols);
}

void profile(const struct way *way, bool as_user, unsigned int cpus)
{
	struct run runs[MOST_CPUS];
	pid_t pids[MOST_CPUS];
	unsigned int calls = way->calls * (cpus > 1 ? ROUNDS : 1);

	if (cpus < 1 || cpus > MOST_CPUS)
		observe_die("from 1 to %d CPUs, not %u", MOST_CPUS, cpus);
	for (unsigned int i = 0; i < cpus; i++) {
		runs[i] = (struct run){
			.way = way,
			.as_user = as_user,
			.cpu = i,
			.cpus = cpus,
			.calls = calls,
			.ready = i ? runs[0].ready : shared_memory(sizeof(unsigned int)),
		};
		pids[i] = child_start(run, &runs[i]);
	}
	for (unsigned int i = 0; i < cpus; i++)
		if (child_wait(pids[i]))
			observe_die("%s cannot be profiled", way->name);
	printf("calls %u\n", calls * (way->pieces ? way->pieces : 1));
	print_functions();
}
