// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../shim/lib/translate_pid.h"
#include "observe.h"
#include "pid_list.h"

struct list_question {
	const struct translate_interface *interface;
	struct pid_list list;
};

static long ask_library(struct translate_pid_list_request *request)
{
	int done = pidns_list(request->source, request->target, request->flags,
			      &request->cursor,
			      (struct pidns_entry *)(uintptr_t)request->entries,
			      request->count);

	if (done < 0)
		return -errno;
	request->done = done;
	return 0;
}

static long ask(void *data)
{
	struct list_question *q = data;
	struct translate_pid_list_request *request = &q->list.request;
	int fd;

	request->entries = (uintptr_t)q->list.entries;
	if (q->interface == &translate_by_library)
		return ask_library(request);
	fd = q->interface == &translate_by_proc ? translate_proc_file() : translate_device();
	return fd < 0 ? fd : translate_ioctl(fd, TRANSLATE_PID_LIST_PIDS, request);
}

long pid_list_as(struct node *caller, const struct translate_interface *interface,
		 struct pid_list *list)
{
	struct list_question q = { .interface = interface, .list = *list };
	long error;

	if (list->request.count > PID_LIST_PART)
		observe_die("%u entries are too many for one call", list->request.count);
	memset(q.list.entries, PID_LIST_MARK & 0xff, sizeof(q.list.entries));
	error = node_call(caller, ask, &q, sizeof(q));
	*list = q.list;
	return error;
}

struct pid_listing pid_list_all(int fd, __u64 source, __u64 target, __u32 flags, __u32 room)
{
	struct translate_pid_list_request request = {
		.source = source, .target = target, .flags = flags, .count = room,
	};
	struct pid_listing listing = {};
	pid_t last = 0;
	long error;

	do {
		__u32 cursor = request.cursor;

		listing.entries = reallocarray(listing.entries, listing.count + room,
					       sizeof(*listing.entries));
		if (!listing.entries)
			observe_die("no memory for a list of pids");
		request.entries = (uintptr_t)(listing.entries + listing.count);
		error = translate_ioctl(fd, TRANSLATE_PID_LIST_PIDS, &request);
		if (error)
			observe_die("a list of pids ends with %s", strerror(-error));
		if (request.done > room || (request.cursor && request.cursor <= cursor))
			observe_die("%u entries for %u; cursor %u after %u", request.done, room,
				    request.cursor, cursor);
		for (__u32 i = 0; i < request.done; i++) {
			pid_t pid = listing.entries[listing.count++].pid;

			if (pid <= last || (__u32)pid < cursor ||
			    (request.cursor && (__u32)pid >= request.cursor))
				observe_die("%d after %d, from %u to %u", pid, last, cursor,
					    request.cursor);
			last = pid;
		}
	} while (request.cursor);
	return listing;
}

void pid_list_free(struct pid_listing *listing)
{
	free(listing->entries);
	*listing = (struct pid_listing){};
}

const struct translate_pid_list_entry *pid_list_find(const struct pid_listing *listing,
						     pid_t pid)
{
	for (size_t i = 0; i < listing->count; i++)
		if (listing->entries[i].pid == pid)
			return &listing->entries[i];
	return NULL;
}
