/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private layouts of the kernel and differences between its versions, all of
 * them. What is mirrored here is checked against the running kernel at load.
 */
#ifndef TRANSLATE_PID_COMPAT_H
#define TRANSLATE_PID_COMPAT_H

#include <linux/fs.h>
#include <linux/jump_label.h>
#include <linux/list.h>
#include <linux/magic.h>
#include <linux/proc_ns.h>
#include <linux/types.h>

#include <asm/ia32.h>
#include <asm/ibt.h>
#include <asm/syscall.h>

#include "helpers.h"

#if defined(CONFIG_LTO) || defined(CONFIG_LTO_CLANG)
#error "a hooked function may be inlined under LTO: build for a kernel without CONFIG_LTO"
#endif

struct ctl_table;
struct ctl_table_header;
struct proc_dir_entry;

/* struct proc_inode of fs/proc/internal.h. */
struct translate_pid_proc_inode {
	struct pid *pid;
	unsigned int fd;
	union {
		void *function;
		int lsmid;
	} op;
	struct proc_dir_entry *pde;
	struct ctl_table_header *sysctl;
	const struct ctl_table *sysctl_entry;
	struct hlist_node sibling_inodes;
	const struct proc_ns_operations *ns_ops;
	struct inode vfs_inode;
};

static inline struct translate_pid_proc_inode *translate_pid_proc_inode(const struct inode *inode)
{
	return container_of(inode, struct translate_pid_proc_inode, vfs_inode);
}

/* Also of fs/proc/internal.h. */
typedef struct dentry *instantiate_t(struct dentry *dentry, struct task_struct *task,
				     const void *ptr);

/* pidfd_pid() of fs/pidfs.c: the pid of a pidfd, which its inode keeps; NULL if @file is none. */
static inline struct pid *translate_pid_pid_of_file(const struct file *file)
{
	const struct inode *inode = file_inode(file);

	static_assert(__same_type(inode->i_private, void *));
	if (inode->i_sb->s_magic != PID_FS_MAGIC || !S_ISREG(inode->i_mode))
		return NULL;
	return inode->i_private;
}

/*
 * A kprobe's address of a function lies behind its ENDBR, which the kernel has
 * overwritten where nothing calls indirectly. Indirect calls must go to the
 * ENDBR, and direct ones to the function's beginning, in front of which call
 * depth tracking has its thunk.
 */
static inline void *translate_pid_function_pointer(unsigned long address)
{
#ifdef CONFIG_X86_KERNEL_IBT
	if (__is_endbr(*(u32 *)(address - ENDBR_INSN_SIZE)))
		address -= ENDBR_INSN_SIZE;
#endif
	return (void *)address;
}

/*
 * Whether x32 numbers that reach sys_ni_syscall() are system calls; negative: an
 * error. Before 7.3 they reach it even while x32 is switched off, so it counts
 * as off where that cannot be told. Debian's switch is a static key that is set
 * at boot and not exported; without a switch x32 is always on.
 */
static inline int translate_pid_x32_is_on(void)
{
#if defined(CONFIG_X86_X32_ABI) && defined(x32_enabled)
	unsigned long key;
	int err = translate_pid_variable_address("x32_enabled_skey", &key);

	if (err)
		return err == -ENOENT ? false : err;
	return static_key_enabled((struct static_key *)key);
#else
	return IS_ENABLED(CONFIG_X86_X32_ABI);
#endif
}

/* The same for i386 numbers, which never reach it while ia32_emulation=0. */
static inline int translate_pid_ia32_is_on(void)
{
#ifdef CONFIG_IA32_EMULATION
	unsigned long enabled;
	int err = translate_pid_variable_address("__ia32_enabled", &enabled);

	static_assert(__same_type(__ia32_enabled, bool));
	if (err)
		return err == -ENOENT ? true : err;
	return *(bool *)enabled;
#else
	return false;
#endif
}

#endif
