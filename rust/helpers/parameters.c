// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's parameters. C defines them, because module! of Rust has no
 * booleans before 7.3, and no parameters that can be read in sysfs at all.
 */
#include <linux/cache.h>
#include <linux/moduleparam.h>
#include <linux/translate_pid.h>

#include "helpers.h"

static struct translate_pid_parameters parameters __ro_after_init = {
	.namespaces = 100000,
	.syscall_x86_64 = TRANSLATE_PID_SYSCALL_X86_64,
	.syscall_x32 = TRANSLATE_PID_SYSCALL_X32,
	.syscall_i386 = TRANSLATE_PID_SYSCALL_I386,
};

module_param_named(namespaces, parameters.namespaces, uint, 0444);
MODULE_PARM_DESC(namespaces, "Number of pid namespaces that the table is sized for");

module_param_named(confine, parameters.confine, bool, 0444);
MODULE_PARM_DESC(confine,
		 "Also refuse pid namespaces outside the caller's own subtree, unless it holds CAP_SYS_PTRACE and has it over them");

module_param_named(syscall_x86_64, parameters.syscall_x86_64, int, 0444);
MODULE_PARM_DESC(syscall_x86_64, "Number of the system call for x86-64, -1 for none");

module_param_named(syscall_x32, parameters.syscall_x32, int, 0444);
MODULE_PARM_DESC(syscall_x32,
		 "Number of the system call for x32 without its x32 bit, -1 for none");

module_param_named(syscall_i386, parameters.syscall_i386, int, 0444);
MODULE_PARM_DESC(syscall_i386, "Number of the system call for i386, -1 for none");

const struct translate_pid_parameters *translate_pid_parameters(void)
{
	return &parameters;
}
