// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's parameters. C defines them, because module! of Rust has no
 * booleans before 7.3, and no parameters that can be read in sysfs at all.
 */
#include <linux/cache.h>
#include <linux/hex.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/translate_pid.h>

#include "helpers.h"

MODULE_VERSION(TRANSLATE_PID_MODULE_VERSION);

const char *translate_pid_version(void)
{
	return TRANSLATE_PID_MODULE_VERSION;
}

static struct translate_pid_parameters parameters __ro_after_init = {
	.namespaces = 100000,
	.syscall_x86_64 = TRANSLATE_PID_SYSCALL_X86_64,
	.syscall_x32 = TRANSLATE_PID_SYSCALL_X32,
	.syscall_i386 = TRANSLATE_PID_SYSCALL_I386,
	.proc_commands = true,
};

module_param_named(namespaces, parameters.namespaces, uint, 0444);
MODULE_PARM_DESC(namespaces, "Number of pid namespaces that the table is sized for");

module_param_named(confine, parameters.confine, bool, 0444);
MODULE_PARM_DESC(confine,
		 "Also refuse pid namespaces outside the caller's own subtree, unless it holds CAP_SYS_PTRACE and has it over them");

module_param_named(ancestors, parameters.ancestors, bool, 0444);
MODULE_PARM_DESC(ancestors,
		 "Let processes translate between their own pid namespace and its ancestors without access to these");

module_param_named(proc, parameters.proc_commands, bool, 0444);
MODULE_PARM_DESC(proc, "Whether there is /proc/translate_pid, which containers can reach");

module_param_named(syscall_x86_64, parameters.syscall_x86_64, int, 0444);
MODULE_PARM_DESC(syscall_x86_64, "Number of the system call for x86-64, -1 for none");

module_param_named(syscall_x32, parameters.syscall_x32, int, 0444);
MODULE_PARM_DESC(syscall_x32,
		 "Number of the system call for x32 without its x32 bit, -1 for none");

module_param_named(syscall_i386, parameters.syscall_i386, int, 0444);
MODULE_PARM_DESC(syscall_i386, "Number of the system call for i386, -1 for none");

static u8 translate_pid_key[TRANSLATE_PID_KEY_SIZE];
static bool translate_pid_key_is_set;

/*
 * The kernel keeps the text of all parameters while the module is loaded, and
 * would print that of a wrong one, so nothing is left of this one's.
 */
static int translate_pid_set_key(const char *text, const struct kernel_param *kp)
{
	size_t length = text ? strlen(text) : 0;
	int err = -EINVAL;

	if (length == 2 * sizeof(translate_pid_key))
		err = hex2bin(translate_pid_key, text, sizeof(translate_pid_key));
	if (length)
		memzero_explicit((char *)text, length);
	translate_pid_key_is_set = !err;
	if (err) {
		memzero_explicit(translate_pid_key, sizeof(translate_pid_key));
		pr_err(KBUILD_MODNAME ": the parameter key must be 32 hexadecimal digits; not loading\n");
	}
	return err;
}

static const struct kernel_param_ops translate_pid_key_ops = {
	/* A key without a value gets the sentence, too. */
	.flags = KERNEL_PARAM_OPS_FL_NOARG,
	.set = translate_pid_set_key,
};

module_param_cb(key, &translate_pid_key_ops, NULL, 0);
MODULE_PARM_DESC(key,
		 "Secret key of the ids, 32 hexadecimal digits: the same key gives the same ids again, until the next boot; random by default");

static const char *const link_modes[] = {
	[TRANSLATE_PID_LINK_MODE_LISTED] = "listed",
	[TRANSLATE_PID_LINK_MODE_HIDDEN] = "hidden",
	[TRANSLATE_PID_LINK_MODE_OFF] = "off",
};

static int link_set(const char *value, const struct kernel_param *param)
{
	int mode = sysfs_match_string(link_modes, value);

	if (mode < 0) {
		pr_err(KBUILD_MODNAME ": link=%s means nothing: give listed, hidden or off; not loading\n",
		       value);
		return mode;
	}
	*(unsigned int *)param->arg = mode;
	return 0;
}

static int link_get(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%s\n", link_modes[*(unsigned int *)param->arg]);
}

static const struct kernel_param_ops link_ops = { .set = link_set, .get = link_get };

module_param_cb(link, &link_ops, &parameters.link, 0444);
MODULE_PARM_DESC(link,
		 "Whether /proc/<pid>/ns/pidns_id is listed, hidden (found by its name only) or off");

const struct translate_pid_parameters *translate_pid_parameters(void)
{
	return &parameters;
}

/* Whether a key was given; it is the caller's alone from then on. */
bool translate_pid_take_key(u8 *key)
{
	bool is_set = translate_pid_key_is_set;

	if (is_set)
		memcpy(key, translate_pid_key, sizeof(translate_pid_key));
	memzero_explicit(translate_pid_key, sizeof(translate_pid_key));
	translate_pid_key_is_set = false;
	return is_set;
}
