/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A chain of namespaces as deep as the kernel allows that stays as it is while
 * everything around it changes: for questions with one right answer.
 */
#ifndef STABLE_H
#define STABLE_H

#include "observe.h"

struct stable_process {
	int level;
	/* Its numbers by level, from /proc, the initial namespace's first. */
	pid_t numbers[PID_NS_LEVELS];
};

extern struct stable {
	__u64 ids[PID_NS_LEVELS];	/* by level */
	pid_t inits[PID_NS_LEVELS];	/* in the initial namespace */
	struct stable_process processes[PID_NS_LEVELS];
} *stable;

/* Before the workers start; nodes_destroy() ends it. */
void stable_new(void);

#endif
