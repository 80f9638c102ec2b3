// SPDX-License-Identifier: GPL-2.0-only
/*
 * A work item: what an ftrace callback leaves for the kernel's workqueue, because
 * it must not sleep itself.
 */
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "callbacks.h"

struct translate_pid_work {
	struct work_struct work;
	translate_pid_work_fn fn;
	void *context;
};

static void translate_pid_work_run(struct work_struct *item)
{
	struct translate_pid_work *work = container_of(item, struct translate_pid_work, work);

	work->fn(work->context);
}

/* fn(context) may sleep; it never runs twice at a time. -ENOMEM. Sleeps. */
struct translate_pid_work *translate_pid_work_create(translate_pid_work_fn fn, void *context)
{
	struct translate_pid_work *work = kzalloc(sizeof(*work), GFP_KERNEL);

	if (!work)
		return ERR_PTR(-ENOMEM);
	INIT_WORK(&work->work, translate_pid_work_run);
	work->fn = fn;
	work->context = context;
	return work;
}

/*
 * Lets fn() run once more, begun after this call. From any context, also on
 * PREEMPT_RT: the workqueue's locks are raw spinlocks, and nothing is allocated.
 */
void translate_pid_work_queue(struct translate_pid_work *work)
{
	schedule_work(&work->work);
}

/* The same for an item that may run for long, on any CPU. */
void translate_pid_work_queue_long(struct translate_pid_work *work)
{
	queue_work(system_dfl_wq, &work->work);
}

/* Waits for the run that is under way or queued, if there is one. Sleeps. */
void translate_pid_work_flush(struct translate_pid_work *work)
{
	flush_work(&work->work);
}

/*
 * Waits for the last run; nobody queues it any more. What fn() has to do is done
 * then, and the module's code left. Sleeps.
 */
void translate_pid_work_destroy(struct translate_pid_work *work)
{
	flush_work(&work->work);
	kfree(work);
}
