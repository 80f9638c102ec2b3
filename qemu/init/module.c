// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"
#include "module.h"
#include "verdict.h"

#define MODULE_NAME "translate_pid"
/* Just-killed processes may hold the module's device for a moment: their exit work runs asynchronously. */
#define UNLOAD_PATIENCE 15

/*
 * The error number of a module system call, made by a process that ends at once: pointers left behind on a
 * living process's kernel stack would hide leaks from kmemleak.
 */
static int in_passing(long call, long first, long second, long third)
{
	pid_t child = fork();
	int raw;

	if (child < 0)
		return errno;
	if (child == 0)
		_exit(syscall(call, first, second, third) ? errno : 0);
	while (waitpid(child, &raw, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(raw) ? WEXITSTATUS(raw) : EFAULT;
}

static bool load(const char *path, const char *params)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int error = fd < 0 ? errno : in_passing(SYS_finit_module, fd, (long)params, 0);

	if (fd >= 0)
		close(fd);
	tell("load %d %s", error, path);
	return error == 0;
}

bool load_modules(const struct config *config)
{
	for (size_t i = 0; i < config->dependency_count; i++)
		if (!load(config->dependencies[i], ""))
			return false;
	return !config->module_params || load(config->module_file, config->module_params);
}

void unload_module(void)
{
	int error = 0;

	/* initstate tells a loaded module from one that is built in. */
	if (!exists("/sys/module/" MODULE_NAME "/initstate"))
		return;
	for (int tries = 0; tries < UNLOAD_PATIENCE * 10; tries++) {
		error = in_passing(SYS_delete_module, (long)MODULE_NAME, O_NONBLOCK, 0);
		if (error != EBUSY && error != EAGAIN)
			break;
		pause_ms(100);
	}
	tell("unload %d", error);
	/* What the module left to RCU runs after a grace period; if it crashes, the log still shows it. */
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
	pause_ms(200);
}
