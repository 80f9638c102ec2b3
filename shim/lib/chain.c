// SPDX-License-Identifier: MIT OR Apache-2.0
/* All numbers of a pid, and the number of a pidfd's process. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/translate_pid.h>

#include "ask.h"

#pragma GCC visibility push(default)
#include "translate_pid.h"
#pragma GCC visibility pop

/* The module fills the caller's array: both headers must mean the same. */
#define SAME(field)									\
	_Static_assert(offsetof(struct pidns_chain_entry, field) ==			\
			       offsetof(struct translate_pid_chain_entry, field) &&	\
		       sizeof(((struct pidns_chain_entry *)0)->field) ==		\
			       sizeof(((struct translate_pid_chain_entry *)0)->field),	\
		       #field)
SAME(id);
SAME(pid);
SAME(reserved);
_Static_assert(sizeof(struct pidns_chain_entry) == sizeof(struct translate_pid_chain_entry),
	       "size");

/* The file would get the number of a descriptor that is not open. */
static int is_open(int module, int fd)
{
	return module != ANY_FILE || syscall(SYS_fcntl, fd, F_GETFD) >= 0;
}

pid_t pidns_translate_pidfd_at(int module, int pidfd, uint64_t target, unsigned int flags)
{
	struct translate_pid_request request = {
		.pid = pidfd,
		.flags = flags | TRANSLATE_PID_FROM_PIDFD,
		.target = target,
	};

	if (!is_open(module, pidfd) || ask_file(module, TRANSLATE_PID_TRANSLATE, &request) < 0)
		return -1;
	return request.result;
}

pid_t pidns_translate_pidfd(int pidfd, uint64_t target, unsigned int flags)
{
	return pidns_translate_pidfd_at(ANY_FILE, pidfd, target, flags);
}

int pidns_chain_at(int module, pid_t pid, uint64_t source, unsigned int flags,
		   struct pidns_chain_entry *entries, unsigned int count)
{
	struct translate_pid_chain_request request = {
		.pid = pid,
		.flags = flags,
		.source = source,
		.entries = (unsigned long)entries,
		.count = count,
	};

	/* With a source it is an error whatever the descriptor is. */
	if ((flags & TRANSLATE_PID_FROM_PIDFD && !source && !is_open(module, pid)) ||
	    ask_file(module, TRANSLATE_PID_GET_CHAIN, &request) < 0)
		return -1;
	return request.levels;
}

int pidns_chain(pid_t pid, uint64_t source, unsigned int flags,
		struct pidns_chain_entry *entries, unsigned int count)
{
	return pidns_chain_at(ANY_FILE, pid, source, flags, entries, count);
}

int pidns_chain_of_pidfd(int pidfd, unsigned int flags, struct pidns_chain_entry *entries,
			 unsigned int count)
{
	return pidns_chain(pidfd, 0, flags | TRANSLATE_PID_FROM_PIDFD, entries, count);
}
