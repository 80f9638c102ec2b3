// SPDX-License-Identifier: GPL-2.0-only
/*
 * That the kernel sees fields where programs put them. Layouts and numbers are
 * compared with tests/uapi.abi by scripts/check-uapi.
 *
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include "test.h"

TEST(pids_are_signed)
{
	struct translate_pid_request request = { .pid = -1, .result = -1 };

	EXPECT_GT(0, request.pid);
	EXPECT_GT(0, request.result);
}

/* The kernel sees each field where this program put it. */
TEST(fields_reach_the_kernel)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u32 request[8] = {};
	__u64 id = node_ns_id(init);
	int fd = translate_device();

	/* As raw words: pid, flags, source, target, result, reserved. */
	request[0] = init->pid;
	request[4] = (__u32)id;
	request[5] = id >> 32;
	request[6] = 4711;
	ASSERT_EQ(0, translate_ioctl(fd, 0xc020e901, request));
	EXPECT_EQ(1, request[6]);

	request[0] = 1;
	request[2] = (__u32)id;
	request[3] = id >> 32;
	request[4] = 0;
	request[5] = 0;
	ASSERT_EQ(0, translate_ioctl(fd, 0xc020e901, request));
	EXPECT_EQ((__u32)init->pid, request[6]);
	nodes_destroy();
}

TEST_HARNESS_MAIN
