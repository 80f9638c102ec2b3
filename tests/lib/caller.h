/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module's answers to different callers: each function makes the node ask
 * (NULL: the test process), through the given interface.
 */
#ifndef CALLER_H
#define CALLER_H

#include "ns_tree.h"
#include "translate.h"

/* The translated number, or the negative error number. */
long translate_as(struct node *caller, const struct translate_interface *interface,
		  pid_t pid, __u64 source, __u64 target);

/* The same with TRANSLATE_PID_THREAD_GROUP. */
long thread_group_as(struct node *caller, const struct translate_interface *interface,
		     pid_t pid, __u64 source, __u64 target);

/* Most numbers that a node can be given at once. */
#define MANY_AS_MOST	1900

/* TRANSLATE_PID_TRANSLATE_MANY: 0 or the negative error number. */
long translate_many_as(struct node *caller, const struct translate_interface *interface,
		       __s32 *pids, __u32 count, __u64 source, __u64 target, __u32 flags,
		       __u32 *done);

/* 0 or the negative error number. */
long get_id_as(struct node *caller, const struct translate_interface *interface,
	       __u32 by, __u64 value, __u64 *id, __u64 *ns_id);

/*
 * The id of the namespace in which the node runs, as the test process learns
 * it; it aborts the test if there is none.
 */
__u64 node_ns_id(struct node *node);

/* The id in /proc/pidns_id, as the node reads it; 0 or the negative error. */
long own_id_as(struct node *caller, __u64 *id);

/* The number of pid namespaces that are in the module's table now. */
__u64 namespace_count(void);

/* The generation of ids. */
__u64 id_generation(void);

/* Waits until that number is @expected; returns the number seen last. */
__u64 namespace_count_settles(__u64 expected);

/* Waits until no namespace has the id. */
bool id_dies(__u64 id);

/* Waits until nothing in the namespace has the number. */
bool number_dies(const struct translate_interface *interface, pid_t pid, __u64 id);

#endif
