// SPDX-License-Identifier: MIT OR Apache-2.0
/* Handles that are bound to two pid namespaces. */
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/translate_pid.h>

#include "ask.h"

#pragma GCC visibility push(default)
#include "translate_pid.h"
#pragma GCC visibility pop

int pidns_bind_at(int module, uint64_t source, uint64_t target, unsigned int flags)
{
	struct translate_pid_bind_request request = {
		.source = source, .target = target, .flags = flags,
	};

	return ask_file(module, TRANSLATE_PID_BIND, &request);
}

int pidns_bind(uint64_t source, uint64_t target, unsigned int flags)
{
	return pidns_bind_at(ANY_FILE, source, target, flags);
}

static pid_t ask_handle(int handle, unsigned long command, pid_t pid)
{
	pid_t result = syscall(SYS_ioctl, handle, command, (long)pid);

	/* Drivers say either of a command that is not theirs; ours has no EINVAL here. */
	if (result < 0 && (errno == ENOTTY || errno == EINVAL))
		errno = ENOSYS;
	return result;
}

pid_t pidns_bound_to_target(int handle, pid_t pid)
{
	return ask_handle(handle, TRANSLATE_PID_BOUND_TO_TARGET, pid);
}

pid_t pidns_bound_to_source(int handle, pid_t pid)
{
	return ask_handle(handle, TRANSLATE_PID_BOUND_TO_SOURCE, pid);
}
