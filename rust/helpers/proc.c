// SPDX-License-Identifier: GPL-2.0-only
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#include "helpers.h"

/* Mode 0444; show() finds @context in its seq_file's private. NULL: no memory. */
struct translate_pid_proc_file *
translate_pid_proc_create(const char *name, translate_pid_show_fn show, void *context)
{
	return (void *)proc_create_single_data(name, 0444, NULL, show, context);
}

/* Waits until no show() runs; later reads of open files fail. */
void translate_pid_proc_remove(struct translate_pid_proc_file *file)
{
	proc_remove((void *)file);
}
