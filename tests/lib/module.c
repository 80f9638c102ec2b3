// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "module.h"
#include "observe.h"
#include "translate.h"

#define NAME	"translate_pid"
#define SYSFS	"/sys/module/" NAME

long module_load(const char *parameters)
{
	const char *file = getenv("TRANSLATE_PID_KO");
	long error = 0;
	int fd;

	if (!file)
		observe_die("set TRANSLATE_PID_KO to the file translate_pid.ko");
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		observe_die("%s cannot be read: %s", file, strerror(errno));
	if (syscall(__NR_finit_module, fd, parameters, 0))
		error = -errno;
	close(fd);
	return error;
}

long module_unload(void)
{
	translate_device_close();
	return syscall(__NR_delete_module, NAME, O_NONBLOCK) ? -errno : 0;
}

bool module_is_loaded(void)
{
	return !access(SYSFS "/initstate", F_OK);
}

static bool unloaded(void *argument)
{
	long *error = argument;

	*error = module_unload();
	return *error != -EAGAIN;
}

void module_must_unload(void)
{
	long error;

	observe_wait(unloaded, &error);
	if (error && error != -ENOENT)
		observe_die("the module cannot be unloaded: %s",
			    strerror(-error));
}

void module_must_load(const char *parameters)
{
	long error = module_load(parameters);

	if (error)
		observe_die("the module cannot be loaded: %s; see the kernel's log",
			    strerror(-error));
}

void module_must_reload(const char *parameters)
{
	module_must_unload();
	module_must_load(parameters);
}

bool module_is_debug_build(void)
{
	return access(SYSFS "/parameters/debug_stall_pid", F_OK) == 0;
}

static void parameter_path(const char *name, char *path, size_t size)
{
	snprintf(path, size, SYSFS "/parameters/%s", name);
}

long module_parameter(const char *name)
{
	char path[128], text[32];
	long length;

	parameter_path(name, path, sizeof(path));
	length = observe_read(path, text, sizeof(text));
	if (length < 0)
		observe_die("%s: %s", path, strerror(-length));
	return strtol(text, NULL, 10);
}

void module_set_parameter(const char *name, long value)
{
	char path[128], text[32];
	long error;

	parameter_path(name, path, sizeof(path));
	snprintf(text, sizeof(text), "%ld", value);
	error = observe_write(path, text);
	if (error)
		observe_die("%s: %s", path, strerror(-error));
}

int log_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || lseek(fd, 0, SEEK_END) < 0)
		observe_die("/dev/kmsg cannot be read: %s", strerror(errno));
	return fd;
}

bool log_says(int log, const char *const words[], size_t count)
{
	char record[8192];
	ssize_t length;

	for (;;) {
		size_t found = 0;

		length = read(log, record, sizeof(record) - 1);
		/* Overwritten records are no end. */
		if (length < 0 && errno == EPIPE)
			continue;
		if (length <= 0)
			return false;
		record[length] = '\0';
		while (found < count && strstr(record, words[found]))
			found++;
		if (found == count)
			return true;
	}
}
