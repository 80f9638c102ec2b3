// SPDX-License-Identifier: GPL-2.0-only
/*
 * Callbacks at the entry of kernel functions, by ftrace.
 *
 * A callback runs in the context of the traced function's caller, preemptible
 * or not (that depends on who else traces the function), so it must not sleep
 * and must not take a lock that sleeps on PREEMPT_RT.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/ftrace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "../helpers/debug.h"
#include "callbacks.h"
#include "redirect.h"

/* How often, with a millisecond between, EAGAIN is not taken for an answer. */
#define TRANSLATE_PID_REGISTER_TRIES 100

struct translate_pid_hook {
	struct ftrace_ops ops;
	translate_pid_hook_fn fn;
	void *context;
};

static void translate_pid_hook_entry(unsigned long ip, unsigned long parent_ip,
				     struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	struct translate_pid_hook *hook = container_of(ops, struct translate_pid_hook, ops);

	hook->fn(hook->context, ftrace_regs_get_argument(fregs, 0));
}

/*
 * Calls fn(context, first argument) at each entry of the function at @address.
 * Returns an ERR_PTR on failure: ENOMEM, or an error of
 * translate_pid_ftrace_register().
 *
 * FTRACE_OPS_FL_PERMANENT: without it, kernel.ftrace_enabled=0 would silently
 * end all callbacks, and a namespace would be freed while the table has it.
 */
struct translate_pid_hook *translate_pid_hook_register(unsigned long address,
						       translate_pid_hook_fn fn,
						       void *context)
{
	struct translate_pid_hook *hook = kzalloc(sizeof(*hook), GFP_KERNEL);
	int err;

	if (!hook)
		return ERR_PTR(-ENOMEM);

	hook->ops.func = translate_pid_hook_entry;
	hook->ops.flags = FTRACE_OPS_FL_PERMANENT;
	hook->fn = fn;
	hook->context = context;

	err = translate_pid_ftrace_register(&hook->ops, &address, 1);
	if (err) {
		kfree(hook);
		return ERR_PTR(err);
	}
	return hook;
}

/*
 * 0, and @ops is called at the entry of these functions; or an error, and nobody
 * looks at it any more: EINVAL, a function cannot be traced; EBUSY, another user
 * of ftrace redirects one of them, or ftrace is switched off; EAGAIN, a BPF
 * trampoline there was in use all the time, or until a signal came; ENOMEM;
 * ENODEV, ftrace has shut itself down. Sleeps.
 */
int translate_pid_ftrace_register(struct ftrace_ops *ops, unsigned long *addresses,
				  unsigned int count)
{
	int tries = TRANSLATE_PID_REGISTER_TRIES;
	int err = ftrace_set_filter_ips(ops, addresses, count, 0, 0);

	if (err)
		goto free_filter;
	do {
		err = translate_pid_debug_hook_error(ops->flags & FTRACE_OPS_FL_IPMODIFY) ?:
			register_ftrace_function(ops);
	} while (err == -EAGAIN && --tries && !msleep_interruptible(1));
	if (!err)
		return 0;

	/* ftrace has shut itself down in the middle, and may call us at any time. */
	if (ops->flags & FTRACE_OPS_FL_ENABLED)
		translate_pid_ftrace_unregister(ops);
	/*
	 * A registration that fails late has been on ftrace's list, and was taken off
	 * without waiting for those who walk along it or have been redirected. This
	 * is what unregistering waits for; synchronize_rcu_tasks_rude() does nothing
	 * on x86.
	 */
	synchronize_rcu_tasks();
free_filter:
	ftrace_free_filter(ops);
	return err;
}

/*
 * On return no callback is running, and no code that callbacks redirected to,
 * unless it sleeps: the ops is not the kernel's own memory, so
 * unregister_ftrace_function() waits for Tasks RCU.
 */
void translate_pid_ftrace_unregister(struct ftrace_ops *ops)
{
	/*
	 * Fails only after ftrace has shut itself down on a kernel bug. The
	 * kernel may then still jump to the callback at any time: keeping the
	 * module's text in place by not returning is the lesser evil.
	 */
	while (unregister_ftrace_function(ops)) {
		pr_crit_once("translate_pid: ftrace has shut itself down and cannot remove a hook; the module cannot go away, reboot the machine\n");
		schedule_timeout_idle(HZ);
	}
	ftrace_free_filter(ops);
}

void translate_pid_hook_unregister(struct translate_pid_hook *hook)
{
	translate_pid_ftrace_unregister(&hook->ops);
	kfree(hook);
}
