// SPDX-License-Identifier: GPL-2.0-only
/*
 * Functions and variables that the kernel does not export.
 *
 * A function's address comes from a kprobe that is registered and removed at once; it
 * may lie behind the function's ENDBR. Calls go through static calls, which
 * become direct calls: no indirect branch for IBT, retpolines or CFI to judge.
 */
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/ns_common.h>
#include <linux/nstree.h>
#include <linux/pid_namespace.h>
#include <linux/ptrace.h>
#include <linux/static_call.h>

#include "compat.h"
#include "debug.h"
#include "helpers.h"

/*
 * 0, or the error of register_kprobe(): ENOENT if there is no such symbol.
 *
 * The probe stays disabled: it is there to be looked up, and arming it would
 * patch the kernel's text, twice for each symbol.
 */
int translate_pid_ksym_address(const char *symbol, unsigned long *address)
{
	struct kprobe probe = { .symbol_name = symbol, .flags = KPROBE_FLAG_DISABLED };
	int err = translate_pid_debug_hides(symbol) ? -ENOENT : register_kprobe(&probe);

	if (err)
		return err;
	*address = (unsigned long)probe.addr;
	unregister_kprobe(&probe);
	return 0;
}

static unsigned long translate_pid_no_variable(const char *symbol)
{
	return 0;
}

static_assert(__same_type(&kallsyms_lookup_name, &translate_pid_no_variable));

DEFINE_STATIC_CALL(translate_pid_variable_call, translate_pid_no_variable);

/*
 * The same for a variable that is not exported; kprobes know functions only.
 * ENOENT also where the kernel keeps no names of variables.
 */
int translate_pid_variable_address(const char *symbol, unsigned long *address)
{
	unsigned long lookup;
	int err = translate_pid_debug_hides(symbol) ?
			  -ENOENT : translate_pid_ksym_address("kallsyms_lookup_name", &lookup);

	if (err)
		return err;
	static_call_update(translate_pid_variable_call, translate_pid_function_pointer(lookup));
	*address = static_call(translate_pid_variable_call)(symbol);
	return *address ? 0 : -ENOENT;
}

static bool translate_pid_no_access(struct task_struct *task, unsigned int mode)
{
	return false;
}

static struct ns_common *translate_pid_no_namespace(u64 ns_id, int ns_type)
{
	return NULL;
}

/* The types of what is called must be the kernel's. */
static_assert(__same_type(&ptrace_may_access, &translate_pid_no_access));
static_assert(__same_type(&ns_tree_lookup_rcu, &translate_pid_no_namespace));

DEFINE_STATIC_CALL(translate_pid_access_call, translate_pid_no_access);
DEFINE_STATIC_CALL(translate_pid_lookup_call, translate_pid_no_namespace);

void translate_pid_bind_ptrace_may_access(unsigned long address)
{
	static_call_update(translate_pid_access_call, translate_pid_function_pointer(address));
}

/* Takes @task's alloc_lock; does not sleep otherwise. */
bool translate_pid_ptrace_may_access(struct task_struct *task, bool audit)
{
	unsigned int mode = PTRACE_MODE_READ_FSCREDS;

	return static_call(translate_pid_access_call)(task,
						      audit ? mode : mode | PTRACE_MODE_NOAUDIT);
}

void translate_pid_bind_ns_tree_lookup(unsigned long address)
{
	static_call_update(translate_pid_lookup_call, translate_pid_function_pointer(address));
}

/*
 * The pid namespace with the kernel's id @ns_id, or NULL: none is in the
 * kernel's tree. Under RCU, for as long as the read section lasts; its count
 * may be zero already. Takes no lock but on PREEMPT_RT, where it waits for a
 * change of the tree that is under way.
 */
struct pid_namespace *translate_pid_pidns_by_ns_id_rcu(unsigned long long ns_id)
{
	struct ns_common *common = static_call(translate_pid_lookup_call)(ns_id, CLONE_NEWPID);

	return common ? container_of(common, struct pid_namespace, ns) : NULL;
}
