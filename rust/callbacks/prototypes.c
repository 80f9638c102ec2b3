// SPDX-License-Identifier: GPL-2.0-only
/*
 * The functions that are hooked or called by address have the arguments that
 * are read of them, and procfs has the layouts that compat.h mirrors: asked of
 * the compiler, where the kernel's headers say it. Of static functions nothing
 * does; what they do is looked at when the module is loaded.
 */
#include <linux/build_bug.h>
#include <linux/nstree.h>
#include <linux/pid_namespace.h>
#include <linux/proc_ns.h>

/* The hooks at namespaces read argument 0. */
typedef void translate_pid_ns_tree_fn(struct ns_common *ns, struct ns_tree_root *tree);

static_assert(__same_type(__ns_tree_add_raw, translate_pid_ns_tree_fn));
static_assert(__same_type(__ns_tree_remove, translate_pid_ns_tree_fn));

/* So does the one at the death of inits. */
typedef void translate_pid_zap_fn(struct pid_namespace *ns);

static_assert(__same_type(zap_pid_ns_processes, translate_pid_zap_fn));

/* Replaced by translate_pid_link_name(), which is chosen by argument 3. */
static_assert(__same_type(ns_get_name, translate_pid_link_name));

/* Relative to include/: there in a source tree and in the kits, not in a package of headers. */
#if __has_include("../fs/proc/internal.h")
/* It is for the kernel's own files; a module's headers say 0, which it asserts against. */
#define PROC_ENTRY_PERMANENT 1
#include "../fs/proc/internal.h"
#undef PROC_ENTRY_PERMANENT

#define TRANSLATE_PID_SAME_MEMBER(member)						\
	static_assert(offsetof(struct proc_inode, member) ==				\
		      offsetof(struct translate_pid_proc_inode, member));		\
	static_assert(sizeof_field(struct proc_inode, member) ==			\
		      sizeof_field(struct translate_pid_proc_inode, member))

TRANSLATE_PID_SAME_MEMBER(pid);
TRANSLATE_PID_SAME_MEMBER(fd);
TRANSLATE_PID_SAME_MEMBER(op);
TRANSLATE_PID_SAME_MEMBER(pde);
TRANSLATE_PID_SAME_MEMBER(sysctl);
TRANSLATE_PID_SAME_MEMBER(sysctl_entry);
TRANSLATE_PID_SAME_MEMBER(sibling_inodes);
TRANSLATE_PID_SAME_MEMBER(ns_ops);
TRANSLATE_PID_SAME_MEMBER(vfs_inode);
static_assert(sizeof(struct proc_inode) == sizeof(struct translate_pid_proc_inode));
static_assert(__same_type(((struct proc_inode *)0)->pid,
			  ((struct translate_pid_proc_inode *)0)->pid));
static_assert(__same_type(((struct proc_inode *)0)->ns_ops,
			  ((struct translate_pid_proc_inode *)0)->ns_ops));

/* instantiate_t is declared here a second time: the compiler compares the two. */
static_assert(__same_type(translate_pid_no_instantiate, instantiate_t));
static_assert(__same_type(proc_fill_cache, translate_pid_no_fill_cache));

#undef TRANSLATE_PID_SAME_MEMBER
#endif
