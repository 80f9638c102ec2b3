// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the in-kernel tests need of the kernel (make KUNIT=1): pid namespaces
 * without processes, a second thread, allocations that fail.
 */
#include <linux/completion.h>
#include <linux/idr.h>
#include <linux/kthread.h>
#include <linux/ns_common.h>
#include <linux/nstree.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/static_call.h>

#include "helpers.h"

/* A tree of their own: nobody else finds them by type. */
static struct ns_tree_root translate_pid_kunit_tree = {
	.ns_rb = RB_ROOT,
	.ns_list_head = LIST_HEAD_INIT(translate_pid_kunit_tree.ns_list_head),
};

static atomic64_t translate_pid_kunit_frees = ATOMIC64_INIT(0);

static void translate_pid_kunit_no_add(struct ns_common *ns, struct ns_tree_root *tree)
{
}

static_assert(__same_type(&__ns_tree_add_raw, &translate_pid_kunit_no_add));
DEFINE_STATIC_CALL(translate_pid_kunit_add_call, translate_pid_kunit_no_add);

/* 0, or an error if the kernel's function is not found. Sleeps, the first time for long. */
int translate_pid_kunit_find_add(void)
{
	static bool found;
	unsigned long address;
	int err;

	if (found)
		return 0;
	err = translate_pid_ksym_address("__ns_tree_add_raw", &address);
	if (err)
		return err;
	static_call_update(translate_pid_kunit_add_call,
			   (typeof(translate_pid_kunit_no_add) *)address);
	found = true;
	return 0;
}

/*
 * A pid namespace with one reference, which goes through __ns_tree_add_raw() as
 * others do, so that all hooks see it. NULL: no memory. Sleeps. No other has
 * the kernel's id @ns_id.
 */
struct pid_namespace *translate_pid_kunit_ns_new(unsigned long long ns_id)
{
	struct pid_namespace *ns = kzalloc(sizeof(*ns), GFP_KERNEL);

	if (!ns)
		return NULL;
	refcount_set(&ns->ns.__ns_ref, 1);
	ns->ns.ns_type = CLONE_NEWPID;
	ns->ns.ns_id = ns_id;
	ns->level = 1;
	ns->parent = &init_pid_ns;
	/*
	 * Not counted: it lives for ever. Who may access a namespace without an init is
	 * asked of it.
	 */
	ns->user_ns = &init_user_ns;
	ns->idr = (struct idr)IDR_INIT(ns->idr);
	static_call(translate_pid_kunit_add_call)(&ns->ns, &translate_pid_kunit_tree);
	return ns;
}

/*
 * Gives @ns an init: number 1 is the pid of the current process. The pid does
 * not count @ns, unlike the kernel's own. 0 or -ENOMEM. Sleeps.
 */
int translate_pid_kunit_ns_attach_init(struct pid_namespace *ns)
{
	int nr = idr_alloc(&ns->idr, task_tgid(current), 1, 2, GFP_KERNEL);

	return nr < 0 ? nr : 0;
}

void translate_pid_kunit_ns_detach_init(struct pid_namespace *ns)
{
	idr_remove(&ns->idr, 1);
}

/* The last put: from here on the count is zero. */
void translate_pid_kunit_ns_last_put(struct pid_namespace *ns)
{
	WARN_ON(!ns_ref_put(ns));
}

static void translate_pid_kunit_ns_free(struct rcu_head *head)
{
	struct pid_namespace *ns = container_of(head, struct pid_namespace, rcu);

	idr_destroy(&ns->idr);
	kfree(ns);
	atomic64_inc(&translate_pid_kunit_frees);
}

/* What destroy_pid_namespace() does after the last put. */
void translate_pid_kunit_ns_destroy(struct pid_namespace *ns)
{
	__ns_tree_remove(&ns->ns, &translate_pid_kunit_tree);
	call_rcu(&ns->rcu, translate_pid_kunit_ns_free);
}

/* How many were freed, each a grace period after its removal. */
unsigned long long translate_pid_kunit_ns_freed(void)
{
	return atomic64_read(&translate_pid_kunit_frees);
}

struct translate_pid_kunit_thread {
	translate_pid_kunit_thread_fn fn;
	void *argument;
	struct completion done;
	struct task_struct *task;
};

static int translate_pid_kunit_thread_run(void *data)
{
	struct translate_pid_kunit_thread *thread = data;

	thread->fn(thread->argument);
	complete(&thread->done);
	return 0;
}

/* Runs fn(argument) in a thread of its own. NULL: no memory. Sleeps. */
struct translate_pid_kunit_thread *
translate_pid_kunit_thread_start(translate_pid_kunit_thread_fn fn, void *argument)
{
	struct translate_pid_kunit_thread *thread = kzalloc(sizeof(*thread), GFP_KERNEL);

	if (!thread)
		return NULL;
	thread->fn = fn;
	thread->argument = argument;
	init_completion(&thread->done);
	thread->task = kthread_create(translate_pid_kunit_thread_run, thread,
				      "translate_pid_kunit");
	if (IS_ERR(thread->task)) {
		kfree(thread);
		return NULL;
	}
	get_task_struct(thread->task);
	wake_up_process(thread->task);
	return thread;
}

/* Returns when the thread has left the module's code. Sleeps. */
void translate_pid_kunit_thread_join(struct translate_pid_kunit_thread *thread)
{
	/* A thread that is stopped before it has begun would not run at all. */
	wait_for_completion(&thread->done);
	kthread_stop_put(thread->task);
	kfree(thread);
}

/*
 * Lets the nth allocation from here on fail that this task makes, 0: none.
 * Returns what was left of the last call's number: 0 if the failure has come.
 */
unsigned int translate_pid_kunit_fail_nth(unsigned int nth)
{
	unsigned int left = READ_ONCE(current->fail_nth);

	WRITE_ONCE(current->fail_nth, nth);
	return left;
}
