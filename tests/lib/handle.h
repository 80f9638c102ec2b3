/* SPDX-License-Identifier: GPL-2.0-only */
/* Handles that are bound to two namespaces. NULL: the test process itself. */
#ifndef HANDLE_H
#define HANDLE_H

#include <stdbool.h>

#include "ns_tree.h"
#include "translate.h"

enum direction {
	TO_TARGET,
	TO_SOURCE,
};

/* The new descriptor in the node, through the interface, or the negative error number. */
long bind_as(struct node *caller, const struct translate_interface *interface, __u64 source,
	     __u64 target);

/* The same, with flags. */
long bind_with(struct node *caller, const struct translate_interface *interface, __u64 source,
	       __u64 target, __u32 flags);

/* What the node's descriptor answers, by ioctl(2) or, if asked to, by the library. */
long bound_as(struct node *caller, bool by_library, int handle, enum direction direction,
	      pid_t pid);

/* Of the test process, by ioctl(2). */
long bound(int handle, enum direction direction, pid_t pid);

/* What poll(2) says at once: the events, or the negative error number. */
int handle_events(int handle);

/* Waits until poll(2) says POLLHUP; false if it does not. */
bool handle_is_over(int handle);

#endif
