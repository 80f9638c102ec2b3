// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "ask.h"

void give_up(const char *format, ...)
{
	va_list args;

	fputs("monitor: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static int device(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open(TRANSLATE_PID_DEVICE, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		give_up("%s cannot be opened (%s); load translate_pid.ko first.",
			TRANSLATE_PID_DEVICE, strerror(errno));
	return fd;
}

long translate(pid_t pid, __u64 source, __u64 target)
{
	struct translate_pid_request request = {
		.pid = pid,
		.source = source,
		.target = target,
	};

	if (ioctl(device(), TRANSLATE_PID_TRANSLATE, &request))
		return -errno;
	return request.result;
}

long id_of_process(pid_t pid, __u64 *id)
{
	struct translate_pid_id_request request = {
		.by = TRANSLATE_PID_BY_PID,
		.value = pid,
	};

	if (ioctl(device(), TRANSLATE_PID_GET_ID, &request))
		return -errno;
	*id = request.id;
	return 0;
}
