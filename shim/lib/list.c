// SPDX-License-Identifier: MIT OR Apache-2.0
/* The pids of a pid namespace, part by part. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/translate_pid.h>

#include "ask.h"

#pragma GCC visibility push(default)
#include "translate_pid.h"
#pragma GCC visibility pop

/* The module fills the caller's array: both headers must mean the same. */
#define SAME(field)									\
	_Static_assert(offsetof(struct pidns_entry, field) ==				\
			       offsetof(struct translate_pid_list_entry, field) &&	\
		       sizeof(((struct pidns_entry *)0)->field) ==			\
			       sizeof(((struct translate_pid_list_entry *)0)->field),	\
		       #field)
SAME(pid);
SAME(number);
SAME(thread_group);
SAME(kind);
_Static_assert(sizeof(struct pidns_entry) == sizeof(struct translate_pid_list_entry), "size");

int pidns_list_at(int module, uint64_t source, uint64_t target, unsigned int flags,
		  uint32_t *cursor, struct pidns_entry *entries, unsigned int count)
{
	struct translate_pid_list_request request = {
		.source = source,
		.target = target,
		.entries = (unsigned long)entries,
		.count = count < TRANSLATE_PID_LIST_MOST ? count : TRANSLATE_PID_LIST_MOST,
		.flags = flags,
		.cursor = *cursor,
	};
	int before = errno;

	/* What was listed before it failed is an answer; the next call fails at once. */
	if (ask_file(module, TRANSLATE_PID_LIST_PIDS, &request) < 0 && !request.done)
		return -1;
	errno = before;
	*cursor = request.cursor;
	return request.done;
}

int pidns_list(uint64_t source, uint64_t target, unsigned int flags, uint32_t *cursor,
	       struct pidns_entry *entries, unsigned int count)
{
	return pidns_list_at(ANY_FILE, source, target, flags, cursor, entries, count);
}
