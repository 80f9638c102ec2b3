// SPDX-License-Identifier: GPL-2.0-only
/*
 * A live patch of one of two functions that translate_pid redirects as well:
 *
 *   function=ns_get_name		links in /proc/<pid>/ns read "patched:pid:[...]"
 *   function=__x64_sys_ni_syscall	number 399, which no kernel has, answers 4242
 */
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/ns_common.h>
#include <linux/proc_ns.h>
#include <linux/ptrace.h>

#define PATCHED_NUMBER	399
#define PATCHED_ANSWER	4242

static int patched_ns_get_name(char *buf, size_t size, struct task_struct *task,
			       const struct proc_ns_operations *ns_ops)
{
	struct ns_common *ns = ns_ops->get(task);
	int length = -ENOENT;

	if (ns) {
		length = snprintf(buf, size, "patched:%s:[%u]",
				  ns_ops->real_ns_name ?: ns_ops->name, ns->inum);
		ns_ops->put(ns);
	}
	return length;
}

static long patched_sys_ni_syscall(const struct pt_regs *regs)
{
	return (int)regs->orig_ax == PATCHED_NUMBER ? PATCHED_ANSWER : -ENOSYS;
}

static char *function = "ns_get_name";
module_param(function, charp, 0444);
MODULE_PARM_DESC(function, "Which one to patch");

static struct klp_func funcs[2];

static struct klp_object objects[] = {
	{ .funcs = funcs },
	{ }
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objects,
};

static int neighbour_patch_init(void)
{
	funcs[0].old_name = function;
	if (!strcmp(function, "ns_get_name"))
		funcs[0].new_func = patched_ns_get_name;
	else if (!strcmp(function, "__x64_sys_ni_syscall"))
		funcs[0].new_func = patched_sys_ni_syscall;
	else
		return -EINVAL;
	return klp_enable_patch(&patch);
}

static void neighbour_patch_exit(void)
{
}

module_init(neighbour_patch_init);
module_exit(neighbour_patch_exit);
MODULE_DESCRIPTION("A live patch, for tests of translate_pid");
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
