// SPDX-License-Identifier: GPL-2.0-only
/* All pid namespaces, by the kernel's own call and by the module's command. */
#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"
#include "translate.h"

#ifndef __NR_listns
#define __NR_listns	470
#endif

#define ROOM	1024

/* Older headers have no struct ns_id_req. */
static struct {
	__u32 size, spare;
	__u64 ns_id;
	__u32 ns_type, spare2;
	__u64 user_ns_id;
} kernels_request = { .size = 32, .ns_type = CLONE_NEWPID };

static __u64 ns_ids[ROOM];

/* Ids alone; each call goes on behind the last one. */
static long list_by_kernel(void)
{
	long total = 0, count;

	kernels_request.ns_id = 0;
	do {
		count = syscall(__NR_listns, &kernels_request, ns_ids, ROOM, 0);
		/* Behind the last one of all. */
		if (count < 0)
			return errno == ENOENT ? total : -errno;
		total += count;
		if (count)
			kernels_request.ns_id = ns_ids[count - 1];
	} while (count == ROOM);
	return total;
}

static struct translate_pid_list_ns_request request;
static struct translate_pid_ns_entry entries[ROOM];

static long list_by_module(void)
{
	int device = translate_device();
	long total = 0;

	request.cursor = 0;
	do {
		if (ioctl(device, TRANSLATE_PID_LIST_NS, &request))
			return -errno;
		total += request.done;
	} while (request.cursor);
	return total;
}

/* How many there are depends on who asks. */

static const char *prepare_kernel(long *expected)
{
	*expected = list_by_kernel();
	return *expected < 0 ? strerror(-*expected) : NULL;
}

static const char *prepare_module(long *expected)
{
	request = (struct translate_pid_list_ns_request){
		.entries = (uintptr_t)entries,
		.count = ROOM,
	};
	*expected = list_by_module();
	return *expected < 0 ? strerror(-*expected) : NULL;
}

/* The figures are for each of those that there are, whoever may see them. */
const struct way namespaces_ways[] = {
	WAY("list-ns-10", WITH_MODULE, 100, prepare_module, list_by_module, .pieces = 10),
	WAY("listns-1000", NAMESPACES_1000, 10, prepare_kernel, list_by_kernel, .root_only = true,
	    .pieces = 1000),
	WAY("list-ns-1000", NAMESPACES_1000, 4, prepare_module, list_by_module, .pieces = 1000),
	WAY("listns-50000", MANY_NAMESPACES, 1, prepare_kernel, list_by_kernel, .root_only = true,
	    .pieces = 50000),
	WAY("list-ns-50000", MANY_NAMESPACES, 1, prepare_module, list_by_module, .pieces = 50000),
};
WAYS_COUNT(namespaces_ways);
