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
 */
static bool translate_pid_redirect_begin(void)
{
	if (!translate_pid_module_is_live() && current != READ_ONCE(translate_pid_loader))
		return false;
	return try_module_get(THIS_MODULE);
}

static void translate_pid_redirect_entry(unsigned long ip, unsigned long parent_ip,
					 struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	struct translate_pid_redirect *redirect =
		container_of(ops, struct translate_pid_redirect, ops);

	/*
	 * A replacement that calls the original must reach it. It is core text; the
	 * limits of init text change while calls come in already.
	 */
	if (within_module_core(parent_ip, THIS_MODULE))
		return;
	if (!redirect->wants(fregs))
		return;
	if (redirect->sleeps && !translate_pid_redirect_begin())
		return;
	ftrace_regs_set_instruction_pointer(fregs, (unsigned long)redirect->replacement);
}

/* 0, or an error of translate_pid_ftrace_register(). */
int translate_pid_redirect_enable(struct translate_pid_redirect *redirect,
				  unsigned long *addresses, unsigned int count)
{
	WRITE_ONCE(translate_pid_loader, current);
	redirect->ops.func = translate_pid_redirect_entry;
	redirect->ops.flags = FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT;
	return translate_pid_ftrace_register(&redirect->ops, addresses, count);
}

/* On return no replacement is running and none will start. Sleeps. */
void translate_pid_redirect_disable(struct translate_pid_redirect *redirect)
{
	translate_pid_ftrace_unregister(&redirect->ops);
}

/* Must be the last thing that a replacement that sleeps does. */
void translate_pid_redirect_end(void)
{
	module_put(THIS_MODULE);
}
