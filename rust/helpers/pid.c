// SPDX-License-Identifier: GPL-2.0-only
#include <linux/pid.h>
#include <linux/sched/signal.h>

#include "helpers.h"

/*
 * The pid of the thread group of @pid's task, or NULL: no task has @pid, or its
 * last thread is being reaped. Under RCU, for as long as the read section lasts.
 * A task's signal struct is freed with the task.
 */
struct pid *translate_pid_thread_group(struct pid *pid)
{
	struct task_struct *task = pid_task(pid, PIDTYPE_PID);

	return task ? READ_ONCE(task->signal->pids[PIDTYPE_TGID]) : NULL;
}
