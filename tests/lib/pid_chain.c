// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "../../shim/lib/translate_pid.h"
#include "pid_chain.h"

struct chain_question {
	const struct translate_interface *interface;
	int pid;
	__u64 source;
	__u32 flags;
	__u32 count;
	struct chain chain;
};

static int file_of(const struct translate_interface *interface)
{
	return interface == &translate_by_proc ? translate_proc_file() : translate_device();
}

static long ask_library(struct chain_question *q)
{
	struct pidns_chain_entry *entries = (void *)q->chain.entries;
	int levels;

	if (q->flags & TRANSLATE_PID_FROM_PIDFD && !q->source)
		levels = pidns_chain_of_pidfd(q->pid, q->flags & ~TRANSLATE_PID_FROM_PIDFD, entries,
					      q->count);
	else
		levels = pidns_chain(q->pid, q->source, q->flags, entries, q->count);
	if (levels < 0)
		return -errno;
	q->chain.levels = levels;
	return 0;
}

static long ask(void *data)
{
	struct chain_question *q = data;
	struct translate_pid_chain_request request = {
		.pid = q->pid,
		.flags = q->flags,
		.source = q->source,
		.entries = (uintptr_t)q->chain.entries,
		.count = q->count,
		.levels = CHAIN_MARK,
	};
	int fd = file_of(q->interface);
	long error;

	if (q->interface == &translate_by_library)
		return ask_library(q);
	error = fd < 0 ? fd : translate_ioctl(fd, TRANSLATE_PID_GET_CHAIN, &request);
	q->chain.levels = request.levels;
	return error;
}

long chain_as(struct node *caller, const struct translate_interface *interface, int pid,
	      __u64 source, __u32 flags, __u32 count, struct chain *chain)
{
	struct chain_question q = {
		.interface = interface, .pid = pid, .source = source, .flags = flags,
		.count = count,
	};
	long error;

	memset(&q.chain, CHAIN_MARK & 0xff, sizeof(q.chain));
	error = node_call(caller, ask, &q, sizeof(q));
	*chain = q.chain;
	return error;
}

static long ask_pidfd(void *data)
{
	struct chain_question *q = data;
	struct translate_pid_request request = {
		.pid = q->pid,
		.flags = q->flags | TRANSLATE_PID_FROM_PIDFD,
		.target = q->source,
	};
	int fd = file_of(q->interface);
	long result;

	if (q->interface == &translate_by_library) {
		result = pidns_translate_pidfd(q->pid, q->source, q->flags);
		return result < 0 ? -errno : result;
	}
	result = fd < 0 ? fd : translate_ioctl(fd, TRANSLATE_PID_TRANSLATE, &request);
	return result ? result : request.result;
}

long pidfd_as(struct node *caller, const struct translate_interface *interface, int pidfd,
	      __u64 target, __u32 flags)
{
	struct chain_question q = {
		.interface = interface, .pid = pidfd, .source = target, .flags = flags,
	};

	return node_call(caller, ask_pidfd, &q, sizeof(q));
}
