// SPDX-License-Identifier: GPL-2.0-only
#include <linux/slab.h>

#include "debug.h"
#include "helpers.h"

/*
 * Zeroed memory for an entry of the table in an ftrace callback, or NULL. Its size is
 * a constant, with which the compiler chooses the slab cache. With PREEMPT_RT the ordinary
 * allocator takes sleeping locks even for GFP_ATOMIC; kmalloc_nolock() does
 * not, but gives up more easily and is invisible to failslab and kmemleak, so
 * it is not used elsewhere. Both are freed by kfree(), and charged to the memory
 * cgroup of whoever makes the namespace, as the namespace itself.
 */
void *translate_pid_alloc_entry(void)
{
	if (translate_pid_debug_fails_atomic_memory())
		return NULL;
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return kmalloc_nolock(TRANSLATE_PID_ENTRY_SIZE, __GFP_ZERO | __GFP_ACCOUNT,
				      NUMA_NO_NODE);
	return kzalloc(TRANSLATE_PID_ENTRY_SIZE, GFP_ATOMIC | __GFP_NOWARN | __GFP_ACCOUNT);
}
