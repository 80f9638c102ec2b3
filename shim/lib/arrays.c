// SPDX-License-Identifier: MIT OR Apache-2.0
/* Many pids at once. */
#include <errno.h>

#include <linux/translate_pid.h>

#include "ask.h"

/* What the header declares is all that other programs see. */
#pragma GCC visibility push(default)
#include "translate_pid.h"
#pragma GCC visibility pop

_Static_assert(sizeof(pid_t) == sizeof(__s32), "the module replaces numbers of 32 bits");

/*
 * The module takes so many at a time; access is checked more often than that, so
 * nothing is lost by several calls. None: one call all the same, for its errors.
 */
ssize_t pidns_translate_many_at(int module, pid_t *pids, size_t count, uint64_t source,
				uint64_t target, unsigned int flags)
{
	struct translate_pid_many_request request = {
		.source = source,
		.target = target,
		.flags = flags,
	};
	int before = errno;
	size_t done = 0;
	int result;

	do {
		size_t left = count - done;

		request.pids = (unsigned long)(pids + done);
		request.count = left < TRANSLATE_PID_MANY_MOST ? left : TRANSLATE_PID_MANY_MOST;
		request.done = 0;
		result = ask_file(module, TRANSLATE_PID_TRANSLATE_MANY, &request);
		done += request.done;
	} while (result == 0 && request.done > 0 && done < count);
	if (result < 0 && done == 0)
		return -1;
	errno = before;
	return done;
}

ssize_t pidns_translate_many(pid_t *pids, size_t count, uint64_t source, uint64_t target,
			     unsigned int flags)
{
	return pidns_translate_many_at(ANY_FILE, pids, count, source, target, flags);
}
