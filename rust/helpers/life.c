// SPDX-License-Identifier: GPL-2.0-only
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/timekeeping.h>
#include <linux/user_namespace.h>

#include "helpers.h"


/*
 * What is happening to @ns, and to its init if that is not NULL. The caller is
 * where neither can go: in the kernel's function that makes or ends it. Takes
 * references on the owning user namespace and the init, of which access is judged
 * later; none on @ns, which must not live longer for it. From any context of a
 * task.
 */
void translate_pid_life_describe(struct translate_pid_life *life, struct pid_namespace *ns,
				 struct task_struct *init)
{
	const struct pid *pid = init ? task_pid(init) : NULL;
	const struct pid_namespace *at;

	life->owner = get_user_ns(ns->user_ns);
	life->init = init ? get_task_struct(init) : NULL;
	life->time = ktime_get_boottime_ns();
	life->level = ns->level;
	life->exit_status = 0;
	/* A namespace keeps its parent until after its own removal. */
	for (at = ns; at; at = at->parent) {
		life->ns_ids[at->level] = at->ns.ns_id;
		life->numbers[at->level] = pid ? pid->numbers[at->level].nr : 0;
	}
}

/*
 * The same at the entry of zap_pid_ns_processes(), which the last thread of the init
 * of @ns calls on its way out: how the init ended is decided. Its leader is not
 * reaped before its last thread.
 */
void translate_pid_life_describe_death(struct translate_pid_life *life, struct pid_namespace *ns)
{
	struct task_struct *leader = current->group_leader;
	const struct signal_struct *signal = leader->signal;

	translate_pid_life_describe(life, ns, leader);
	/* As wait_task_zombie() and the end of zap_pid_ns_processes() have it. */
	life->exit_status = READ_ONCE(ns->reboot);
	if (!life->exit_status)
		life->exit_status = READ_ONCE(signal->flags) & SIGNAL_GROUP_EXIT ?
					    READ_ONCE(signal->group_exit_code) :
					    READ_ONCE(leader->exit_code);
}

/* From any context, for last puts are left to RCU and to a workqueue. */
void translate_pid_life_put(struct translate_pid_life *life)
{
	if (life->init)
		put_task_struct(life->init);
	put_user_ns(life->owner);
}

bool translate_pid_life_owner_capable(const struct translate_pid_life *life, int capability,
				      bool audit)
{
	return audit ? ns_capable(life->owner, capability) :
		       ns_capable_noaudit(life->owner, capability);
}
