// SPDX-License-Identifier: MIT OR Apache-2.0
/* The pid namespaces that the caller may access, part by part. */
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
	_Static_assert(offsetof(struct pidns_namespace, field) ==			\
			       offsetof(struct translate_pid_ns_entry, field) &&	\
		       sizeof(((struct pidns_namespace *)0)->field) ==			\
			       sizeof(((struct translate_pid_ns_entry *)0)->field),	\
		       #field)
SAME(id);
SAME(parent);
SAME(ns_id);
SAME(created);
SAME(inode);
SAME(level);
SAME(owner);
SAME(pids);
SAME(init_pid);
SAME(state);
SAME(flags);
SAME(reserved);
_Static_assert(sizeof(struct pidns_namespace) == sizeof(struct translate_pid_ns_entry), "size");

int pidns_list_namespaces_at(int module, unsigned int flags, uint64_t *cursor,
			     struct pidns_namespace *namespaces, unsigned int count)
{
	struct translate_pid_list_ns_request request = {
		.cursor = *cursor,
		.entries = (unsigned long)namespaces,
		.count = count < TRANSLATE_PID_LIST_NS_MOST ? count : TRANSLATE_PID_LIST_NS_MOST,
		.flags = flags,
	};
	int before = errno;

	/* What was listed before it failed is an answer; the next call fails at once. */
	if (ask_file(module, TRANSLATE_PID_LIST_NS, &request) < 0 && !request.done)
		return -1;
	errno = before;
	*cursor = request.cursor;
	return request.done;
}

int pidns_list_namespaces(unsigned int flags, uint64_t *cursor,
			  struct pidns_namespace *namespaces, unsigned int count)
{
	return pidns_list_namespaces_at(ANY_FILE, flags, cursor, namespaces, count);
}
