// SPDX-License-Identifier: GPL-2.0-only
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "helpers.h"

void translate_pid_cond_resched(void)
{
	cond_resched();
}

/*
 * Whether a thread of the group has not begun to exit. @task has its signal_struct for
 * as long as it is not freed itself.
 */
bool translate_pid_has_live_threads(const struct task_struct *task)
{
	return atomic_read(&task->signal->live) > 0;
}

/* Whether a signal that ends the calling task waits for it. */
bool translate_pid_is_dying(void)
{
	return fatal_signal_pending(current);
}
