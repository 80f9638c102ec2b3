// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>

#include "../../shim/lib/translate_pid.h"
#include "handle.h"
#include "observe.h"

struct handle_question {
	const struct translate_interface *interface;
	__u64 source;
	__u64 target;
	__u32 flags;
	int handle;
	bool by_library;
	enum direction direction;
	pid_t pid;
};

static long run_bind(void *data)
{
	struct handle_question *q = data;
	struct translate_pid_bind_request request = {
		.source = q->source,
		.target = q->target,
		.flags = q->flags,
	};
	int file, handle;

	if (q->interface == &translate_by_library) {
		handle = pidns_bind(q->source, q->target, q->flags);
		return handle < 0 ? -errno : handle;
	}
	file = q->interface == &translate_by_proc ? translate_proc_file() : translate_device();
	return file < 0 ? file : translate_ioctl(file, TRANSLATE_PID_BIND, &request);
}

static long run_bound(void *data)
{
	struct handle_question *q = data;
	long result;

	if (!q->by_library)
		return bound(q->handle, q->direction, q->pid);
	result = q->direction == TO_TARGET ? pidns_bound_to_target(q->handle, q->pid) :
					     pidns_bound_to_source(q->handle, q->pid);
	return result < 0 ? -errno : result;
}

long bind_as(struct node *caller, const struct translate_interface *interface, __u64 source,
	     __u64 target)
{
	return bind_with(caller, interface, source, target, 0);
}

long bind_with(struct node *caller, const struct translate_interface *interface, __u64 source,
	       __u64 target, __u32 flags)
{
	struct handle_question q = {
		.interface = interface,
		.source = source,
		.target = target,
		.flags = flags,
	};

	return node_call(caller, run_bind, &q, sizeof(q));
}

long bound_as(struct node *caller, bool by_library, int handle, enum direction direction,
	      pid_t pid)
{
	struct handle_question q = {
		.handle = handle,
		.by_library = by_library,
		.direction = direction,
		.pid = pid,
	};

	return node_call(caller, run_bound, &q, sizeof(q));
}

long bound(int handle, enum direction direction, pid_t pid)
{
	unsigned long command = direction == TO_TARGET ? TRANSLATE_PID_BOUND_TO_TARGET :
							 TRANSLATE_PID_BOUND_TO_SOURCE;
	int result = ioctl(handle, command, pid);

	return result < 0 ? -errno : result;
}

static int poll_for(int handle, int ms)
{
	struct pollfd ask = { .fd = handle };
	int count = poll(&ask, 1, ms);

	return count < 0 ? -errno : ask.revents;
}

int handle_events(int handle)
{
	return poll_for(handle, 0);
}

bool handle_is_over(int handle)
{
	return poll_for(handle, PATIENCE_MS) == POLLHUP;
}
