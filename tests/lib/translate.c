// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "translate.h"

static int device = -1, proc_file = -1;

static int opened(int *fd, const char *path, int flags)
{
	if (*fd < 0)
		*fd = open(path, flags | O_CLOEXEC);
	return *fd < 0 ? -errno : *fd;
}

int translate_device(void)
{
	return opened(&device, TRANSLATE_PID_DEVICE, O_RDWR);
}

int translate_proc_file(void)
{
	return opened(&proc_file, TRANSLATE_PID_PROC_FILE, O_RDONLY);
}

static void forget(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void translate_device_close(void)
{
	forget(&device);
	/* It keeps no module, but is none of the next one's. */
	forget(&proc_file);
}

long translate_ioctl(int fd, unsigned long command, void *argument)
{
	int result = ioctl(fd, command, argument);

	return result < 0 ? -errno : result;
}

static long ask(int fd, unsigned long command, void *argument)
{
	return fd < 0 ? fd : translate_ioctl(fd, command, argument);
}

static long translate(int fd, pid_t pid, __u64 source, __u64 target, __u32 flags)
{
	struct translate_pid_request request = {
		.pid = pid,
		.flags = flags,
		.source = source,
		.target = target,
	};
	long error = ask(fd, TRANSLATE_PID_TRANSLATE, &request);

	return error ? error : request.result;
}

static long translate_many(int fd, __s32 *pids, __u32 count, __u64 source, __u64 target,
			   __u32 flags, __u32 *done)
{
	struct translate_pid_many_request request = {
		.source = source,
		.target = target,
		.pids = (unsigned long)pids,
		.count = count,
		.flags = flags,
	};
	long error = ask(fd, TRANSLATE_PID_TRANSLATE_MANY, &request);

	*done = request.done;
	return error;
}

static long get_id(int fd, __u32 by, __u64 value, __u64 *id, __u64 *ns_id)
{
	struct translate_pid_id_request request = {
		.by = by,
		.value = value,
	};
	long error = ask(fd, TRANSLATE_PID_GET_ID, &request);

	if (error)
		return error;
	if (id)
		*id = request.id;
	if (ns_id)
		*ns_id = request.ns_id;
	return 0;
}

long translate_get_info(struct translate_pid_info *info)
{
	return ask(translate_device(), TRANSLATE_PID_GET_INFO, info);
}

static long get_init_pid(int fd, __u32 by, __u64 value)
{
	struct translate_pid_ns_request request = {
		.by = by,
		.value = value,
	};
	long error = ask(fd, TRANSLATE_PID_GET_INIT_PID, &request);

	return error ? error : request.result;
}

static long open_ns(int fd, __u32 by, __u64 value)
{
	struct translate_pid_ns_request request = {
		.by = by,
		.value = value,
	};

	return ask(fd, TRANSLATE_PID_OPEN_NS, &request);
}

/* The interface of one of the two files that take the commands. */
#define FILE_INTERFACE(interface, shown, file)					\
	static long interface##_translate(pid_t pid, __u64 source, __u64 target) \
	{								\
		return translate(file(), pid, source, target, 0);	\
	}								\
	static long interface##_thread_group(pid_t pid, __u64 source,	\
					     __u64 target)		\
	{								\
		return translate(file(), pid, source, target,		\
				 TRANSLATE_PID_THREAD_GROUP);		\
	}								\
	static long interface##_translate_many(__s32 *pids, __u32 count,	\
					       __u64 source, __u64 target, \
					       __u32 flags, __u32 *done) \
	{								\
		return translate_many(file(), pids, count, source, target, \
				      flags, done);			\
	}								\
	static long interface##_get_id(__u32 by, __u64 value, __u64 *id,	\
				   __u64 *ns_id)			\
	{								\
		return get_id(file(), by, value, id, ns_id);		\
	}								\
	static long interface##_get_init_pid(__u32 by, __u64 value)		\
	{								\
		return get_init_pid(file(), by, value);			\
	}								\
	static long interface##_open_ns(__u32 by, __u64 value)		\
	{								\
		return open_ns(file(), by, value);			\
	}								\
	const struct translate_interface translate_by_##interface = {		\
		.name = shown,						\
		.translate = interface##_translate,				\
		.thread_group = interface##_thread_group,		\
		.translate_many = interface##_translate_many,		\
		.get_id = interface##_get_id,				\
		.get_init_pid = interface##_get_init_pid,			\
		.open_ns = interface##_open_ns,				\
	}

FILE_INTERFACE(ioctl, "ioctl", translate_device);
FILE_INTERFACE(proc, "procfs", translate_proc_file);
