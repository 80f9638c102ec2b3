// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lock bit of a hash bucket, bit 0 of its head pointer, as in list_bl.h.
 *
 * A bit spinlock stays a spinning lock on PREEMPT_RT, so it may be taken from
 * an ftrace callback, and it costs no memory: two of them per bucket would
 * double the table otherwise. Bit locks have no lockdep map by themselves, so
 * each index of the table gets one for all its buckets.
 */
#include <linux/bit_spinlock.h>
#include <linux/lockdep.h>

#include "helpers.h"

#ifdef CONFIG_LOCKDEP
static struct lock_class_key translate_pid_bucket_keys[TRANSLATE_PID_INDEXES];

static struct lockdep_map translate_pid_bucket_maps[TRANSLATE_PID_INDEXES] = {
	[TRANSLATE_PID_INDEX_BY_NS] =
		STATIC_LOCKDEP_MAP_INIT("translate_pid_by_ns",
					&translate_pid_bucket_keys[TRANSLATE_PID_INDEX_BY_NS]),
	[TRANSLATE_PID_INDEX_BY_ID] =
		STATIC_LOCKDEP_MAP_INIT("translate_pid_by_id",
					&translate_pid_bucket_keys[TRANSLATE_PID_INDEX_BY_ID]),
};
#endif

void translate_pid_bucket_lock(unsigned long *head, unsigned int index)
{
#ifdef CONFIG_LOCKDEP
	lock_map_acquire(&translate_pid_bucket_maps[index]);
#endif
	bit_spin_lock(0, head);
}

void translate_pid_bucket_unlock(unsigned long *head, unsigned int index)
{
	bit_spin_unlock(0, head);
#ifdef CONFIG_LOCKDEP
	lock_map_release(&translate_pid_bucket_maps[index]);
#endif
}
