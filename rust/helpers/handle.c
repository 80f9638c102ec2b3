// SPDX-License-Identifier: GPL-2.0-only
#include <linux/anon_inodes.h>
#include <linux/fcntl.h>
#include <linux/poll.h>
#include <linux/wait.h>

#include "helpers.h"

/* A new descriptor, close-on-exec, or an error; -ENOENT: the module is going. Sleeps. */
int translate_pid_open_handle(const char *name, const struct file_operations *operations,
			      void *private)
{
	return anon_inode_getfd(name, operations, private, O_RDONLY | O_CLOEXEC);
}

void translate_pid_wait_queue_init(struct wait_queue_head *queue)
{
	init_waitqueue_head(queue);
}

/* Of a file's poll(): its caller, if it wants to wait, is put on the queue. */
void translate_pid_wait(struct file *file, struct wait_queue_head *queue,
			struct poll_table_struct *table)
{
	poll_wait(file, queue, table);
}

/* Wakes up all who wait, also of those who want to be the only one, as pidfds do. */
void translate_pid_wake_up_hangup(struct wait_queue_head *queue)
{
	__wake_up(queue, TASK_NORMAL, 0, poll_to_key(EPOLLHUP));
}
