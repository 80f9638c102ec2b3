/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The commands with a struct translate_pid_ns_request, asked by a node (NULL:
 * the test process) through the given interface.
 */
#ifndef NS_QUESTION_H
#define NS_QUESTION_H

#include <stdbool.h>

#include "ns_tree.h"
#include "translate.h"

/* The init's number, or the negative error number. */
long init_pid_as(struct node *caller, const struct translate_interface *interface,
		 __u32 by, __u64 value);

/* The new descriptor in the node, or the negative error number. */
long open_ns_as(struct node *caller, const struct translate_interface *interface,
		__u32 by, __u64 value);

/*
 * What names a namespace in the test process: its value for each kind of
 * enum translate_pid_by but TRANSLATE_PID_BY_SELF.
 */
#define NS_NAMES	(TRANSLATE_PID_BY_PROCFS + 1)

struct ns_names {
	__u64 values[NS_NAMES];
};

/* Whether the value is a descriptor. */
static inline bool ns_name_is_fd(__u32 by)
{
	return by == TRANSLATE_PID_BY_PIDFD || by == TRANSLATE_PID_BY_NSFD ||
	       by == TRANSLATE_PID_BY_PROCFS;
}

/* Descriptors among them stay open until ns_names_close(). */
struct ns_names ns_names_of(struct node *node);
void ns_names_close(struct ns_names *names);

#endif
