// SPDX-License-Identifier: GPL-2.0-only
/*
 * The births of inits, by the kernel's tracepoint at the end of fork: it costs
 * nothing while nobody follows, and one look at a number for each fork meanwhile.
 *
 * A probe runs in the task that forks, preemptible or not (that depends on the
 * kernel's version), so it must not sleep and must not take a lock that sleeps on
 * PREEMPT_RT. The child has been attached to its pids, and does not run before the
 * probe is done, so it cannot exit.
 */
#include <linux/err.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include <trace/events/sched.h>

#include "../helpers/debug.h"
#include "callbacks.h"

#define TRANSLATE_PID_FORK "sched_process_fork"

struct translate_pid_fork_probe {
	struct tracepoint *point;
	translate_pid_birth_fn fn;
	void *context;
};

static void translate_pid_forked(void *data, struct task_struct *parent,
				 struct task_struct *child)
{
	struct translate_pid_fork_probe *probe = data;

	if (is_child_reaper(task_pid(child)))
		probe->fn(probe->context, task_active_pid_ns(child), child);
}

static void translate_pid_is_fork(struct tracepoint *point, void *found)
{
	if (!strcmp(point->name, TRANSLATE_PID_FORK))
		*(struct tracepoint **)found = point;
}

static struct tracepoint *translate_pid_fork_point(void)
{
	struct tracepoint *point = NULL;

	/* The compiler compares the types of the arguments. */
	check_trace_callback_type_sched_process_fork(translate_pid_forked);
	if (!translate_pid_debug_hides(TRANSLATE_PID_FORK))
		for_each_kernel_tracepoint(translate_pid_is_fork, &point);
	return point;
}

bool translate_pid_fork_can_be_followed(void)
{
	return translate_pid_fork_point();
}

/*
 * Calls fn(context, namespace, init) for each init that is born from now on, in
 * the task that makes it. An ERR_PTR on failure: EOPNOTSUPP, the kernel has no such
 * tracepoint; ENOMEM. Sleeps.
 */
struct translate_pid_fork_probe *translate_pid_fork_follow(translate_pid_birth_fn fn,
							   void *context)
{
	struct translate_pid_fork_probe *probe = kzalloc(sizeof(*probe), GFP_KERNEL);
	int err = -EOPNOTSUPP;

	if (!probe)
		return ERR_PTR(-ENOMEM);
	probe->point = translate_pid_fork_point();
	probe->fn = fn;
	probe->context = context;
	if (probe->point)
		err = tracepoint_probe_register(probe->point, translate_pid_forked, probe);
	if (err) {
		kfree(probe);
		return ERR_PTR(err);
	}
	return probe;
}

/* On return no probe is running and none will start. Sleeps. */
void translate_pid_fork_unfollow(struct translate_pid_fork_probe *probe)
{
	tracepoint_probe_unregister(probe->point, translate_pid_forked, probe);
	tracepoint_synchronize_unregister();
	kfree(probe);
}
