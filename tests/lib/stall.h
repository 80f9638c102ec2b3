/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lookups that a debug build of the module holds inside of their read section,
 * and what happens to table entries meanwhile.
 */
#ifndef STALL_H
#define STALL_H

#include <stdbool.h>
#include <sys/types.h>
#include <linux/types.h>

#include "translate.h"

/* A translation in a process of its own, in shared memory. */
struct lookup {
	const struct translate_interface *interface;
	pid_t pid;
	__u64 source;
	__u64 target;
	int cpu;		/* -1: any */
	bool again;		/* until it is stopped, else once */
	volatile bool stop;
	volatile long result;
	pid_t process;
};

struct lookup *lookup_start(const struct translate_interface *interface, pid_t pid,
			    __u64 source, __u64 target, int cpu, bool again);

/* Waits for its end; returns its last result. */
long lookup_wait(struct lookup *lookup);

/* Translations of this pid stall from now on, others go on; 0: none. */
void stall(pid_t pid);

/* How many are stalled now; entries unlinked and freed since the load. */
long stalled(void);
long removed(void);
long freed(void);

/* Waits until the counter has the value; false if it does not. */
bool counter_reaches(long (*counter)(void), long value);

/*
 * Waits until so many namespaces are in the table and all entries of dead ones are
 * freed, so that the next change is the test's own.
 */
bool entries_settle(__u64 namespaces);

/*
 * A namespace that never had a process: the descriptor alone keeps it, so
 * close() is its end, and no grace period comes in between.
 */
int namespace_without_processes(__u64 *id);

#endif
