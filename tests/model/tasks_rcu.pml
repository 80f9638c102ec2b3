/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tasks RCU: a grace period waits until each task that is in the kernel when it
 * begins has gone to sleep or to user space once; being preempted is neither.
 * The kernel's waits for ordinary readers, too, but no document promises it.
 */
byte running;           /* tasks in the kernel that are not asleep */
byte holdouts;          /* those that the grace period waits for */

inline quiescent(me)
{
	atomic {
		running = running & ~BIT(me);
		holdouts = holdouts & ~BIT(me)
	}
}

inline enter_kernel(me)
{
	running = running | BIT(me)
}

inline leave_kernel(me)
{
	quiescent(me)
}

inline sleep(me)
{
	quiescent(me);
	running = running | BIT(me)
}

inline synchronize_rcu_tasks()
{
	holdouts = running;
	holdouts == 0
}
