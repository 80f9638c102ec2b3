// SPDX-License-Identifier: GPL-2.0-only
#include <linux/idr.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/xarray.h>

#include "helpers.h"

/* An IDR is an XArray that the radix tree's functions change. */
static_assert(__same_type(((struct idr *)0)->idr_rt, struct xarray));
static_assert(__same_type(((struct idr *)0)->idr_base, unsigned int));

/* In which of its slots. The mask tells the compiler, and its checks, what is known. */
static __always_inline unsigned long translate_pid_slot(const struct xa_node *node,
							unsigned long index)
{
	return index >> (node->shift & (BITS_PER_LONG - 1));
}

/*
 * find_pid_ns(), which comes to the same through four functions and is most of
 * the price of a translation. Under RCU, for as long as the read section lasts.
 * A retry entry is looked for as the kernel does, though an idr, which keeps a
 * node for a single leaf, never leaves one.
 */
static __always_inline struct pid *translate_pid_lookup(int nr, const struct pid_namespace *ns)
{
	unsigned long index = nr - ns->idr.idr_base;
	const struct xa_node *node;
	void *entry;

	do {
		entry = rcu_dereference_raw(ns->idr.idr_rt.xa_head);
		if (!xa_is_node(entry))
			return index ? NULL : entry;
		node = xa_to_node(entry);
		if (translate_pid_slot(node, index) >= XA_CHUNK_SIZE)
			return NULL;
		for (;;) {
			entry = rcu_dereference_raw(node->slots[translate_pid_slot(node, index) &
								XA_CHUNK_MASK]);
			if (!node->shift || !xa_is_node(entry))
				break;
			node = xa_to_node(entry);
		}
	} while (xa_is_retry(entry));
	return entry;
}

/* The pid with the number @nr, which is above 0, in @ns, or NULL. */
struct pid *translate_pid_find(int nr, const struct pid_namespace *ns)
{
	return translate_pid_lookup(nr, ns);
}

/* pid_nr_ns(): the number of @pid in @ns, 0 if it has none there. */
static __always_inline int translate_pid_number(const struct pid *pid,
						const struct pid_namespace *ns)
{
	const struct upid *upid = &pid->numbers[ns->level];

	return ns->level <= pid->level && upid->ns == ns ? upid->nr : 0;
}

/* The number in @target of the pid @nr of @source, 0, or negative: there is no such pid. */
int translate_pid_number_of(int nr, const struct pid_namespace *source,
			    const struct pid_namespace *target)
{
	const struct pid *pid = translate_pid_lookup(nr, source);

	return pid ? translate_pid_number(pid, target) : -1;
}

/*
 * The pid of the thread group of @pid's task, or NULL: no task has @pid, or its
 * last thread is being reaped. Under RCU, for as long as the read section lasts.
 * A task's signal struct is freed with the task.
 */
static __always_inline struct pid *translate_pid_thread_group(struct pid *pid)
{
	struct task_struct *task = pid_task(pid, PIDTYPE_PID);

	return task ? READ_ONCE(task->signal->pids[PIDTYPE_TGID]) : NULL;
}

/* The same of the thread group of @nr; negative also if no task has @nr. */
int translate_pid_thread_group_of(int nr, const struct pid_namespace *source,
				  const struct pid_namespace *target)
{
	struct pid *pid = translate_pid_lookup(nr, source);

	if (pid)
		pid = translate_pid_thread_group(pid);
	return pid ? translate_pid_number(pid, target) : -1;
}

/* Whether a task has @pid as its own, be it a zombie: a reaped one leaves its pid. */
bool translate_pid_has_task(struct pid *pid)
{
	return pid_has_task(pid, PIDTYPE_PID);
}

/* That of the thread group of @pid's task, or NULL; as above. */
struct pid *translate_pid_group_of_pid(struct pid *pid)
{
	return translate_pid_thread_group(pid);
}

/* The level of the deepest namespace in which @pid has a number. */
unsigned int translate_pid_level(const struct pid *pid)
{
	static_assert(TRANSLATE_PID_LEVELS == MAX_PID_NS_LEVEL + 1);
	return pid->level;
}

/* The namespace at @level, which is not below @pid's own, and the number there. */
struct pid_namespace *translate_pid_at_level(const struct pid *pid, unsigned int level, int *nr)
{
	const struct upid *upid = &pid->numbers[level];

	*nr = upid->nr;
	return upid->ns;
}
