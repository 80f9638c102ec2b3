/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The namespaces that the processes of a test have made so far, dead ones
 * included, for other processes to ask about.
 *
 * A member's place is never used again, so readers need no lock.
 */
#ifndef POPULATION_H
#define POPULATION_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <linux/types.h>

#include "random.h"

/* Most that there can be. */
#define MEMBERS		200000

struct member {
	__u64 id;
	__u64 ns_id;		/* the kernel's own */
	ino_t inode;
	int parent;		/* -1: the initial namespace */
	pid_t host;		/* of its init, in the initial namespace */
	pid_t in_parent;	/* of its init; 0 until the parent tells it */
	__u32 published;	/* all of the above is there, but for in_parent */
	__u32 dead;		/* somebody was told that the id is dead */
};

extern struct population {
	__u32 claimed;		/* may be more than there is room for */
	struct member members[MEMBERS];
} *population;

void population_new(void);

/* A place for a namespace about to be made, or -1 if there is none left. */
int population_claim(int parent);

/* Says that all of the member is filled in. */
void population_publish(int index);

/* A published member, mostly one of the last @recent ones; -1 for none. */
int population_choose(struct random *random, __u32 recent);

/*
 * Whether @answer to the question for the number of @source's init in @target
 * (-1: the initial namespace) is right at some moment of their lives.
 */
bool population_allows(long answer, int source, int target);

/* How many ids were published; 0 if one of them was given twice. */
size_t population_count_ids(void);

#endif
