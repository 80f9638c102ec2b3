/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the module does, done and checked once: translations up, down and across
 * by each interface, namespaces that come and go, /proc, and the kernel's own
 * answers beside. For tests in which somebody else is at the same functions.
 */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include <stdbool.h>

#include "ns_tree.h"

/* The functions of the kernel that the module redirects, and those it follows. */
#define REDIRECTED_FUNCTIONS	"ns_get_name proc_ns_dir_lookup proc_ns_dir_readdir"
#define FOLLOWED_FUNCTIONS	"__ns_tree_add_raw __ns_tree_remove"

/* A number without a system call, in any kernel. */
#define UNASSIGNED_NUMBER	398

#define WORKLOAD_PROCESSES	4

/* The test process, two inits, one inside the other, and a child of the inner. */
struct workload {
	struct node *processes[WORKLOAD_PROCESSES];
	unsigned long checks;
	unsigned long wrong;
};

/* Its nodes end with nodes_destroy(). */
void workload_begin(struct workload *workload);

/*
 * Checks everything once; what is wrong is printed as a comment and counted.
 * Features that the module says it lacks are not asked for.
 */
void workload_check(struct workload *workload);

/* One workload from its beginning to its end, as the whole test. */
bool workload_is_right(void);

/* TRANSLATE_PID_FEATURE_*, as the module says. */
unsigned long long workload_features(void);

#endif
