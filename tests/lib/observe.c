// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "observe.h"

/* nsfs.h of the build system may be older than this command. */
#ifndef NS_GET_ID
#define NS_GET_ID _IOR(0xb7, 13, __u64)
#endif

void observe_die(const char *format, ...)
{
	va_list args;

	fputs("# ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}

long observe_read(const char *path, char *text, size_t size)
{
	ssize_t length;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	length = read(fd, text, size - 1);
	if (length < 0)
		length = -errno;
	close(fd);
	if (length < 0)
		return length;
	if (length > 0 && text[length - 1] == '\n')
		length--;
	text[length] = '\0';
	return length;
}

long observe_write(const char *path, const char *text)
{
	size_t length = strlen(text);
	ssize_t done = 0;
	long result = 0;
	/* Files of tracefs add to what they have unless they are truncated. */
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	/* They take one word at a time. */
	do {
		text += done;
		length -= done;
		done = write(fd, text, length);
	} while (done > 0 && (size_t)done < length);
	if (done < 0)
		result = -errno;
	close(fd);
	return result;
}

int observe_numbers(pid_t pid, pid_t numbers[PID_NS_LEVELS])
{
	char path[64], text[8192];
	char *field, *end;
	int count = 0;
	long length;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	length = observe_read(path, text, sizeof(text));
	if (length < 0)
		return length;
	field = strstr(text, "\nNSpid:");
	if (!field)
		return -ENODATA;
	field += strlen("\nNSpid:");
	while (*field == '\t' && count < PID_NS_LEVELS) {
		numbers[count++] = strtol(field + 1, &end, 10);
		field = end;
	}
	return count;
}

pid_t observe_host_pid(void)
{
	char text[16] = "";

	if (readlink("/proc/self", text, sizeof(text) - 1) < 0)
		return -errno;
	return atoi(text);
}

int observe_open_ns(pid_t pid, const char *name)
{
	char path[64];
	int fd;

	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, name);
	else
		snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int observe_pidfd(pid_t pid, unsigned int flags)
{
	int fd = syscall(__NR_pidfd_open, pid, flags);

	if (fd < 0)
		observe_die("no pidfd of process %d: %s", pid, strerror(errno));
	return fd;
}

int observe_procfs(int nsfd)
{
	int context = fsopen("proc", FSOPEN_CLOEXEC), mount = -1, root = -1;

	if (context >= 0 && !fsconfig(context, FSCONFIG_SET_FD, "pidns", NULL, nsfd) &&
	    !fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		mount = fsmount(context, FSMOUNT_CLOEXEC, 0);
	if (mount >= 0)
		root = openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		observe_die("no procfs of a namespace: %s", strerror(errno));
	close(mount);
	close(context);
	return root;
}

__u64 observe_ns_id(int fd)
{
	__u64 id = 0;

	return ioctl(fd, NS_GET_ID, &id) ? 0 : id;
}

__u64 observe_clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (__u64)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool observe_wait(bool (*condition)(void *argument), void *argument)
{
	__u64 deadline = observe_clock_ms() + PATIENCE_MS;

	while (!condition(argument)) {
		if (observe_clock_ms() >= deadline)
			return false;
		usleep(1000);
	}
	return true;
}
