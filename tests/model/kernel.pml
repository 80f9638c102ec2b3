/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the models share: claims, and RCU as the kernel promises it, no more.
 *
 * A grace period waits for the read sections that are open when it begins, and
 * for none that opens later. It begins at any time after call_rcu(), and it
 * takes along what was queued until then. Objects and readers are bits.
 */
#define BIT(n) (1 << (n))

#define CLAIM(condition, text) \
	if \
	:: (condition) \
	:: else -> printf(text); assert(false) \
	fi

byte freed;             /* objects whose memory is gone */

byte rcu_reading;       /* readers inside a read section */
byte rcu_awaited;       /* those that the grace period under way waits for */
byte rcu_queued;        /* objects handed to call_rcu() */
byte rcu_waiting;       /* those of them that the grace period under way will free */

inline rcu_read_lock(me)
{
	rcu_reading = rcu_reading | BIT(me)
}

inline rcu_read_unlock(me)
{
	atomic {
		rcu_reading = rcu_reading & ~BIT(me);
		rcu_awaited = rcu_awaited & ~BIT(me)
	}
}

inline call_rcu(object)
{
	rcu_queued = rcu_queued | BIT(object)
}

#define RCU_IDLE (rcu_queued == 0 && rcu_waiting == 0)

inline rcu_begin_grace_period()
{
	d_step {
		rcu_queued != 0 && rcu_waiting == 0 ->
		rcu_waiting = rcu_queued;
		rcu_queued = 0;
		rcu_awaited = rcu_reading
	}
}
