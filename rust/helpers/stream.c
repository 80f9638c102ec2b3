// SPDX-License-Identifier: GPL-2.0-only
#include <linux/anon_inodes.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/uio.h>
#include <linux/wait.h>

#include "helpers.h"

/* A new descriptor, close-on-exec, or an error; -ENOENT: the module is going. Sleeps. */
int translate_pid_open_stream(const char *name, const struct file_operations *operations,
			      void *private, bool nonblocking)
{
	return anon_inode_getfd(name, operations, private,
				O_RDONLY | O_CLOEXEC | (nonblocking ? O_NONBLOCK : 0));
}

/* Whether a read is not to wait: by the file's flags, preadv2(2) or io_uring. */
bool translate_pid_is_nonblocking(const struct kiocb *call)
{
	return READ_ONCE(call->ki_filp->f_flags) & O_NONBLOCK || call->ki_flags & IOCB_NOWAIT;
}

unsigned long translate_pid_iter_room(const struct iov_iter *to)
{
	return iov_iter_count(to);
}

/* How many of the bytes could be written, the first ones. Sleeps. */
unsigned long translate_pid_bytes_to_iter(const void *from, unsigned long size,
					  struct iov_iter *to)
{
	return copy_to_iter(from, size, to);
}

/* 0 once @ready is not 0, or -ERESTARTSYS: a signal has come. Sleeps. */
int translate_pid_wait_until(struct wait_queue_head *queue, const int *ready)
{
	return wait_event_interruptible(*queue, READ_ONCE(*ready));
}

/* Wakes up all who wait for something to read. Sleeps on PREEMPT_RT. */
void translate_pid_wake_up_readers(struct wait_queue_head *queue)
{
	__wake_up(queue, TASK_NORMAL, 0, poll_to_key(EPOLLIN | EPOLLRDNORM));
}
