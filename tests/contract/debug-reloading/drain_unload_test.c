// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unloading while lookups are held inside of the module, and the wait for two
 * lookups that leave one after the other. Needs a debug build.
 */
#include <sys/wait.h>

#include "child.h"
#include "module.h"
#include "syscall_paths.h"
#include "stall.h"
#include "test.h"

#define HELD	4000001

FIXTURE(held) {
};

FIXTURE_SETUP(held)
{
	if (!module_is_debug_build())
		SKIP(return, "needs a module built by make DEBUG=1");
	stall(0);
	ASSERT_TRUE(entries_settle(1));
}

FIXTURE_TEARDOWN_PARENT(held)
{
	module_must_reload("");
}

/*
 * The debug build lets a lookup go after 10 s: so do these leave in turn. A
 * real-time kernel gives those who hold up RCU a priority above everybody else
 * after half a second, so the second must follow soon, and both need a CPU for
 * themselves.
 */
static int times_seen_alone(struct __test_metadata *_metadata, int cpu, bool realtime)
{
	long before = freed(), unlinked = removed();
	struct lookup *first, *second;
	int seen = 0, fd;
	__u64 id;

	fd = namespace_without_processes(&id);
	stall(HELD);
	first = lookup_start(&translate_by_ioctl, HELD, id, id, cpu, false);
	EXPECT_TRUE(counter_reaches(stalled, 1));
	usleep(realtime ? 250000 : 4000000);
	second = lookup_start(&translate_by_ioctl, HELD, id, id, cpu, false);
	EXPECT_TRUE(counter_reaches(stalled, 2));
	close(fd);
	EXPECT_TRUE(counter_reaches(removed, unlinked + 1));
	EXPECT_EQ(-ESRCH, lookup_wait(first));
	/* One is gone; not freed as long as the other one is still there. */
	for (;;) {
		long freed_now = freed();

		if (stalled() != 1)
			break;
		EXPECT_EQ(before, freed_now);
		if (++seen == 100)
			stall(0);
		usleep(1000);
	}
	EXPECT_EQ(-ESRCH, lookup_wait(second));
	EXPECT_TRUE(counter_reaches(freed, before + 1));
	nodes_destroy();
	return seen;
}

/* On a host without time for this machine, both may have left before anybody could look. */
TEST_F_TIMEOUT(held, lookups_leave_one_by_one, 120)
{
	int cpus = sysconf(_SC_NPROCESSORS_ONLN), seen = 0;
	bool realtime = syscall_path_holds_module();

	if (realtime && cpus == 1)
		SKIP(return, "a real-time kernel needs a second CPU for this");
	for (int attempt = 0; attempt < 5 && !seen; attempt++)
		seen = times_seen_alone(_metadata, cpus - 1, realtime);
	EXPECT_LT(0, seen);
}

TEST_F(held, unload_is_refused_during_an_ioctl)
{
	struct lookup *lookup;

	stall(getpid());
	lookup = lookup_start(&translate_by_ioctl, getpid(), 0, 0, -1, false);
	ASSERT_TRUE(counter_reaches(stalled, 1));
	for (int i = 0; i < 20; i++)
		EXPECT_EQ(-EAGAIN, module_unload());
	EXPECT_EQ(1, stalled());
	stall(0);
	EXPECT_EQ(getpid(), lookup_wait(lookup));
	EXPECT_EQ(0, module_unload());
}

struct call {
	const struct syscall_path *path;
	pid_t pid;
	volatile long result;
};

static int call_by_road(void *argument)
{
	struct call *call = argument;

	call->result = syscall_path_translate(call->path,
					      syscall_path_default_number(call->path),
					      call->pid, 0, 0);
	return 0;
}

static int unload(void *argument)
{
	(void)argument;
	return module_unload() ? 1 : 0;
}

static bool is_absent(void *argument)
{
	const struct syscall_path *path = argument;

	return syscall_path_translate(path, syscall_path_default_number(path), -1, 0, 0) ==
	       -ENOSYS;
}

static void check_wait(struct __test_metadata *_metadata,
		       const struct syscall_path *path)
{
	pid_t unloader = child_start(unload, NULL);
	__u64 end;

	EXPECT_TRUE(observe_wait(is_absent, (void *)path));
	for (end = observe_clock_ms() + 1000; observe_clock_ms() < end;) {
		ASSERT_EQ(0, waitpid(unloader, NULL, WNOHANG));
		usleep(10000);
	}
	EXPECT_TRUE(module_is_loaded());
	EXPECT_EQ(1, stalled());
	stall(0);
	EXPECT_EQ(0, child_wait(unloader));
	EXPECT_FALSE(module_is_loaded());
}

static void check_refusal(struct __test_metadata *_metadata)
{
	for (int i = 0; i < 20; i++)
		EXPECT_EQ(-EAGAIN, module_unload());
	EXPECT_EQ(1, stalled());
	stall(0);
}

/* Who is inside gets an answer; who comes later finds no system call. */
TEST_F_TIMEOUT(held, unload_during_system_calls, 90)
{
	for (size_t i = 0; i < syscall_path_count; i++) {
		struct call *call = shared_memory(sizeof(*call));
		pid_t caller;

		if (!syscall_path_is_open(&syscall_paths[i]))
			continue;
		module_must_reload("");
		*call = (struct call){ .path = &syscall_paths[i], .pid = getpid() };
		stall(getpid());
		caller = child_start(call_by_road, call);
		ASSERT_TRUE(counter_reaches(stalled, 1));
		if (syscall_path_holds_module())
			check_refusal(_metadata);
		else
			check_wait(_metadata, &syscall_paths[i]);
		EXPECT_EQ(0, child_wait(caller));
		EXPECT_EQ(getpid(), call->result) {
			TH_LOG("by %s", syscall_paths[i].name);
		}
		module_must_unload();
	}
}

TEST_HARNESS_MAIN
