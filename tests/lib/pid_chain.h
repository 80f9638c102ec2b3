/* SPDX-License-Identifier: GPL-2.0-only */
/* TRANSLATE_PID_GET_CHAIN and pidfds, asked by a node (NULL: the test process). */
#ifndef PID_CHAIN_H
#define PID_CHAIN_H

#include "ns_tree.h"
#include "translate.h"

/* What an answer holds before it is written. */
#define CHAIN_MARK	0x5a5a5a5a

struct chain {
	__u32 levels;
	struct translate_pid_chain_entry entries[TRANSLATE_PID_CHAIN_MOST + 1];
};

/*
 * The chain of the number, or of the node's pidfd if @flags says so, with room for
 * @count entries of those of @chain: 0 or the negative error number.
 */
long chain_as(struct node *caller, const struct translate_interface *interface, int pid,
	      __u64 source, __u32 flags, __u32 count, struct chain *chain);

/* The number in @target of the node's pidfd, or the negative error number. */
long pidfd_as(struct node *caller, const struct translate_interface *interface, int pidfd,
	      __u64 target, __u32 flags);

#endif
