// SPDX-License-Identifier: GPL-2.0-only
/*
 * Module parameters of debug builds (make DEBUG=1), below
 * /sys/module/translate_pid/parameters/. See debug.h.
 */
#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/moduleparam.h>
#include <linux/processor.h>
#include <linux/string.h>

#include "debug.h"
#include "helpers.h"

/* No lookup is held for longer: RCU begins to complain after 21 s. */
#define TRANSLATE_PID_DEBUG_LONGEST_STALL (10 * HZ)

static char *debug_hide_symbol;
module_param(debug_hide_symbol, charp, 0444);
MODULE_PARM_DESC(debug_hide_symbol, "A kernel function or variable that is not to be found");

static int debug_fail_hook = -1;
module_param(debug_fail_hook, int, 0444);
MODULE_PARM_DESC(debug_fail_hook, "Which registration of an ftrace hook fails, counted from 0; -1 for none");

static int debug_delay_redirects;
module_param(debug_delay_redirects, int, 0444);
MODULE_PARM_DESC(debug_delay_redirects, "How often a redirecting ftrace hook is to be registered again before one succeeds");

static bool debug_fail_atomic_memory;
module_param(debug_fail_atomic_memory, bool, 0644);
MODULE_PARM_DESC(debug_fail_atomic_memory, "No memory for table entries of new namespaces");

static int debug_stall_pid;
module_param(debug_stall_pid, int, 0644);
MODULE_PARM_DESC(debug_stall_pid, "Translations of this pid wait inside their read section while this is set, for 10 s at most");

static atomic_t translate_pid_debug_stalled = ATOMIC_INIT(0);
static atomic_t translate_pid_debug_removals = ATOMIC_INIT(0);
static atomic_t translate_pid_debug_frees = ATOMIC_INIT(0);

static int translate_pid_debug_get_counter(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%d\n", atomic_read((atomic_t *)kp->arg));
}

static const struct kernel_param_ops translate_pid_debug_counter_ops = {
	.get = translate_pid_debug_get_counter,
};

module_param_cb(debug_stalled, &translate_pid_debug_counter_ops,
		&translate_pid_debug_stalled, 0444);
MODULE_PARM_DESC(debug_stalled, "Translations that wait inside their read section now");
module_param_cb(debug_removed, &translate_pid_debug_counter_ops,
		&translate_pid_debug_removals, 0444);
MODULE_PARM_DESC(debug_removed, "Table entries that were unlinked because their namespace died");
module_param_cb(debug_freed, &translate_pid_debug_counter_ops,
		&translate_pid_debug_frees, 0444);
MODULE_PARM_DESC(debug_freed, "Unlinked table entries whose grace period is over");

bool translate_pid_debug_hides(const char *symbol)
{
	return debug_hide_symbol && !strcmp(symbol, debug_hide_symbol);
}

/* What a registration fails with, or 0. Called by the module's init only, so plain counters do. */
int translate_pid_debug_hook_error(bool redirects)
{
	static int registration, delays;

	if (redirects && delays < debug_delay_redirects) {
		delays++;
		return -EAGAIN;
	}
	return registration++ == debug_fail_hook ? -EBUSY : 0;
}

bool translate_pid_debug_fails_atomic_memory(void)
{
	return READ_ONCE(debug_fail_atomic_memory);
}

/* Under RCU, preemptible. Spins, for a read section may not sleep. */
void translate_pid_debug_lookup(int pid)
{
	unsigned long end = jiffies + TRANSLATE_PID_DEBUG_LONGEST_STALL;

	if (!pid || pid != READ_ONCE(debug_stall_pid))
		return;

	atomic_inc(&translate_pid_debug_stalled);
	while (pid == READ_ONCE(debug_stall_pid) && time_before(jiffies, end))
		cpu_relax();
	atomic_dec(&translate_pid_debug_stalled);
}

void translate_pid_debug_removed(void)
{
	atomic_inc(&translate_pid_debug_removals);
}

void translate_pid_debug_freed(void)
{
	atomic_inc(&translate_pid_debug_frees);
}
