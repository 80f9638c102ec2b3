// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/file.h>

#include "compat.h"
#include "helpers.h"

/* A struct fd is passed on as the number it is. */
static_assert(sizeof(struct fd) == sizeof(unsigned long));
static_assert(__same_type(((struct fd *)0)->word, unsigned long));

/*
 * The pidfd @fd of the calling task: 0, -EBADF, or -EINVAL if it is none. The task
 * gives it back by translate_pid_pidfd_put() before it returns to user space; the
 * pid is kept until then. A task whose files nobody shares writes nothing for that.
 */
int translate_pid_pidfd_get(int fd, struct translate_pid_pidfd *pidfd)
{
	struct fd f = fdget(fd);

	if (fd_empty(f))
		return -EBADF;
	pidfd->file = f.word;
	pidfd->pid = translate_pid_pid_of_file(fd_file(f));
	if (pidfd->pid)
		return 0;
	fdput(f);
	return -EINVAL;
}

void translate_pid_pidfd_put(unsigned long file)
{
	fdput((struct fd){ .word = file });
}
