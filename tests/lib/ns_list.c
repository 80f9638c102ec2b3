// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../shim/lib/translate_pid.h"
#include "ns_list.h"
#include "observe.h"

struct ns_list_question {
	const struct translate_interface *interface;
	struct ns_list list;
};

_Static_assert(sizeof(struct ns_list_question) <= NODE_DATA_MAX, "a node has room for it");

static long ask_library(struct translate_pid_list_ns_request *request)
{
	uint64_t cursor = request->cursor;
	int done = pidns_list_namespaces(request->flags, &cursor,
					 (struct pidns_namespace *)(uintptr_t)request->entries,
					 request->count);

	if (done < 0)
		return -errno;
	request->cursor = cursor;
	request->done = done;
	return 0;
}

static long ask(void *data)
{
	struct ns_list_question *q = data;
	struct translate_pid_list_ns_request *request = &q->list.request;
	int fd;

	request->entries = (uintptr_t)q->list.entries;
	if (q->interface == &translate_by_library)
		return ask_library(request);
	fd = q->interface == &translate_by_proc ? translate_proc_file() : translate_device();
	return fd < 0 ? fd : translate_ioctl(fd, TRANSLATE_PID_LIST_NS, request);
}

long ns_list_as(struct node *caller, const struct translate_interface *interface,
		struct ns_list *list)
{
	struct ns_list_question q = { .interface = interface, .list = *list };
	long error;

	if (list->request.count > NS_LIST_PART)
		observe_die("%u entries are too many for one call", list->request.count);
	memset(q.list.entries, NS_LIST_MARK & 0xff, sizeof(q.list.entries));
	error = node_call(caller, ask, &q, sizeof(q));
	*list = q.list;
	return error;
}

struct ns_listing ns_list_all(int fd, __u32 room)
{
	struct translate_pid_list_ns_request request = { .count = room };
	struct ns_listing listing = {};
	__u64 last = 0;
	long error;

	do {
		listing.entries = reallocarray(listing.entries, listing.count + room,
					       sizeof(*listing.entries));
		if (!listing.entries)
			observe_die("no memory for a list of namespaces");
		request.entries = (uintptr_t)(listing.entries + listing.count);
		error = translate_ioctl(fd, TRANSLATE_PID_LIST_NS, &request);
		if (error)
			observe_die("a list of namespaces ends with %s", strerror(-error));
		if (request.done > room || (request.cursor && request.done != room))
			observe_die("%u entries for %u, and more to come", request.done, room);
		for (__u32 i = 0; i < request.done; i++) {
			__u64 ns_id = listing.entries[listing.count++].ns_id;

			if (ns_id <= last)
				observe_die("namespace %llu behind %llu", (unsigned long long)ns_id,
					    (unsigned long long)last);
			last = ns_id;
		}
		/* Nothing is told of those that are left out. */
		if (request.cursor && request.cursor != last)
			observe_die("the cursor %llu is that of no entry",
				    (unsigned long long)request.cursor);
	} while (request.cursor);
	return listing;
}

void ns_list_free(struct ns_listing *listing)
{
	free(listing->entries);
	*listing = (struct ns_listing){};
}

const struct translate_pid_ns_entry *ns_list_find(const struct translate_pid_ns_entry *entries,
						  size_t count, __u64 id)
{
	for (size_t i = 0; i < count; i++)
		if (entries[i].id == id)
			return &entries[i];
	return NULL;
}
