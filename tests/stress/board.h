/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the workers of a stress run share: which namespaces there were, what was
 * counted, and what went wrong.
 */
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>
#include <sys/types.h>
#include <linux/types.h>

#include "random.h"
#include "translate.h"

#define MEMBERS		150000

/* A namespace that was made; its place is never used again. */
struct member {
	__u64 id;
	__u64 ns_id;		/* the kernel's own */
	ino_t inode;
	int parent;		/* -1: the initial namespace */
	pid_t host;		/* of its init, in the initial namespace */
	__u32 published;	/* all of the above is there */
	__u32 dead;		/* somebody was told that the id is dead */
};

enum count {
	NAMESPACES, TRANSLATIONS, LOOKUPS, PROC_READS, INIT_KILLS, HOTPLUGS,
	JOINS, EXECS, INIT_PIDS, SIGNALS, CACHE_DROPS, OUT_OF_MEMORY, COUNTS
};

extern const char *const count_names[COUNTS];

#define WORKERS		20

struct worker_state {
	char name[24];
	__u32 rounds;
	pid_t pid;
};

extern struct board {
	__u32 stop;
	__u32 failures;
	char first_failure[256];
	__u32 counts[COUNTS];
	__u32 member_count;
	struct worker_state workers[WORKERS];
	struct member members[MEMBERS];
} *board;

void board_new(void);

bool board_is_closing(void);
void board_count(enum count count, __u32 more);
void board_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A place for a namespace about to be made, or -1 if there is none left. */
int board_claim(void);

/* Says that all of the member is filled in. */
void board_publish(int index);

/* A published member, mostly one of the last ones, or -1. */
int board_choose(struct random *random);

/* A child by clone3() that dies with its parent; -1 if the kernel refuses. */
pid_t board_clone(__u64 flags);

/* The number of the calling process in the initial namespace. */
pid_t board_own_host_pid(void);

/* One of the ways to translate: the ioctl and the open roads of system calls. */
long board_translate(struct random *random, pid_t pid, __u64 source,
		     __u64 target);

/* The workers: one round each, again and again. */
void work_tree(struct random *random);
void work_crowd(struct random *random);
void work_ask_stable(struct random *random);
void work_ask_dying(struct random *random);
void work_ask_as_nobody(struct random *random);
void work_lookup(struct random *random);
void work_join(struct random *random);
void work_proc(struct random *random);
void work_exec(struct random *random);
void work_init_pid(struct random *random);
void work_hotplug(struct random *random);
void work_drop_caches(struct random *random);
void work_memory(struct random *random);
void work_signals(struct random *random);

/* What the program does when work_exec() executes it. */
int exec_main(char **argv);

#endif
