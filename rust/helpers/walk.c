// SPDX-License-Identifier: GPL-2.0-only
#include <linux/idr.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/radix-tree.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "helpers.h"

/*
 * The pids in @ns whose numbers there are not below @nr, in ascending order,
 * @most at most; returns how many. Under RCU, for as long as the read section
 * lasts.
 *
 * The same as find_ge_pid() again and again, which goes down the tree for each.
 */
unsigned int translate_pid_collect(unsigned int nr, struct pid_namespace *ns,
				   struct pid **pids, unsigned int most)
{
	struct radix_tree_iter iter;
	unsigned int count = 0;
	void __rcu **slot;

	if (nr > INT_MAX || !most)
		return 0;
	radix_tree_for_each_slot(slot, &ns->idr.idr_rt, &iter, nr) {
		struct pid *pid = radix_tree_deref_slot(slot);

		/* The tree was changed below the reader, who looks there again. */
		if (radix_tree_deref_retry(pid)) {
			slot = radix_tree_iter_retry(&iter);
			continue;
		}
		/* A number that fork has taken and not used yet has none. */
		if (!pid)
			continue;
		pids[count++] = pid;
		if (count == most)
			break;
	}
	return count;
}

/*
 * Whether all threads of the process have exited. The first of them may do so
 * long before the others, and is a zombie as long.
 */
static bool translate_pid_is_zombie(const struct task_struct *leader)
{
	return READ_ONCE(leader->exit_state) && !atomic_read(&leader->signal->live);
}

/* pid_task(), and below pid_nr_ns(), without a call: there may be thousands of pids. */
static struct task_struct *translate_pid_task(struct pid *pid)
{
	struct hlist_node *first = rcu_dereference(hlist_first_rcu(&pid->tasks[PIDTYPE_PID]));

	return hlist_entry_safe(first, struct task_struct, pid_links[PIDTYPE_PID]);
}

static int translate_pid_nr_in(const struct pid *pid, const struct pid_namespace *ns)
{
	const struct upid *upid = &pid->numbers[ns->level];

	return ns->level <= pid->level && upid->ns == ns ? upid->nr : 0;
}

/*
 * What has the number @pid stands for. Under RCU, for as long as the read section
 * lasts; a task's signal struct is freed with the task.
 *
 * One look decides between process and thread: fork attaches a process to two
 * lists of its pid, and looks at both of them could have that in between.
 */
static unsigned int translate_pid_holder(struct pid *pid, struct pid **thread_group)
{
	struct task_struct *task = translate_pid_task(pid);

	*thread_group = task ? READ_ONCE(task->signal->pids[PIDTYPE_TGID]) : NULL;
	if (*thread_group == pid)
		return translate_pid_is_zombie(task) ? TRANSLATE_PID_HOLDER_ZOMBIE :
						       TRANSLATE_PID_HOLDER_PROCESS;
	/* NULL also if the task is being reaped. */
	if (*thread_group)
		return TRANSLATE_PID_HOLDER_THREAD;
	return pid_has_task(pid, PIDTYPE_PGID) || pid_has_task(pid, PIDTYPE_SID) ?
		       TRANSLATE_PID_HOLDER_GROUP : TRANSLATE_PID_HOLDER_NONE;
}

/*
 * Describes @pid, which has a number in @source, and its thread group in @target.
 * The pid of a thread group lives as long as a thread that is attached to it.
 */
void translate_pid_describe(struct pid *pid, const struct pid_namespace *source,
			    const struct pid_namespace *target,
			    struct translate_pid_description *description)
{
	struct pid *group;

	description->holder = translate_pid_holder(pid, &group);
	description->in_source = pid->numbers[source->level].nr;
	description->in_target = translate_pid_nr_in(pid, target);
	description->group_in_target =
		group == pid ? description->in_target :
		group ? translate_pid_nr_in(group, target) : 0;
}
