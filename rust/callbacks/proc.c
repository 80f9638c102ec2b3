// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "callbacks.h"
#include "module_state.h"

struct translate_pid_proc_file {
	struct proc_dir_entry *entry;
	translate_pid_show_fn show;
	void *context;
};

/*
 * A load that fails frees the module without a look at its count. Until it has
 * succeeded, the file is not there for anybody, so proc_remove() finds no reader.
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

/* Mode 0444; show() finds @context in its seq_file's private. NULL: no memory. */
struct translate_pid_proc_file *
translate_pid_proc_create(const char *name, translate_pid_show_fn show, void *context)
{
	struct translate_pid_proc_file *proc_file = kmalloc(sizeof(*proc_file), GFP_KERNEL);

	if (!proc_file)
		return NULL;
	proc_file->show = show;
	proc_file->context = context;
	proc_file->entry = proc_create_data(name, 0444, NULL, &translate_pid_proc_ops, proc_file);
	if (!proc_file->entry) {
		kfree(proc_file);
		return NULL;
	}
	return proc_file;
}

/* Waits until no show() runs; later reads of open files fail. */
void translate_pid_proc_remove(struct translate_pid_proc_file *proc_file)
{
	proc_remove(proc_file->entry);
	kfree(proc_file);
}
