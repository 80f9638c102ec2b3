// SPDX-License-Identifier: GPL-2.0-only
/* By the module's commands for many pids, and for a pair of namespaces that is asked often. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "bench.h"
#include "translate.h"

static int device;

/* Why a command is not measured. */
static const char *unknown(long error)
{
	return error == -ENOTTY ? "the module does not know the command" : strerror(-error);
}

#define MANY	1024

static struct translate_pid_many_request many;
static __s32 numbers[MANY];

/* Numbers are replaced in place, so the way back is asked next. */
static long translate_and_turn(void)
{
	long error = failed(ioctl(device, TRANSLATE_PID_TRANSLATE_MANY, &many));
	__u64 source = many.source;

	many.source = many.target;
	many.target = source;
	return error;
}

static long translate_there_and_back(void)
{
	long error = translate_and_turn();

	if (!error)
		error = translate_and_turn();
	return error ? error : numbers[many.count - 1];
}

static const char *prepare_many(long *expected, unsigned int count)
{
	long error;

	device = translate_device();
	many = (struct translate_pid_many_request){
		.source = scene->inner_id,
		.target = scene->outer_id,
		.pids = (uintptr_t)numbers,
		.count = count,
	};
	for (unsigned int i = 0; i < count; i++)
		numbers[i] = scene->in_inner;
	error = translate_and_turn();
	if (error)
		return unknown(error);
	*expected = scene->in_outer;
	return NULL;
}

static const char *many_1(long *expected)
{
	return prepare_many(expected, 1);
}

static const char *many_1024(long *expected)
{
	return prepare_many(expected, 1024);
}

static int handle;
static pid_t asked;
static unsigned long direction;

static long ask_handle(void)
{
	return ioctl(handle, direction, (long)asked);
}

static const char *bind_pair(__u64 source, __u64 target)
{
	struct translate_pid_bind_request request = { .source = source, .target = target };

	handle = ioctl(translate_device(), TRANSLATE_PID_BIND, &request);
	return handle < 0 ? unknown(-errno) : NULL;
}

static const char *bound(long *expected, __u64 source, __u64 target, bool to_target, pid_t pid, pid_t answer)
{
	direction = to_target ? TRANSLATE_PID_BOUND_TO_TARGET : TRANSLATE_PID_BOUND_TO_SOURCE;
	asked = pid;
	*expected = answer;
	return bind_pair(source, target);
}

static const char *bound_one(long *expected)
{
	return bound(expected, scene->inner_id, TRANSLATE_PID_INIT_NS, true, scene->in_inner, scene->outside);
}

static const char *bound_one_back(long *expected)
{
	return bound(expected, scene->inner_id, TRANSLATE_PID_INIT_NS, false, scene->outside, scene->in_inner);
}

static const char *bound_two(long *expected)
{
	return bound(expected, scene->inner_id, scene->outer_id, true, scene->in_inner, scene->in_outer);
}

static const char *bound_two_back(long *expected)
{
	return bound(expected, scene->inner_id, scene->outer_id, false, scene->in_outer, scene->in_inner);
}

static struct translate_pid_list_request list;
static struct translate_pid_list_entry entries[1024];

static long list_pids(void)
{
	long total = 0;

	list.cursor = 0;
	do {
		if (ioctl(device, TRANSLATE_PID_LIST_PIDS, &list))
			return -errno;
		total += list.done;
	} while (list.cursor);
	return total;
}

static const char *prepare_list(long *expected)
{
	long total;

	device = translate_device();
	list = (struct translate_pid_list_request){
		.source = crowd.id,
		.target = TRANSLATE_PID_INIT_NS,
		.entries = (uintptr_t)entries,
		.count = 1024,
	};
	total = list_pids();
	*expected = crowd.processes;
	return total < 0 ? unknown(total) : NULL;
}

const struct way bulk_ways[] = {
	WAY("many-1", WITH_MODULE, 200, many_1, translate_there_and_back, .pieces = 2),
	WAY("many-1024", WITH_MODULE, 4, many_1024, translate_there_and_back, .pieces = 2048),
	WAY("bound-one", WITH_MODULE, 400, bound_one, ask_handle),
	WAY("bound-one-back", WITH_MODULE, 400, bound_one_back, ask_handle),
	WAY("bound-two", WITH_MODULE, 400, bound_two, ask_handle),
	WAY("bound-two-back", WITH_MODULE, 400, bound_two_back, ask_handle),
	WAY("list-1000", LIST_1000, 4, prepare_list, list_pids, .pieces = 1000),
};
WAYS_COUNT(bulk_ways);
