// SPDX-License-Identifier: GPL-2.0-only
/* Has the module's name and misbehaves on demand, for selftest.d/module.sh. */
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

static char *fault = "";
module_param(fault, charp, 0);

static int hang(const char *value, const struct kernel_param *parameter)
{
	for (;;)
		schedule_timeout_uninterruptible(HZ);
	return 0;
}

static const struct kernel_param_ops hang_ops = { .set = hang };
module_param_cb(hang, &hang_ops, NULL, 0200);

static void crash(struct rcu_head *head)
{
	*(int *)(unsigned long)head->next = 1;
}

static struct rcu_head late;

static int __init begin(void)
{
	if (!strcmp(fault, "refuse")) {
		pr_err("cannot do this here\n");
		return -ENODEV;
	}
	if (!strcmp(fault, "oops"))
		*(volatile int *)NULL = 1;
	if (!strcmp(fault, "leak"))
		pr_info("losing %p\n", kzalloc(64, GFP_KERNEL));
	if (!strcmp(fault, "stay"))
		__module_get(THIS_MODULE);
	return 0;
}

static void __exit end(void)
{
	WARN_ON(!strcmp(fault, "warn"));
	/* The forgotten rcu_barrier(): the callback's code is gone when its time comes. */
	if (!strcmp(fault, "late"))
		call_rcu(&late, crash);
}

module_init(begin);
module_exit(end);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("misbehaves for qemu/selftest");
