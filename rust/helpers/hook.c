// SPDX-License-Identifier: GPL-2.0-only
/*
 * Callbacks at the entry of kernel functions, by ftrace.
 *
 * A callback runs in the context of the traced function's caller, preemptible
 * or not (that depends on who else traces the function), so it must not sleep
 * and must not take a lock that sleeps on PREEMPT_RT.
 */
#include <linux/err.h>
#include <linux/ftrace.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "debug.h"
#include "helpers.h"
#include "redirect.h"

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
 * Returns an ERR_PTR on failure: EINVAL, the function cannot be traced; EBUSY,
 * ftrace is switched off (kernel.ftrace_enabled=0); ENOMEM; ENODEV, ftrace has
 * shut itself down.
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

	err = ftrace_set_filter_ip(&hook->ops, address, 0, 0);
	if (err)
		goto free_hook;

	err = translate_pid_debug_fails_hook() ? -EBUSY : register_ftrace_function(&hook->ops);
	if (err)
		goto free_filter;

	return hook;

free_filter:
	ftrace_free_filter(&hook->ops);
free_hook:
	kfree(hook);
	return ERR_PTR(err);
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
