// SPDX-License-Identifier: GPL-2.0-only
#include <linux/ftrace.h>
#include <linux/module.h>

#include "module_state.h"
#include "redirect.h"

/*
 * The task that is loading the module; for comparison only. Handlers of the
 * first redirection read it while the next is enabled.
 */
static struct task_struct *translate_pid_loader;

/*
 * A load that fails frees the module without a look at its count. Until it has
 * succeeded, only the loading task, which tries a replacement out, is redirected.
 * True: the caller owns a module reference.
 */
bool translate_pid_redirect_begin(void)
{
	if (!translate_pid_module_is_live() && current != READ_ONCE(translate_pid_loader))
		return false;
	return try_module_get(THIS_MODULE);
}

/* 0, or an error of translate_pid_ftrace_register(). */
int translate_pid_redirect_enable(struct ftrace_ops *ops, unsigned long *addresses,
				  unsigned int count)
{
	WRITE_ONCE(translate_pid_loader, current);
	return translate_pid_ftrace_register(ops, addresses, count);
}

/* On return no replacement is running and none will start. Sleeps. */
void translate_pid_redirect_disable(struct ftrace_ops *ops)
{
	translate_pid_ftrace_unregister(ops);
}

/* Must be the last thing that a replacement that sleeps does. */
void translate_pid_redirect_end(void)
{
	module_put(THIS_MODULE);
}
