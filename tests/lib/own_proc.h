/* SPDX-License-Identifier: GPL-2.0-only */
/* Mounts of procfs that only a node and its children see. */
#ifndef OWN_PROC_H
#define OWN_PROC_H

#include "ns_tree.h"

/* Where it is mounted. */
#define OWN_PROC	"/tmp/proc"

/*
 * A process with a procfs of its own pid namespace, mounted with @options;
 * @clone_flags may make that namespace a new one. It aborts the test.
 */
struct node *own_proc_spawn(struct node *parent, __u64 clone_flags,
			    const char *options);

#endif
