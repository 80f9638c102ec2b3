// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "translate.h"

static int device = -1;

int translate_device(void)
{
	if (device < 0)
		device = open(TRANSLATE_PID_DEVICE, O_RDWR | O_CLOEXEC);
	return device < 0 ? -errno : device;
}

void translate_device_close(void)
{
	if (device >= 0)
		close(device);
	device = -1;
}

long translate_ioctl(int fd, unsigned long command, void *argument)
{
	int result = ioctl(fd, command, argument);

	return result < 0 ? -errno : result;
}

static long device_ioctl(unsigned long command, void *argument)
{
	int fd = translate_device();

	return fd < 0 ? fd : translate_ioctl(fd, command, argument);
}

static long translate(pid_t pid, __u64 source, __u64 target)
{
	struct translate_pid_request request = {
		.pid = pid,
		.source = source,
		.target = target,
	};
	long error = device_ioctl(TRANSLATE_PID_TRANSLATE, &request);

	return error ? error : request.result;
}

static long get_id(__u32 by, __u64 value, __u64 *id, __u64 *ns_id)
{
	struct translate_pid_id_request request = {
		.by = by,
		.value = value,
	};
	long error = device_ioctl(TRANSLATE_PID_GET_ID, &request);

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
	return device_ioctl(TRANSLATE_PID_GET_INFO, info);
}

static long ask_ns(unsigned long command, __u32 by, __u64 value)
{
	struct translate_pid_ns_request request = {
		.by = by,
		.value = value,
	};
	long error = device_ioctl(command, &request);

	return error ? error : request.result;
}

static long get_init_pid(__u32 by, __u64 value)
{
	return ask_ns(TRANSLATE_PID_GET_INIT_PID, by, value);
}

static long open_ns(__u32 by, __u64 value)
{
	return ask_ns(TRANSLATE_PID_OPEN_NS, by, value);
}

const struct translate_interface translate_by_ioctl = {
	.name = "ioctl",
	.translate = translate,
	.get_id = get_id,
	.get_init_pid = get_init_pid,
	.open_ns = open_ns,
};
