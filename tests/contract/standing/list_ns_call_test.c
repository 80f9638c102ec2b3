// SPDX-License-Identifier: GPL-2.0-only
/*
 * TRANSLATE_PID_LIST_NS call by call: cursors, arrays of any size, and memory that
 * ends somewhere. What entries say is in list_ns_test.
 */
#include <limits.h>
#include <sys/mman.h>

#include "../../../shim/lib/translate_pid.h"
#include "child.h"
#include "ns_list.h"
#include "test.h"
#include "user_memory.h"

/* Of the module: so many namespaces are looked at at a time. */
#define PART	16
#define CROWD	(3 * PART + 5)

TREE_FIXTURE_WITH(list_ns_call, NO_VARIANTS)

/* Namespaces beside the initial one, whose inits idle. */
struct crowd {
	pid_t inits[CROWD];
	int count;
};

static struct crowd make_crowd(int count)
{
	struct crowd crowd = {};

	while (crowd.count < count) {
		pid_t pid = child_clone(CLONE_NEWPID);

		if (pid == 0)
			_exit(child_idle(NULL));
		if (pid < 0)
			observe_die("no namespace: %s", strerror(errno));
		crowd.inits[crowd.count++] = pid;
	}
	return crowd;
}

static void end_crowd(struct crowd *crowd)
{
	while (crowd->count)
		child_kill(crowd->inits[--crowd->count]);
}

/* Sizes that end anywhere in a part. */
TEST_F(list_ns_call, parts_of_any_size_are_the_same_list)
{
	static const __u32 rooms[] = { 1, 2, 3, 7, 15, 16, 17, 31, 32, 33, 48, CROWD, CROWD + 1,
				       CROWD + 2, 65536 };
	struct crowd crowd = make_crowd(CROWD);
	struct ns_listing whole = ns_list_all(translate_device(), 100);

	ASSERT_EQ(CROWD + 1, whole.count);
	for (size_t i = 0; i < ARRAY_SIZE(rooms); i++) {
		struct ns_listing listing = ns_list_all(translate_device(), rooms[i]);

		EXPECT_EQ(whole.count, listing.count);
		/* How many pids the initial namespace has may change. */
		EXPECT_EQ(0, memcmp(whole.entries + 1, listing.entries + 1,
				    CROWD * sizeof(*whole.entries))) {
			TH_LOG("room for %u", rooms[i]);
		}
		ns_list_free(&listing);
	}
	for (int i = 0; i < CROWD; i++)
		EXPECT_EQ(crowd.inits[i], whole.entries[i + 1].init_pid);
	ns_list_free(&whole);
	end_crowd(&crowd);
}

static struct ns_list list_from(struct __test_metadata *_metadata, __u64 cursor, __u32 count)
{
	struct ns_list list = { .request = { .cursor = cursor, .count = count } };

	EXPECT_EQ(0, ns_list_as(NULL, &translate_by_ioctl, &list));
	EXPECT_GE(count, list.request.done);
	return list;
}

