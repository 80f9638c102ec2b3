// SPDX-License-Identifier: GPL-2.0-only
/*
 * The interface's numbers, the same on every ABI: most of it at build time.
 *
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <stddef.h>

#include "test.h"

#define OFFSET(type, field, offset, size)				\
	_Static_assert(offsetof(struct type, field) == (offset) &&	\
		       sizeof(((struct type *)0)->field) == (size),	\
		       #type "." #field " is elsewhere")

#define SIZE(type, size, alignment)					\
	_Static_assert(sizeof(struct type) == (size) &&			\
		       _Alignof(struct type) == (alignment),		\
		       "struct " #type " has another size")

SIZE(translate_pid_request, 32, 8);
OFFSET(translate_pid_request, pid, 0, 4);
OFFSET(translate_pid_request, flags, 4, 4);
OFFSET(translate_pid_request, source, 8, 8);
OFFSET(translate_pid_request, target, 16, 8);
OFFSET(translate_pid_request, result, 24, 4);
OFFSET(translate_pid_request, reserved, 28, 4);
_Static_assert(TRANSLATE_PID_REQUEST_SIZE_VER0 == 32, "first version");

SIZE(translate_pid_id_request, 32, 8);
OFFSET(translate_pid_id_request, by, 0, 4);
OFFSET(translate_pid_id_request, flags, 4, 4);
OFFSET(translate_pid_id_request, value, 8, 8);
OFFSET(translate_pid_id_request, id, 16, 8);
OFFSET(translate_pid_id_request, ns_id, 24, 8);
_Static_assert(TRANSLATE_PID_ID_REQUEST_SIZE_VER0 == 32, "first version");

SIZE(translate_pid_ns_request, 24, 8);
OFFSET(translate_pid_ns_request, by, 0, 4);
OFFSET(translate_pid_ns_request, flags, 4, 4);
OFFSET(translate_pid_ns_request, value, 8, 8);
OFFSET(translate_pid_ns_request, result, 16, 4);
OFFSET(translate_pid_ns_request, reserved, 20, 4);
_Static_assert(TRANSLATE_PID_NS_REQUEST_SIZE_VER0 == 24, "first version");

SIZE(translate_pid_info, 64, 8);
OFFSET(translate_pid_info, version, 0, 4);
OFFSET(translate_pid_info, reserved, 4, 4);
OFFSET(translate_pid_info, features, 8, 8);
OFFSET(translate_pid_info, namespaces, 16, 8);
OFFSET(translate_pid_info, issued, 24, 8);
OFFSET(translate_pid_info, late, 32, 8);
OFFSET(translate_pid_info, buckets, 40, 8);
OFFSET(translate_pid_info, syscall_x86_64, 48, 4);
OFFSET(translate_pid_info, syscall_x32, 52, 4);
OFFSET(translate_pid_info, syscall_i386, 56, 4);
OFFSET(translate_pid_info, reserved2, 60, 4);
_Static_assert(TRANSLATE_PID_INFO_SIZE_VER0 == 64, "first version");

_Static_assert(TRANSLATE_PID_GET_INFO == 0x8040e900, "command number");
_Static_assert(TRANSLATE_PID_TRANSLATE == 0xc020e901, "command number");
_Static_assert(TRANSLATE_PID_GET_ID == 0xc020e902, "command number");
_Static_assert(TRANSLATE_PID_GET_INIT_PID == 0xc018e903, "command number");
_Static_assert(TRANSLATE_PID_OPEN_NS == 0xc018e904, "command number");

_Static_assert(TRANSLATE_PID_BY_SELF == 0 && TRANSLATE_PID_BY_PID == 1 &&
	       TRANSLATE_PID_BY_PIDFD == 2 && TRANSLATE_PID_BY_NSFD == 3 &&
	       TRANSLATE_PID_BY_NS_ID == 4 && TRANSLATE_PID_BY_ID == 5,
	       "enum translate_pid_by");

_Static_assert(TRANSLATE_PID_FEATURE_TRANSLATE == 1 &&
	       TRANSLATE_PID_FEATURE_BY_NS_ID == 2 &&
	       TRANSLATE_PID_FEATURE_PROC == 4 &&
	       TRANSLATE_PID_FEATURE_CONFINE == 8 &&
	       TRANSLATE_PID_FEATURE_PROC_LINK == 16 &&
	       TRANSLATE_PID_FEATURE_SYSCALL == 32, "feature bits");

_Static_assert(TRANSLATE_PID_INIT_NS == 0, "id of the initial namespace");

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
