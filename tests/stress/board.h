/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the workers of a stress run share, besides the population: what was
 * counted, and what went wrong.
 */
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>
#include <sys/types.h>
#include <linux/types.h>

#include "population.h"
#include "random.h"
#include "translate.h"

enum count {
	NAMESPACES, TRANSLATIONS, LOOKUPS, PROC_READS, INIT_KILLS, HOTPLUGS,
	RECORDS, LOSSES, JOINS, EXECS, INIT_PIDS, SIGNALS, CACHE_DROPS, OUT_OF_MEMORY, COUNTS
};

extern const char *const count_names[COUNTS];

#define WORKERS		22

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
	struct worker_state workers[WORKERS];
} *board;

void board_new(void);

bool board_is_closing(void);
void board_count(enum count count, __u32 more);
void board_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* population_publish() of a namespace that counts. */
void board_publish(int index);

/* population_choose() among more than live at a time. */
int board_choose(struct random *random);

/* child_clone(); waits a little if the kernel refuses. */
pid_t board_clone(__u64 flags);

/* One of the ways to translate: the ioctl and the open syscall paths. */
long board_translate(struct random *random, pid_t pid, __u64 source,
		     __u64 target);

/* The workers: one round each, again and again. */
void work_tree(struct random *random);
void work_crowd(struct random *random);
void work_ask_stable(struct random *random);
void work_ask_dying(struct random *random);
void work_ask_as_nobody(struct random *random);
void work_lookup(struct random *random);
void work_watch(struct random *random);
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
