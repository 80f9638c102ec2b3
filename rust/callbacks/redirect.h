/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Redirection of single calls of a kernel function to a replacement.
 *
 * The ftrace handler decides call by call; a call it does not want goes on to
 * the kernel's function untouched. The replacement runs in the caller's own
 * context after the handler has returned, so at unload:
 *
 *   - one that may sleep (@sleeps) owns a module reference, taken by the
 *     handler, and ends with translate_pid_redirect_end(). rmmod fails with
 *     EAGAIN meanwhile, and once rmmod has begun, no call is redirected. Until
 *     the load has succeeded, only the loading task is: a load that fails does
 *     not look at the references;
 *   - one that never sleeps, and the few instructions behind
 *     translate_pid_redirect_end(), are waited for by Tasks RCU in
 *     unregister_ftrace_function().
 *
 * Every call of the function passes the handler, most of them on their way to the
 * kernel's own. So each redirection has a handler of its own, into which the
 * questions are inlined: an indirect call costs more than all of them.
 */
#ifndef TRANSLATE_PID_REDIRECT_H
#define TRANSLATE_PID_REDIRECT_H

#include <linux/ftrace.h>
#include <linux/types.h>

int translate_pid_redirect_enable(struct ftrace_ops *ops, unsigned long *addresses,
				  unsigned int count);
void translate_pid_redirect_disable(struct ftrace_ops *ops);
bool translate_pid_redirect_begin(void);
void translate_pid_redirect_end(void);

/*
 * Defines @name, an ftrace_ops for translate_pid_redirect_enable().
 * @wants(fregs, parent_ip): whether this call is to be redirected; must not sleep.
 * @replacement: a function of the replaced one's type.
 * @sleeps: a constant, see above.
 */
#define TRANSLATE_PID_REDIRECT(name, wants, replacement, sleeps)				\
static void name##_handler(unsigned long ip, unsigned long parent_ip,				\
			   struct ftrace_ops *ops, struct ftrace_regs *fregs)			\
{												\
	if (wants(fregs, parent_ip) && (!(sleeps) || translate_pid_redirect_begin()))		\
		ftrace_regs_set_instruction_pointer(fregs, (unsigned long)(replacement));	\
}												\
												\
static struct ftrace_ops name = {								\
	.func = name##_handler,									\
	.flags = FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT,				\
}

/* hook.c */
int translate_pid_ftrace_register(struct ftrace_ops *ops, unsigned long *addresses,
				  unsigned int count);
void translate_pid_ftrace_unregister(struct ftrace_ops *ops);

#endif
