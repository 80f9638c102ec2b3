// SPDX-License-Identifier: GPL-2.0-only
/*
 * Another user of ftrace, on the functions that its parameters name:
 *
 *   redirect=	as a live patch does it: it claims the function's instruction
 *		pointer for itself, of which a function has only one. What it
 *		puts there is the function's own body.
 *	watch=	as a tracer does it: it only looks.
 *
 * The parameters redirected and watched count the calls seen.
 */
#include <linux/ftrace.h>
#include <linux/kprobes.h>
#include <linux/module.h>

#define FUNCTIONS_MAX	8

struct neighbour_hook {
	struct ftrace_ops ops;
	char *functions[FUNCTIONS_MAX];
	unsigned int count;
	/* A call that is lost between two CPUs does not matter. */
	unsigned long calls;
};

static void neighbour_redirect(unsigned long ip, unsigned long parent_ip,
			       struct ftrace_ops *ops, struct ftrace_regs *fregs);
static void neighbour_watch(unsigned long ip, unsigned long parent_ip,
			    struct ftrace_ops *ops, struct ftrace_regs *fregs);

static struct neighbour_hook redirecting = {
	.ops = { .func = neighbour_redirect, .flags = FTRACE_OPS_FL_IPMODIFY },
};

static struct neighbour_hook watching = {
	.ops = { .func = neighbour_watch },
};

module_param_array_named(redirect, redirecting.functions, charp, &redirecting.count, 0444);
MODULE_PARM_DESC(redirect, "Functions to claim");
module_param_array_named(watch, watching.functions, charp, &watching.count, 0444);
MODULE_PARM_DESC(watch, "Functions to look at");
module_param_named(redirected, redirecting.calls, ulong, 0444);
MODULE_PARM_DESC(redirected, "Calls of claimed functions");
module_param_named(watched, watching.calls, ulong, 0444);
MODULE_PARM_DESC(watched, "Calls of functions looked at");

static void neighbour_count(struct neighbour_hook *hook)
{
	WRITE_ONCE(hook->calls, READ_ONCE(hook->calls) + 1);
}

static void neighbour_redirect(unsigned long ip, unsigned long parent_ip,
			       struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	neighbour_count(container_of(ops, struct neighbour_hook, ops));
	ftrace_regs_set_instruction_pointer(fregs, ip + MCOUNT_INSN_SIZE);
}

static void neighbour_watch(unsigned long ip, unsigned long parent_ip,
			    struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	neighbour_count(container_of(ops, struct neighbour_hook, ops));
}

/* By address: ftrace knows some functions by another of their names only. */
static int neighbour_choose(struct neighbour_hook *hook, const char *function)
{
	struct kprobe probe = { .symbol_name = function };
	int err = register_kprobe(&probe);

	if (err)
		return err;
	unregister_kprobe(&probe);
	return ftrace_set_filter_ip(&hook->ops, (unsigned long)probe.addr, 0, 0);
}

static int neighbour_begin(struct neighbour_hook *hook)
{
	int err = 0;

	/* A filter without functions would be one for all of them. */
	if (!hook->count)
		return 0;
	for (unsigned int i = 0; i < hook->count && !err; i++)
		err = neighbour_choose(hook, hook->functions[i]);
	if (!err)
		err = register_ftrace_function(&hook->ops);
	if (err)
		ftrace_free_filter(&hook->ops);
	return err;
}

static void neighbour_end(struct neighbour_hook *hook)
{
	if (!hook->count)
		return;
	unregister_ftrace_function(&hook->ops);
	ftrace_free_filter(&hook->ops);
}

static int __init neighbour_init(void)
{
	int err = neighbour_begin(&redirecting);

	if (err)
		return err;
	err = neighbour_begin(&watching);
	if (err)
		neighbour_end(&redirecting);
	return err;
}

static void __exit neighbour_exit(void)
{
	neighbour_end(&watching);
	neighbour_end(&redirecting);
}

module_init(neighbour_init);
module_exit(neighbour_exit);
MODULE_DESCRIPTION("Another user of ftrace, for tests of translate_pid");
MODULE_LICENSE("GPL");
