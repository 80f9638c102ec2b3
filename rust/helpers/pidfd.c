// SPDX-License-Identifier: GPL-2.0-only
#include <linux/file.h>
#include <linux/pid.h>
#include <linux/static_call.h>
#include <linux/translate_pid.h>

#include <uapi/linux/pidfd.h>

#include "compat.h"
#include "helpers.h"

/* The header has them as numbers. */
static_assert(TRANSLATE_PID_PIDFD_THREAD == PIDFD_THREAD);
static_assert(TRANSLATE_PID_PIDFD_NONBLOCK == PIDFD_NONBLOCK);

/* Held. Under RCU, in which @pid was found in a namespace's idr: its count is not zero. */
struct pid *translate_pid_hold(struct pid *pid)
{
	return get_pid(pid);
}

/* Does not sleep. What the last put of a namespace takes, which this may be, a workqueue does. */
void translate_pid_put(struct pid *pid)
{
	put_pid(pid);
}

static int translate_pid_no_pidfd(struct pid *pid, unsigned int flags, struct file **file)
{
	return -EOPNOTSUPP;
}

static_assert(__same_type(&pidfd_prepare, &translate_pid_no_pidfd));

DEFINE_STATIC_CALL(translate_pid_pidfd_call, translate_pid_no_pidfd);

void translate_pid_bind_pidfd_prepare(unsigned long address)
{
	static_call_update(translate_pid_pidfd_call, translate_pid_function_pointer(address));
}

/*
 * A new descriptor, close-on-exec, or an error. @pid is held by the caller; @flags
 * are those of pidfd_open(2). Sleeps.
 */
int translate_pid_open_pidfd(struct pid *pid, unsigned int flags)
{
	struct file *file;
	int fd = static_call(translate_pid_pidfd_call)(pid, flags, &file);

	if (fd >= 0)
		fd_install(fd, file);
	return fd;
}
