// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handles and unloading: an open one keeps the module, whoever has it and however
 * it was made; and what a namespace's death leaves to be done is over before the
 * module goes.
 *
 * RUNS: on one ABI, because unloading is no matter of the ABI.
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <sys/epoll.h>

#include "child.h"
#include "handle.h"
#include "module.h"
#include "test.h"

#define ROUNDS	9

RELOADING_FIXTURE(bind_unload)

static void check_keeps(struct __test_metadata *_metadata,
			const struct translate_interface *interface)
{
	int handle;

	ASSERT_EQ(0, module_load(""));
	handle = bind_as(NULL, interface, 0, 0);
	ASSERT_LE(0, handle);
	translate_device_close();
	for (int i = 0; i < 5; i++)
		EXPECT_EQ(-EAGAIN, module_unload());
	EXPECT_EQ(getpid(), bound(handle, TO_TARGET, getpid()));
	close(handle);
	EXPECT_EQ(0, module_unload());
}

TEST_F(bind_unload, handle_of_the_device)
{
	check_keeps(_metadata, &translate_by_ioctl);
}

/* Whose own descriptors do not. */
TEST_F(bind_unload, handle_of_the_file_of_procfs)
{
	check_keeps(_metadata, &translate_by_proc);
}

TEST_F(bind_unload, handle_of_somebody_else)
{
	int handle;
	pid_t child;

	ASSERT_EQ(0, module_load(""));
	handle = bind_as(NULL, &translate_by_proc, 0, 0);
	ASSERT_LE(0, handle);
	child = child_start(child_idle, NULL);
	close(handle);
	translate_device_close();
	EXPECT_EQ(-EAGAIN, module_unload());
	child_kill(child);
	module_must_unload();
}

/* A namespace dies, its handle is closed and the module goes, in this order or nearly so. */
TEST_F_TIMEOUT(bind_unload, beside_a_death, 90)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct epoll_event event = {};
		struct node *init;
		int handles[4], epoll = epoll_create1(EPOLL_CLOEXEC);

		ASSERT_EQ(0, module_load(""));
		init = node_spawn(NULL, CLONE_NEWPID);
		for (size_t j = 0; j < ARRAY_SIZE(handles); j++) {
			handles[j] = bind_as(NULL, &translate_by_ioctl, node_ns_id(init), j % 2);
			if (j % 2) {
				/* Nobody has the id 1. */
				EXPECT_EQ(-EINVAL, handles[j]);
				continue;
			}
			ASSERT_LE(0, handles[j]);
			ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, handles[j], &event));
		}
		if (i % 3 == 0)
			for (size_t j = 0; j < ARRAY_SIZE(handles); j += 2)
				close(handles[j]);
		node_destroy(init);
		if (i % 3 == 1)
			usleep(1000 * (i % 20));
		if (i % 3)
			for (size_t j = 0; j < ARRAY_SIZE(handles); j += 2)
				close(handles[j]);
		module_must_unload();
		close(epoll);
	}
}

TEST_HARNESS_MAIN
