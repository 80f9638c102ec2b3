// SPDX-License-Identifier: GPL-2.0-only
#include <linux/slab.h>

#include "debug.h"
#include "helpers.h"

/*
 * Zeroed memory for an ftrace callback, or NULL. With PREEMPT_RT the ordinary
 * allocator takes sleeping locks even for GFP_ATOMIC; kmalloc_nolock() does
 * not, but gives up more easily and is invisible to failslab and kmemleak, so
 * it is not used elsewhere. Both are freed by kfree(), and charged to the memory
 * cgroup of whoever makes the namespace, as the namespace itself.
 */
void *translate_pid_alloc_atomic(unsigned long size)
{
	if (translate_pid_debug_fails_atomic_memory())
		return NULL;
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return kmalloc_nolock(size, __GFP_ZERO | __GFP_ACCOUNT, NUMA_NO_NODE);
	return kzalloc(size, GFP_ATOMIC | __GFP_NOWARN | __GFP_ACCOUNT);
}
