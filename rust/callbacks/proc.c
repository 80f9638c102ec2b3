// SPDX-License-Identifier: GPL-2.0-only
#include <linux/compat.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "callbacks.h"
#include "module_state.h"

struct translate_pid_proc_file {
	struct proc_dir_entry *entry;
	union {
		translate_pid_show_fn show;
		translate_pid_ioctl_fn ioctl;
	};
	void *context;
};

/*
 * A load that fails frees the module without a look at its count. Until it has
 * succeeded, no file is there for anybody, so proc_remove() finds nobody inside.
 */
static int translate_pid_proc_open(struct inode *inode, struct file *file)
{
	const struct translate_pid_proc_file *proc_file = pde_data(inode);

	if (!translate_pid_module_is_live())
		return -ENOENT;
	return single_open(file, proc_file->show, proc_file->context);
}

/*
 * A read sleeps for as long as the reader's memory makes it wait, which may be
 * for ever (userfaultfd, FUSE), and proc_remove() waits for it. With a reference
 * held, rmmod fails with EAGAIN instead of waiting there, unkillable.
 *
 * EIO is what procfs itself answers for a file that was removed.
 */
static ssize_t translate_pid_proc_read(struct kiocb *iocb, struct iov_iter *to)
{
	ssize_t result;

	if (!try_module_get(THIS_MODULE))
		return -EIO;
	result = seq_read_iter(iocb, to);
	/* proc_remove() waits for the return from here. */
	module_put(THIS_MODULE);
	return result;
}

static const struct proc_ops translate_pid_proc_ops = {
	.proc_open = translate_pid_proc_open,
	.proc_read_iter = translate_pid_proc_read,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
};

static int translate_pid_proc_commands_open(struct inode *inode, struct file *file)
{
	return translate_pid_module_is_live() ? 0 : -ENOENT;
}

/*
 * As with a read: a command sleeps for as long as its argument's memory makes it
 * wait, so it owns a reference. The descriptor owns none: that a program has opened
 * the file, in whatever container, does not count against rmmod. A handle that it
 * has bound does.
 *
 * ENOTTY is what procfs itself answers for a file that was removed.
 */
static long translate_pid_proc_ioctl(struct file *file, unsigned int command,
				     unsigned long address)
{
	const struct translate_pid_proc_file *proc_file = pde_data(file_inode(file));
	long result;

	if (!try_module_get(THIS_MODULE))
		return -ENOTTY;
	result = proc_file->ioctl(proc_file->context, command, address);
	/* proc_remove() waits for the return from here. */
	module_put(THIS_MODULE);
	return result;
}

#ifdef CONFIG_COMPAT
/* The structures have the same layout for 32-bit callers; only the pointer differs. */
static long translate_pid_proc_compat_ioctl(struct file *file, unsigned int command,
					    unsigned long address)
{
	return translate_pid_proc_ioctl(file, command,
					(unsigned long)compat_ptr((compat_uptr_t)address));
}
#endif

/* There is nothing to read: EINVAL, as from the device, not procfs's EIO. */
static ssize_t translate_pid_proc_no_read(struct file *file, char __user *to, size_t size,
					  loff_t *position)
{
	return -EINVAL;
}

static const struct proc_ops translate_pid_proc_commands_ops = {
	.proc_open = translate_pid_proc_commands_open,
	.proc_read = translate_pid_proc_no_read,
	.proc_ioctl = translate_pid_proc_ioctl,
#ifdef CONFIG_COMPAT
	.proc_compat_ioctl = translate_pid_proc_compat_ioctl,
#endif
	.proc_lseek = noop_llseek,
};

static struct translate_pid_proc_file *
translate_pid_proc_register(const char *name, const struct proc_ops *ops,
			    const struct translate_pid_proc_file *template)
{
	struct translate_pid_proc_file *proc_file =
		kmemdup(template, sizeof(*template), GFP_KERNEL);

	if (!proc_file)
		return NULL;
	proc_file->entry = proc_create_data(name, 0444, NULL, ops, proc_file);
	if (!proc_file->entry) {
		kfree(proc_file);
		return NULL;
	}
	return proc_file;
}

/* Mode 0444; show() finds @context in its seq_file's private. NULL: no memory. */
struct translate_pid_proc_file *
translate_pid_proc_create(const char *name, translate_pid_show_fn show, void *context)
{
	const struct translate_pid_proc_file proc_file = { .show = show, .context = context };

	return translate_pid_proc_register(name, &translate_pid_proc_ops, &proc_file);
}

/* Mode 0444; ioctl() gets @context. NULL: no memory. */
struct translate_pid_proc_file *
translate_pid_proc_create_commands(const char *name, translate_pid_ioctl_fn ioctl, void *context)
{
	const struct translate_pid_proc_file proc_file = { .ioctl = ioctl, .context = context };

	return translate_pid_proc_register(name, &translate_pid_proc_commands_ops, &proc_file);
}

/* Waits until neither show() nor ioctl() runs; later calls on open files fail. */
void translate_pid_proc_remove(struct translate_pid_proc_file *proc_file)
{
	proc_remove(proc_file->entry);
	kfree(proc_file);
}