/* A place is a place, whether a namespace has the number or not. */
TEST_F(list_ns_call, any_cursor)
{
	static const __u64 behind[] = { 1ULL << 32, INT_MAX, ~0ULL >> 1, ~0ULL - 1, ~0ULL };
	struct crowd crowd = make_crowd(2 * PART + 3);
	struct ns_list whole = list_from(_metadata, 0, NS_LIST_PART), list;
	__u32 count = whole.request.done;
	__u64 last = whole.entries[count - 1].ns_id;

	ASSERT_EQ(2 * PART + 4, count);
	for (__u32 i = 0; i < count; i++) {
		__u64 ns_id = whole.entries[i].ns_id;

		for (__u64 cursor = ns_id - 1; cursor <= ns_id; cursor++) {
			__u32 from = cursor < ns_id ? i : i + 1;

			list = list_from(_metadata, cursor, NS_LIST_PART);
			ASSERT_EQ(count - from, list.request.done);
			EXPECT_EQ(0, list.request.cursor);
			if (from < count)
				EXPECT_EQ(whole.entries[from].id, list.entries[0].id);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(behind); i++) {
		list = list_from(_metadata, behind[i], 1);
		EXPECT_EQ(0, list.request.done);
		EXPECT_EQ(0, list.request.cursor);
	}
	/* A full array stops there, and so does a walk that is not known to be at its end. */
	list = list_from(_metadata, whole.entries[0].ns_id, 1);
	EXPECT_EQ(whole.entries[1].ns_id, list.request.cursor);
	/* Numbers of namespaces that are gone are places still. */
	child_kill(crowd.inits[PART]);
	child_kill(crowd.inits[PART + 1]);
	ASSERT_TRUE(id_dies(whole.entries[PART + 1].id));
	ASSERT_TRUE(id_dies(whole.entries[PART + 2].id));
	for (__u32 i = PART; i <= PART + 2; i++) {
		list = list_from(_metadata, whole.entries[i].ns_id, NS_LIST_PART);
		ASSERT_EQ(count - PART - 3, list.request.done);
		EXPECT_EQ(whole.entries[PART + 3].id, list.entries[0].id);
	}
	/* With room for none, it says whether there is more. */
	list = list_from(_metadata, whole.entries[3].ns_id, 0);
	EXPECT_EQ(0, list.request.done);
	EXPECT_EQ(whole.entries[3].ns_id, list.request.cursor);
	list = list_from(_metadata, 0, 0);
	EXPECT_EQ(0, list.request.cursor);
	list = list_from(_metadata, last, 0);
	EXPECT_EQ(0, list.request.cursor);
	list = list_from(_metadata, last - 1, 0);
	EXPECT_EQ(last - 1, list.request.cursor);
	for (int i = 0; i < crowd.count; i++)
		if (i != PART && i != PART + 1)
			child_kill(crowd.inits[i]);
}

TEST_F(list_ns_call, room_for_too_many)
{
	struct translate_pid_list_ns_request request = {
		.entries = ~0ULL, .count = TRANSLATE_PID_LIST_NS_MOST + 1, .cursor = 3,
	};
	int fd = translate_device();

	/* That is found before the address. */
	EXPECT_EQ(-EINVAL, translate_ioctl(fd, TRANSLATE_PID_LIST_NS, &request));
	request.count = UINT_MAX;
	EXPECT_EQ(-EINVAL, translate_ioctl(fd, TRANSLATE_PID_LIST_NS, &request));
	EXPECT_EQ(3, request.cursor);
	request.count = 1;
	EXPECT_EQ(-EFAULT, translate_ioctl(fd, TRANSLATE_PID_LIST_NS, &request));
	/* No array is looked at where there is room for none. */
	request.count = 0;
	request.done = 4711;
	EXPECT_EQ(0, translate_ioctl(fd, TRANSLATE_PID_LIST_NS, &request));
	EXPECT_EQ(0, request.done);
	EXPECT_EQ(3, request.cursor);
}

/* What was written before the memory ends is told. */
TEST_F(list_ns_call, array_that_cannot_be_written)
{
	struct crowd crowd = make_crowd(CROWD);
	struct ns_listing whole = ns_list_all(translate_device(), 100);
	struct edge edge = edge_map();
	__u64 addresses[] = { 0, (uintptr_t)UNMAPPED, (uintptr_t)edge.end, ~0ULL, ~0ULL - 63,
			      1ULL << 63, (1ULL << 63) - 8 };
	struct translate_pid_list_ns_request request;
	int fd = translate_device();

	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		request = (struct translate_pid_list_ns_request){
			.entries = addresses[i], .count = CROWD, .cursor = 2,
		};
		EXPECT_EQ(-EFAULT, translate_ioctl(fd, TRANSLATE_PID_LIST_NS, &request));
		EXPECT_EQ(0, request.done);
		EXPECT_EQ(2, request.cursor);
	}
	for (__u32 room = PART; room <= 2 * PART; room += PART / 2) {
		struct translate_pid_ns_entry *entries;
		uint64_t cursor = 0;

		entries = (void *)(edge.end - room * sizeof(*entries));
		request = (struct translate_pid_list_ns_request){
			.entries = (uintptr_t)entries, .count = CROWD,
		};
		EXPECT_EQ(-EFAULT, translate_ioctl(fd, TRANSLATE_PID_LIST_NS, &request));
		EXPECT_EQ(room / PART * PART, request.done);
		EXPECT_EQ(whole.entries[request.done - 1].ns_id, request.cursor);
		for (__u32 i = 0; i < request.done; i++)
			ASSERT_EQ(whole.entries[i].id, entries[i].id);
		/* And the library says how many there are, and then that there is no more. */
		EXPECT_EQ(request.done, pidns_list_namespaces(0, &cursor, (void *)entries, CROWD));
		EXPECT_EQ(request.cursor, cursor);
		EXPECT_EQ(-1, pidns_list_namespaces(0, &cursor, (void *)edge.end, CROWD));
		EXPECT_EQ(EFAULT, errno);
		EXPECT_EQ(request.cursor, cursor);
	}
	/* No entry is written where what was done could not be told. */
	memset(edge.start, 0x5a, 128);
	request = (struct translate_pid_list_ns_request){
		.entries = (uintptr_t)edge.start, .count = 2,
	};
	memcpy(edge.end - sizeof(request), &request, sizeof(request));
	edge_protect_second(edge, PROT_READ);
	EXPECT_EQ(-EFAULT, translate_ioctl(fd, TRANSLATE_PID_LIST_NS,
					   edge.end - sizeof(request)));
	EXPECT_EQ(0x5a, edge.start[0]);
	ns_list_free(&whole);
	end_crowd(&crowd);
}

TEST_HARNESS_MAIN
