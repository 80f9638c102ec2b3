/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ways to learn a pid's number in another namespace, and what they cost.
 *
 * A way is asked over and over in a process of its own, once as root and once
 * as user 1000. Time is what the clock says: in a machine of qemu/vm --icount
 * it counts instructions, so that a figure repeats.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <linux/types.h>

#include "ns_tree.h"

#define BENCH_USER	1000

/* When a way is measured; a set of these. */
enum phase {
	WITHOUT_MODULE	= 1 << 0,
	WITH_MODULE	= 1 << 1,	/* "-loaded" is added to its name if it is measured twice */
	PROCESSES_10	= 1 << 2,
	PROCESSES_200	= 1 << 3,
	PROCESSES_2000	= 1 << 4,
	LIST_1000	= 1 << 5,	/* with the module */
	MANY_NAMESPACES	= 1 << 6,	/* likewise */
	NAMESPACES_1000	= 1 << 7,	/* likewise */
};

struct way {
	const char *name;
	unsigned int phases;
	bool root_only;
	unsigned int calls;	/* in one repetition */
	unsigned int pieces;	/* what one call does, 0 for 1: the figure is for one of them */
	/* Why it cannot be asked here, or NULL; sets what once() must answer. */
	const char *(*prepare)(long *expected);
	long (*once)(void);
	/* What makes another call possible; it is not measured. */
	void (*undo)(void);
};

/*
 * What the asker asks about: two namespaces, one in the other, and a process in
 * the inner one with its number in each. They are the asker's own: root's are
 * plain, user 1000 has a user namespace for them, as for a rootless container.
 */
extern struct scene {
	struct node *outer, *inner, *process;
	pid_t in_inner, in_outer, outside;
	__u64 outer_id, inner_id;	/* the module's, while it is loaded */
	__u64 inner_ns_id;		/* the kernel's */
	int inner_fd, outer_fd;		/* of nsfs */
	int helper;			/* socket of a process inside that answers with its credentials */
} *scene;

void scenes_build(void);
/* After the module was loaded. */
void scenes_learn_ids(void);
/* For a process that asks. */
void scene_choose(bool of_user);

/* Many processes in a namespace in a namespace, with a procfs that shows these only. */
extern struct crowd {
	int proc;
	unsigned int processes;
	__u64 id;			/* of the outer namespace */
	int inner_fd;			/* of nsfs */
	pid_t last_in_inner, last_in_outer, last_outside;
} crowd;

void crowd_grow(unsigned int processes);
void crowd_learn_id(void);
void crowd_end(void);

/* Namespaces without a process, kept by descriptors until the program ends. */
void crowd_namespaces(unsigned int total);

/* Descriptor of the program's own namespace. */
extern int own_namespace;

/* Measures those of the phase, and prints a line for each. */
void measure_ways(const struct way *ways, size_t count, enum phase phase);
bool ways_wanted(const struct way *ways, size_t count, enum phase phase);

/* In a child process: asks as root or as the user, about what is theirs. */
void become_asker(bool user);

/* For BENCH_PROFILE, see tests/bench/profile. */
void profile(const struct way *way, bool as_user, unsigned int cpus);

/* The result of a system call, or its negative error number. */
long failed(long result);

#define WAYS(list)							\
	extern const struct way list[];					\
	extern const size_t list##_count

WAYS(nsfs_ways);
WAYS(proc_ways);
WAYS(process_ways);
WAYS(call_ways);
WAYS(command_ways);
WAYS(bulk_ways);
WAYS(namespaces_ways);
WAYS(bpf_ways);
WAYS(chain_ways);
WAYS(watch_ways);

/* What else a way needs is named behind it. */
#define WAY(NAME, PHASES, CALLS, PREPARE, ONCE, ...)			\
	{								\
		.name = NAME,						\
		.phases = PHASES,					\
		.calls = CALLS,						\
		.prepare = PREPARE,					\
		.once = ONCE,						\
		__VA_ARGS__						\
	}

#define WAYS_COUNT(list)						\
	const size_t list##_count = sizeof(list) / sizeof(*list)

#endif
