// SPDX-License-Identifier: MIT OR Apache-2.0
/* Pidfds of what has a number in a pid namespace. */
#include <linux/translate_pid.h>

#include "ask.h"

#pragma GCC visibility push(default)
#include "translate_pid.h"
#pragma GCC visibility pop

int pidns_open_pidfd_at(int module, unsigned int by, uint64_t value, pid_t pid,
			unsigned int flags)
{
	struct translate_pid_pidfd_request request = {
		.by = by, .value = value, .pid = pid, .flags = flags,
	};

	return ask_file(module, TRANSLATE_PID_OPEN_PIDFD, &request);
}

int pidns_open_pidfd(uint64_t id, pid_t pid, unsigned int flags)
{
	return pidns_open_pidfd_at(ANY_FILE, TRANSLATE_PID_BY_ID, id, pid, flags);
}
