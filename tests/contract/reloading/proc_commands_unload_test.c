// SPDX-License-Identifier: GPL-2.0-only
/*
 * What becomes of /proc/translate_pid and of its descriptors when the module
 * goes and comes; and the parameter that leaves it out. Callers that sleep in a
 * command are in sleeper_test.
 *
 * RUNS: on one ABI, because /proc is no matter of the ABI.
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <stdatomic.h>

#include "child.h"
#include "module.h"
#include "test.h"

#define CALLERS		3
#define CYCLES		4

RELOADING_FIXTURE(commands_unload)

static long ask(int fd)
{
	struct translate_pid_request request = { .pid = getpid() };
	long error = translate_ioctl(fd, TRANSLATE_PID_TRANSLATE, &request);

	return error ? error : request.result;
}

TEST_F(commands_unload, comes_and_goes)
{
	EXPECT_EQ(-1, access(TRANSLATE_PID_PROC_FILE, F_OK));
	ASSERT_EQ(0, module_load(""));
	EXPECT_EQ(0, access(TRANSLATE_PID_PROC_FILE, F_OK));
	EXPECT_EQ(getpid(), translate_by_proc.translate(getpid(), 0, 0));
	ASSERT_EQ(0, module_unload());
	EXPECT_EQ(-1, access(TRANSLATE_PID_PROC_FILE, F_OK));
	EXPECT_EQ(ENOENT, errno);
}

/* An open descriptor is no reason to refuse, and answers no more, for ever. */
TEST_F(commands_unload, descriptor_of_an_earlier_load)
{
	char byte;
	int fd;

	ASSERT_EQ(0, module_load(""));
	fd = open(TRANSLATE_PID_PROC_FILE, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	EXPECT_EQ(getpid(), ask(fd));
	ASSERT_EQ(0, module_unload());
	EXPECT_EQ(-ENOTTY, ask(fd));
	EXPECT_EQ(-1, read(fd, &byte, 1));
	EXPECT_EQ(EIO, errno);
	ASSERT_EQ(0, module_load(""));
	EXPECT_EQ(-ENOTTY, ask(fd));
	EXPECT_EQ(getpid(), translate_by_proc.translate(getpid(), 0, 0));
	close(fd);
}

TEST_F(commands_unload, left_out_by_parameter)
{
	struct translate_pid_info info;
	char text[64];

	ASSERT_EQ(0, module_load("proc=0"));
	EXPECT_EQ(-1, access(TRANSLATE_PID_PROC_FILE, F_OK));
	EXPECT_EQ(ENOENT, errno);
	ASSERT_EQ(0, translate_get_info(&info));
	EXPECT_EQ(0, info.features & TRANSLATE_PID_FEATURE_PROC_COMMANDS);
	/* All the rest is there. */
	EXPECT_NE(0, info.features & TRANSLATE_PID_FEATURE_PROC);
	EXPECT_LT(0, observe_read("/proc/pidns_id", text, sizeof(text)));
	EXPECT_EQ(getpid(), translate_by_ioctl.translate(getpid(), 0, 0));
	EXPECT_EQ(getpid(), translate_by_library.translate(getpid(), 0, 0));
	ASSERT_EQ(0, module_unload());
	ASSERT_EQ(0, module_load("proc=1"));
	EXPECT_EQ(getpid(), translate_by_proc.translate(getpid(), 0, 0));
}

struct caller {
	atomic_ulong answers, refusals, wrong;
	atomic_bool stop;
};

/* Asks without a pause, through a descriptor as old as it may be. */
static int ask_for_ever(void *argument)
{
	struct caller *caller = argument;
	int fd = -1;

	while (!caller->stop) {
		long answer;

		if (fd < 0)
			fd = open(TRANSLATE_PID_PROC_FILE, O_RDONLY | O_CLOEXEC);
		answer = fd < 0 ? -errno : ask(fd);
		if (answer == getpid()) {
			caller->answers++;
			continue;
		}
		caller->refusals++;
		if (answer != (fd < 0 ? -ENOENT : -ENOTTY))
			caller->wrong++;
		if (fd >= 0)
			close(fd);
		fd = -1;
		usleep(100);
	}
	return 0;
}

struct progress {
	struct caller **callers;
	bool answered;
	unsigned long before[CALLERS];
};

static unsigned long seen(const struct progress *progress, int i)
{
	const struct caller *caller = progress->callers[i];

	return progress->answered ? caller->answers : caller->refusals;
}

static bool all_have_seen(void *argument)
{
	struct progress *progress = argument;

	for (int i = 0; i < CALLERS; i++)
		if (seen(progress, i) == progress->before[i])
			return false;
	return true;
}

static bool callers_are(struct caller **callers, bool answered)
{
	struct progress progress = { .callers = callers, .answered = answered };

	for (int i = 0; i < CALLERS; i++)
		progress.before[i] = seen(&progress, i);
	return observe_wait(all_have_seen, &progress);
}

TEST_F_TIMEOUT(commands_unload, while_callers_are_busy, 90)
{
	struct caller *callers[CALLERS];
	pid_t children[CALLERS];

	for (int i = 0; i < CALLERS; i++) {
		callers[i] = shared_memory(sizeof(*callers[i]));
		children[i] = child_start(ask_for_ever, callers[i]);
	}
	for (int cycle = 0; cycle < CYCLES; cycle++) {
		ASSERT_EQ(0, module_load(""));
		EXPECT_TRUE(callers_are(callers, true));
		/* Refused while a caller is inside, so more than once. */
		module_must_unload();
		EXPECT_TRUE(callers_are(callers, false));
	}
	for (int i = 0; i < CALLERS; i++) {
		callers[i]->stop = true;
		EXPECT_EQ(0, child_wait(children[i]));
		EXPECT_EQ(0, callers[i]->wrong);
	}
}

TEST_HARNESS_MAIN
