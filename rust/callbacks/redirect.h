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
 */
#ifndef TRANSLATE_PID_REDIRECT_H
#define TRANSLATE_PID_REDIRECT_H

#include <linux/ftrace.h>
#include <linux/types.h>

struct translate_pid_redirect {
	struct ftrace_ops ops;
	/* Whether this call is to be redirected; must not sleep. */
	bool (*wants)(struct ftrace_regs *fregs);
	/* A function of the replaced one's type. */
	void *replacement;
	bool sleeps;
};

int translate_pid_redirect_enable(struct translate_pid_redirect *redirect,
				  unsigned long *addresses, unsigned int count);
void translate_pid_redirect_disable(struct translate_pid_redirect *redirect);
void translate_pid_redirect_end(void);

/* hook.c */
int translate_pid_ftrace_register(struct ftrace_ops *ops, unsigned long *addresses,
				  unsigned int count);
void translate_pid_ftrace_unregister(struct ftrace_ops *ops);

#endif
