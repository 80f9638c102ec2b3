// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lock bit of a hash bucket, bit 0 of its head pointer, as in list_bl.h.
 *
 * A bit spinlock stays a spinning lock on PREEMPT_RT, so it may be taken from
 * an ftrace callback, and it costs no memory: a lock beside each head would
 * double the table. Bit locks have no lockdep map by themselves, so all
 * buckets of the table share one.
 */
#include <linux/bit_spinlock.h>
#include <linux/lockdep.h>

#include "helpers.h"

#ifdef CONFIG_LOCKDEP
static struct lock_class_key translate_pid_bucket_key;
static struct lockdep_map translate_pid_bucket_map =
	STATIC_LOCKDEP_MAP_INIT("translate_pid_bucket", &translate_pid_bucket_key);
#endif

void translate_pid_bucket_lock(unsigned long *head)
{
#ifdef CONFIG_LOCKDEP
	lock_map_acquire(&translate_pid_bucket_map);
#endif
	bit_spin_lock(0, head);
}

void translate_pid_bucket_unlock(unsigned long *head)
{
	bit_spin_unlock(0, head);
#ifdef CONFIG_LOCKDEP
	lock_map_release(&translate_pid_bucket_map);
#endif
}
