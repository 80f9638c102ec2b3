// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading and unloading while the system call is called all the time.
 *
 * RUNS: not on x32, because an x86-64 program has its only syscall path, too; i386 has more.
 */
#include <stdatomic.h>

#include "child.h"
#include "module.h"
#include "syscall_paths.h"
#include "test.h"

#define CYCLES		4
#define BURST		100

RELOADING_FIXTURE(unload)

/* What a caller has seen, in shared memory. */
struct tally {
	const struct syscall_path *path;
	pid_t pid;		/* translates this */
	__u64 dead_id;		/* names nothing */
	atomic_ulong valid;
	atomic_ulong absent;
	atomic_ulong wrong;
	atomic_long last_wrong;
	atomic_bool stop;
};

static void judge(struct tally *tally, long result, long expected)
{
	if (result == expected) {
		tally->valid++;
	} else if (result == -ENOSYS) {
		tally->absent++;
	} else {
		tally->last_wrong = result;
		tally->wrong++;
	}
}

static int call_all_the_time(void *argument)
{
	struct tally *tally = argument;
	const struct syscall_path *path = tally->path;
	long number = syscall_path_default_number(path);

	while (!tally->stop) {
		for (int i = 0; i < BURST; i++) {
			judge(tally, syscall_path_translate(path, number, tally->pid, 0,
							    0), tally->pid);
			judge(tally, syscall_path_translate(path, number, tally->pid,
							    tally->dead_id, 0),
			      -EINVAL);
		}
		/* Thousands of calls per second, and time for the others. */
		usleep(3000);
	}
	return 0;
}

struct progress {
	struct tally *tally;
	bool loaded;
	unsigned long before;
};

static bool has_moved(void *argument)
{
	struct progress *p = argument;

	return (p->loaded ? p->tally->valid : p->tally->absent) > p->before + 20;
}

/* Every caller must notice the change. */
static void all_notice(struct __test_metadata *_metadata, struct tally *tallies,
		       size_t count, bool loaded)
{
	for (size_t i = 0; i < count; i++) {
		struct progress p = {
			.tally = &tallies[i],
			.loaded = loaded,
			.before = loaded ? tallies[i].valid : tallies[i].absent,
		};

		EXPECT_TRUE(observe_wait(has_moved, &p)) {
			TH_LOG("%s does not notice that the module is %s",
			       tallies[i].path->name, loaded ? "there" : "gone");
		}
	}
}

TEST_F_TIMEOUT(unload, while_all_paths_are_busy, 90)
{
	struct tally *tallies = shared_memory(syscall_path_count * sizeof(*tallies));
	pid_t callers[4];
	size_t count = 0;
	__u64 started;

	ASSERT_GE(ARRAY_SIZE(callers), syscall_path_count);
	for (size_t i = 0; i < syscall_path_count; i++) {
		if (!syscall_path_is_open(&syscall_paths[i]))
			continue;
		tallies[count].path = &syscall_paths[i];
		tallies[count].pid = getpid();
		tallies[count].dead_id = 0x123456789abcdefULL + count;
		callers[count] = child_start(call_all_the_time, &tallies[count]);
		count++;
	}
	started = observe_clock_ms();
	for (int cycle = 0; cycle < CYCLES; cycle++) {
		ASSERT_EQ(0, module_load(""));
		all_notice(_metadata, tallies, count, true);
		if (syscall_path_holds_module())
			module_must_unload();
		else
			ASSERT_EQ(0, module_unload());
		all_notice(_metadata, tallies, count, false);
	}
	TH_LOG("%d cycles took %llu ms", CYCLES, observe_clock_ms() - started);
	for (size_t i = 0; i < count; i++) {
		tallies[i].stop = true;
		EXPECT_EQ(0, child_wait(callers[i]));
		TH_LOG("%s: %lu answers, %lu times absent",
		       tallies[i].path->name, (unsigned long)tallies[i].valid,
		       (unsigned long)tallies[i].absent);
		EXPECT_EQ(0, tallies[i].wrong) {
			TH_LOG("the last wrong answer was %ld",
			       (long)tallies[i].last_wrong);
		}
	}
}

/* Nobody calls: cycle after cycle, each with a working system call. */
TEST_F_TIMEOUT(unload, quick_cycles, 60)
{
	for (int cycle = 0; cycle < 4; cycle++) {
		ASSERT_EQ(0, module_load(""));
		for (size_t i = 0; i < syscall_path_count; i++) {
			long number = syscall_path_default_number(&syscall_paths[i]);

			if (!syscall_path_is_open(&syscall_paths[i]))
				continue;
			EXPECT_EQ(getpid(), syscall_path_translate(&syscall_paths[i], number,
								   getpid(), 0, 0));
		}
		ASSERT_EQ(0, module_unload());
	}
}

TEST_HARNESS_MAIN
