/* SPDX-License-Identifier: GPL-2.0-only */
/* TRANSLATE_PID_LIST_PIDS, asked by a node (NULL: the test process). */
#ifndef PID_LIST_H
#define PID_LIST_H

#include "ns_tree.h"
#include "translate.h"

/* Most entries of one call by pid_list_as(): a node's answer has room for so many. */
#define PID_LIST_PART	400

/* What entries hold before they are written. */
#define PID_LIST_MARK	0x5a5a5a5a

struct pid_list {
	struct translate_pid_list_request request;
	struct translate_pid_list_entry entries[PID_LIST_PART];
};

/*
 * One call, with the source, target, flags, cursor and count (not more than
 * PID_LIST_PART) of the request. 0 or the negative error number; the library
 * reports what it lists before it fails as success.
 */
long pid_list_as(struct node *caller, const struct translate_interface *interface,
		 struct pid_list *list);

/* A list of any length in memory, to be freed by pid_list_free(). */
struct pid_listing {
	struct translate_pid_list_entry *entries;
	size_t count;
};

/*
 * All of it, in calls with room for @room entries each. Aborts the test if a call
 * fails, leaves entries in disorder, or goes on for ever.
 */
struct pid_listing pid_list_all(int fd, __u64 source, __u64 target, __u32 flags, __u32 room);
void pid_list_free(struct pid_listing *listing);

/* The entry of this number in the source, or NULL. */
const struct translate_pid_list_entry *pid_list_find(const struct pid_listing *listing,
						     pid_t pid);

#endif
