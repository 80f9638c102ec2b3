// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "../../shim/lib/translate_pid.h"
#include "lives.h"
#include "observe.h"

struct watch_question {
	const struct translate_interface *interface;
	__u64 events;
	__u32 room;
	__u32 flags;
};

static long run_watch(void *data)
{
	struct watch_question *q = data;
	struct translate_pid_watch_request request = {
		.events = q->events,
		.flags = q->flags,
		.room = q->room,
		.record_size = sizeof(struct translate_pid_watch_record),
	};
	int file, watch;

	if (q->interface == &translate_by_library) {
		watch = pidns_watch(q->events, q->room, q->flags);
		return watch < 0 ? -errno : watch;
	}
	file = q->interface == &translate_by_proc ? translate_proc_file() : translate_device();
	return file < 0 ? file : translate_ioctl(file, TRANSLATE_PID_WATCH, &request);
}

long watch_as(struct node *opener, const struct translate_interface *interface, __u64 events,
	      __u32 room, __u32 flags)
{
	struct watch_question q = {
		.interface = interface,
		.events = events,
		.room = room,
		.flags = flags,
	};

	return node_call(opener, run_watch, &q, sizeof(q));
}

static long run_close(void *data)
{
	return close(*(int *)data);
}

int watch_of(struct node *opener, const struct translate_interface *interface)
{
	int there = watch_as(opener, interface, 0, 0, TRANSLATE_PID_WATCH_NONBLOCK), here;

	if (there < 0)
		observe_die("TRANSLATE_PID_WATCH: %s", strerror(-there));
	if (!opener)
		return there;
	here = node_take_fd(opener, there);
	node_call(opener, run_close, &there, sizeof(there));
	return here;
}

static int poll_for(int watch, int ms)
{
	struct pollfd ask = { .fd = watch, .events = POLLIN };
	int count = poll(&ask, 1, ms);

	return count < 0 ? -errno : ask.revents;
}

int watch_events(int watch)
{
	return poll_for(watch, 0);
}

bool watch_next(int watch, struct translate_pid_watch_record *record, int ms)
{
	return poll_for(watch, ms) == POLLIN &&
	       read(watch, record, sizeof(*record)) == sizeof(*record);
}

bool watch_next_of(int watch, __u64 id, struct translate_pid_watch_record *record)
{
	__u64 end = observe_clock_ms() + PATIENCE_MS;

	while (observe_clock_ms() < end) {
		if (!watch_next(watch, record, PATIENCE_MS))
			return false;
		if (record->id == id && record->event != TRANSLATE_PID_EVENT_LOST)
			return true;
	}
	return false;
}

bool watch_tells_end(int watch, __u64 id)
{
	struct translate_pid_watch_record record;

	do {
		if (!watch_next_of(watch, id, &record))
			return false;
	} while (record.event != TRANSLATE_PID_EVENT_DESTROYED);
	return true;
}

unsigned int watch_events_of(int watch, __u64 id)
{
	struct translate_pid_watch_record record;
	unsigned int events = 0;

	while (watch_next(watch, &record, 0))
		if (record.id == id)
			events |= 1U << record.event;
	return events;
}
