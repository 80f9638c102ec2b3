/* SPDX-License-Identifier: GPL-2.0-only */
/* TRANSLATE_PID_LIST_NS, asked by a node (NULL: the test process). */
#ifndef NS_LIST_H
#define NS_LIST_H

#include "ns_tree.h"
#include "translate.h"

/* Most entries of one call by ns_list_as(): a node's answer has room for so many. */
#define NS_LIST_PART	100

/* What entries hold before they are written. */
#define NS_LIST_MARK	0x5a5a5a5a

struct ns_list {
	struct translate_pid_list_ns_request request;
	struct translate_pid_ns_entry entries[NS_LIST_PART];
};

/*
 * One call, with the cursor and count (not more than NS_LIST_PART) of the request. 0 or
 * the negative error number; the library reports what it lists before it fails as
 * success.
 */
long ns_list_as(struct node *caller, const struct translate_interface *interface,
		struct ns_list *list);

/* A list of any length in memory, to be freed by ns_list_free(). */
struct ns_listing {
	struct translate_pid_ns_entry *entries;
	size_t count;
};

/*
 * All of it, in calls with room for @room entries each. Aborts the test if a call
 * fails, leaves entries in disorder, or goes on for ever.
 */
struct ns_listing ns_list_all(int fd, __u32 room);
void ns_list_free(struct ns_listing *listing);

/* The entry with this id among @count, or NULL. */
const struct translate_pid_ns_entry *ns_list_find(const struct translate_pid_ns_entry *entries,
						  size_t count, __u64 id);

#endif
