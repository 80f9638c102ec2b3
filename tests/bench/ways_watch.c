// SPDX-License-Identifier: GPL-2.0-only
/* What it costs that somebody is told of the lives of namespaces: those who make them, and those who read. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"
#include "observe.h"
#include "translate.h"

#define WATCHERS	100
/* The module gives one user fewer. */
#define OF_A_USER	50

static int watches[WATCHERS];
static int watch_count;

static int watch_creation(void)
{
	struct translate_pid_watch_request request = {
		.events = 1 << TRANSLATE_PID_EVENT_CREATED,
		.record_size = sizeof(struct translate_pid_watch_record),
	};

	return ioctl(translate_device(), TRANSLATE_PID_WATCH, &request);
}

/* All of them may access everything: the effective user stays root. */
static const char *begin(int count)
{
	for (watch_count = 0; watch_count < count; watch_count++) {
		int user = watch_count / OF_A_USER * BENCH_USER;

		if (syscall(__NR_setresuid, user, 0, 0))
			return strerror(errno);
		watches[watch_count] = watch_creation();
		if (watches[watch_count] < 0)
			return strerror(errno);
	}
	return syscall(__NR_setresuid, 0, 0, 0) ? strerror(errno) : NULL;
}

static const char *begin_one(long *expected)
{
	*expected = 0;
	return begin(1);
}

static const char *begin_all(long *expected)
{
	*expected = 0;
	return begin(WATCHERS);
}

static long make(void)
{
	return failed(unshare(CLONE_NEWPID));
}

static long read_one(int watch)
{
	struct translate_pid_watch_record record;

	if (read(watch, &record, sizeof(record)) != sizeof(record))
		return -errno;
	return record.event == TRANSLATE_PID_EVENT_CREATED ? 0 : -EPROTO;
}

/* The last of the watchers is told last. */
static long make_and_read(void)
{
	long error = make();

	return error ?: read_one(watches[watch_count - 1]);
}

static void leave(void)
{
	if (setns(own_namespace, CLONE_NEWPID))
		observe_die("a process cannot leave its namespace for children: %s", strerror(errno));
}

static void read_all_and_leave(void)
{
	leave();
	for (int i = 0; i < watch_count; i++)
		if (read_one(watches[i]))
			observe_die("a watcher was not told of a namespace");
}

static void read_others_and_leave(void)
{
	leave();
	for (int i = 0; i < watch_count - 1; i++)
		if (read_one(watches[i]))
			observe_die("a watcher was not told of a namespace");
}

const struct way watch_ways[] = {
	WAY("unshare-watched", WITH_MODULE, 100, begin_one, make, .root_only = true,
	    .undo = read_all_and_leave),
	WAY("unshare-watched-100", WITH_MODULE, 50, begin_all, make, .root_only = true,
	    .undo = read_all_and_leave),
	WAY("event", WITH_MODULE, 100, begin_one, make_and_read, .root_only = true,
	    .undo = read_others_and_leave),
	WAY("event-100", WITH_MODULE, 50, begin_all, make_and_read, .root_only = true,
	    .undo = read_others_and_leave),
};
WAYS_COUNT(watch_ways);
