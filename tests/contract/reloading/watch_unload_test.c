// SPDX-License-Identifier: GPL-2.0-only
/*
 * Watches and unloading: an open one keeps the module, however it was made; and
 * what namespaces' lives leave to be done is over before the module goes.
 *
 * RUNS: on one ABI, because unloading is no matter of the ABI.
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include "child.h"
#include "lives.h"
#include "module.h"
#include "test.h"

#define ROUNDS	9

RELOADING_FIXTURE(watch_unload)

static void check_keeps(struct __test_metadata *_metadata,
			const struct translate_interface *interface)
{
	struct translate_pid_watch_record record;
	struct node *init;
	int watch;

	ASSERT_EQ(0, module_load(""));
	watch = watch_of(NULL, interface);
	translate_device_close();
	for (int i = 0; i < 5; i++)
		EXPECT_EQ(-EAGAIN, module_unload());
	init = node_spawn(NULL, CLONE_NEWPID);
	EXPECT_TRUE(watch_next(watch, &record, PATIENCE_MS));
	EXPECT_EQ(TRANSLATE_PID_EVENT_CREATED, record.event);
	node_destroy(init);
	close(watch);
	EXPECT_EQ(0, module_unload());
}

TEST_F(watch_unload, of_the_device)
{
	check_keeps(_metadata, &translate_by_ioctl);
}

/* Whose own descriptors do not. */
TEST_F(watch_unload, of_the_file_of_procfs)
{
	check_keeps(_metadata, &translate_by_proc);
}

/* Namespaces come and go while the last watch is closed and the module goes. */
TEST_F_TIMEOUT(watch_unload, beside_lives, 90)
{
	pid_t churn = child_clone(0);

	if (!churn) {
		for (;;) {
			pid_t pid = child_clone(CLONE_NEWPID);

			if (!pid)
				_exit(0);
			waitpid(pid, NULL, 0);
		}
	}
	for (int i = 0; i < ROUNDS; i++) {
		struct translate_pid_watch_record record;
		int watches[3];

		ASSERT_EQ(0, module_load(""));
		for (int j = 0; j < 3; j++)
			watches[j] = watch_of(NULL, &translate_by_ioctl);
		for (int j = 0; j < 3; j++) {
			if ((i + j) % 2) {
				EXPECT_TRUE(watch_next(watches[j], &record, PATIENCE_MS));
			}
			close(watches[j]);
		}
		module_must_unload();
	}
	child_kill(churn);
}

TEST_HARNESS_MAIN
