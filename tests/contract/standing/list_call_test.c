// SPDX-License-Identifier: GPL-2.0-only
/*
 * TRANSLATE_PID_LIST_PIDS call by call: cursors, arrays of any size, and memory that
 * ends somewhere. What entries say is in list_test.
 */
#include <limits.h>
#include <sys/mman.h>

#include "../../../shim/lib/translate_pid.h"
#include "child.h"
#include "pid_list.h"
#include "test.h"
#include "user_memory.h"

/* Of the module: so many entries are written at a time. */
#define PART	64

TREE_FIXTURE_WITH(list_call, NO_VARIANTS)

static long make_crowd(void *data)
{
	child_crowd(*(__u32 *)data);
	return 0;
}

/* So many in all, its init included. */
static struct node *crowded_namespace(__u32 processes)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u32 others = processes - 1;

	if (others)
		node_call(init, make_crowd, &others, sizeof(others));
	return init;
}

static bool same_listing(const struct pid_listing *one, const struct pid_listing *other)
{
	return one->count == other->count &&
	       !memcmp(one->entries, other->entries, one->count * sizeof(*one->entries));
}

TEST_F(list_call, parts_of_any_size_are_the_same_list)
{
	static const __u32 rooms[] = { 1, 2, 3, 7, 63, 64, 65, 127, 128, 129, 150, 65536 };
	struct node *init = crowded_namespace(150);
	int fd = translate_device();
	__u64 id = node_ns_id(init);
	struct pid_listing whole = pid_list_all(fd, id, 0, 0, 1000);

	ASSERT_EQ(150, whole.count);
	for (size_t i = 0; i < whole.count; i++) {
		EXPECT_EQ(i + 1, whole.entries[i].pid);
		EXPECT_EQ(TRANSLATE_PID_KIND_PROCESS, whole.entries[i].kind);
		EXPECT_EQ(translate_by_ioctl.translate(i + 1, id, 0),
			  whole.entries[i].number);
	}
	for (size_t i = 0; i < ARRAY_SIZE(rooms); i++) {
		struct pid_listing again = pid_list_all(fd, id, 0, 0, rooms[i]);

		EXPECT_TRUE(same_listing(&whole, &again)) {
			TH_LOG("with room for %u", rooms[i]);
		}
		pid_list_free(&again);
	}
	pid_list_free(&whole);
}

/* The end is told at once, not by another call that finds nothing. */
TEST_F(list_call, exact_boundaries)
{
	static const __u32 sizes[] = { 1, 2, PART - 1, PART, PART + 1, 2 * PART, 2 * PART + 1 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct node *init = crowded_namespace(sizes[i]);
		struct pid_list list = { .request = { .source = node_ns_id(init) } };
		__u32 rooms[] = { sizes[i] - 1, sizes[i], sizes[i] + 1 };

		for (size_t j = 0; j < ARRAY_SIZE(rooms); j++) {
			list.request.count = rooms[j];
			list.request.cursor = 0;
			ASSERT_EQ(0, pid_list_as(NULL, &translate_by_ioctl, &list));
			EXPECT_EQ(j ? sizes[i] : sizes[i] - 1, list.request.done);
			EXPECT_EQ(j ? 0 : sizes[i], list.request.cursor);
			EXPECT_EQ(PID_LIST_MARK, list.entries[list.request.done].kind);
		}
		node_destroy(init);
	}
}

/* One call may look at more pids than it lists, in as many parts as that takes. */
TEST_F(list_call, few_processes_among_many_threads)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID), *last;
	struct pid_list list = { .request = { .source = node_ns_id(init),
					      .flags = TRANSLATE_PID_LIST_PROCESSES } };

	for (int i = 0; i < 2 * PART + 10; i++)
		node_thread(init);
	last = node_spawn(init, 0);
	list.request.count = 2;
	ASSERT_EQ(0, pid_list_as(NULL, &translate_by_ioctl, &list));
	ASSERT_EQ(2, list.request.done);
	EXPECT_EQ(0, list.request.cursor);
	EXPECT_EQ(init->pid, list.entries[0].number);
	EXPECT_EQ(last->pid, list.entries[1].number);
	EXPECT_EQ(last->own, list.entries[1].pid);
	list.request.flags = 0;
	list.request.count = PID_LIST_PART;
	list.request.cursor = 2;
	ASSERT_EQ(0, pid_list_as(NULL, &translate_by_ioctl, &list));
	ASSERT_EQ(2 * PART + 11, list.request.done);
	for (__u32 i = 0; i < list.request.done - 1; i++) {
		EXPECT_EQ(TRANSLATE_PID_KIND_THREAD, list.entries[i].kind);
		EXPECT_EQ(init->pid, list.entries[i].thread_group);
	}
}

TEST_F(list_call, cursors)
{
	static const pid_t numbers[] = { 300, 301, 777, 32000 };
	static const struct {
		__u32 cursor, first, left;
	} cases[] = {
		{ 0, 1, 5 }, { 1, 1, 5 }, { 2, 300, 4 }, { 300, 300, 4 }, { 301, 301, 3 },
		{ 302, 777, 2 }, { 778, 32000, 1 }, { 32000, 32000, 1 }, { 32001, 0, 0 },
		{ 4194304, 0, 0 }, { INT_MAX, 0, 0 }, { INT_MAX + 1U, 0, 0 }, { UINT_MAX, 0, 0 },
	};
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct pid_list list = { .request = { .source = node_ns_id(init) } };
	int error;

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		ASSERT_NE(NULL, node_try_spawn(init, 0, &numbers[i], 1, &error));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (__u32 room = 0; room < 7; room += 2) {
			__u32 done = cases[i].left;

			if (room < done)
				done = room;
			list.request.cursor = cases[i].cursor;
			list.request.count = room;
			ASSERT_EQ(0, pid_list_as(NULL, &translate_by_ioctl, &list));
			EXPECT_EQ(done, list.request.done) {
				TH_LOG("cursor %u, room %u", cases[i].cursor, room);
			}
			/* It names what comes next, also if there is room for none. */
			EXPECT_EQ(done < cases[i].left, list.request.cursor != 0);
			if (!room)
				EXPECT_EQ(cases[i].first, list.request.cursor);
			if (done)
				EXPECT_EQ(cases[i].first, list.entries[0].pid);
		}
	}
}

TEST_F(list_call, room_for_too_many)
{
	struct translate_pid_list_request request = {
		.source = ~0ULL, .count = TRANSLATE_PID_LIST_MOST + 1,
	};
	int fd = translate_device();

	/* That is found before the id. */
	EXPECT_EQ(-EINVAL, translate_ioctl(fd, TRANSLATE_PID_LIST_PIDS, &request));
	request.source = 0;
	EXPECT_EQ(-EINVAL, translate_ioctl(fd, TRANSLATE_PID_LIST_PIDS, &request));
	request.count = UINT_MAX;
	EXPECT_EQ(-EINVAL, translate_ioctl(fd, TRANSLATE_PID_LIST_PIDS, &request));
	request.count = 0;
	request.entries = (uintptr_t)UNMAPPED;
	EXPECT_EQ(0, translate_ioctl(fd, TRANSLATE_PID_LIST_PIDS, &request));
	EXPECT_EQ(0, request.done);
	EXPECT_EQ(1, request.cursor);
}

/* What was written before the memory ends is told. */
TEST_F(list_call, array_that_cannot_be_written)
{
	struct node *init = crowded_namespace(3 * PART);
	struct edge edge = edge_map();
	__u64 addresses[] = { 0, (uintptr_t)UNMAPPED, (uintptr_t)edge.end, ~0ULL, ~0ULL - 15,
			      1ULL << 63, (1ULL << 63) - 8 };
	const size_t in_user_space = 3;
	struct translate_pid_list_request request;
	int fd = translate_device();
	__u64 id = node_ns_id(init);

	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		request = (struct translate_pid_list_request){
			.source = id, .entries = addresses[i], .count = 3 * PART, .cursor = 5,
		};
		EXPECT_EQ(-EFAULT, translate_ioctl(fd, TRANSLATE_PID_LIST_PIDS, &request));
		EXPECT_EQ(0, request.done);
		EXPECT_EQ(5, request.cursor);
		/* An id that is wrong is found before, but after an address that cannot be. */
		request.target = ~0ULL;
		EXPECT_EQ(i < in_user_space ? -EINVAL : -EFAULT,
			  translate_ioctl(fd, TRANSLATE_PID_LIST_PIDS, &request));
	}
	for (__u32 room = PART; room <= 2 * PART; room += PART / 2) {
		struct translate_pid_list_entry *entries;

		entries = (void *)(edge.end - room * sizeof(*entries));
		request = (struct translate_pid_list_request){
			.source = id, .entries = (uintptr_t)entries, .count = 3 * PART,
		};
		EXPECT_EQ(-EFAULT, translate_ioctl(fd, TRANSLATE_PID_LIST_PIDS, &request));
		EXPECT_EQ(room / PART * PART, request.done);
		EXPECT_EQ(request.done + 1, request.cursor);
		for (__u32 i = 0; i < request.done; i++)
			ASSERT_EQ(i + 1, entries[i].pid);
		/* And the library says how many there are, and then that there is no more. */
		request.cursor = 0;
		EXPECT_EQ(request.done, pidns_list(id, 0, 0, &request.cursor, (void *)entries,
						   3 * PART));
		EXPECT_EQ(request.done + 1, request.cursor);
		EXPECT_EQ(-1, pidns_list(id, 0, 0, &request.cursor, (void *)edge.end, 3 * PART));
		EXPECT_EQ(EFAULT, errno);
		EXPECT_EQ(request.done + 1, request.cursor);
	}
	/* No entry is written where what was done could not be told. */
	edge_protect_second(edge, PROT_READ);
	memset(edge.start, 0x5a, 64);
	request = (struct translate_pid_list_request){
		.source = id, .entries = (uintptr_t)edge.start, .count = 4,
	};
	edge_protect(edge, PROT_READ | PROT_WRITE);
	memcpy(edge.end - sizeof(request), &request, sizeof(request));
	edge_protect_second(edge, PROT_READ);
	EXPECT_EQ(-EFAULT, translate_ioctl(fd, TRANSLATE_PID_LIST_PIDS,
					   edge.end - sizeof(request)));
	EXPECT_EQ(0x5a, edge.start[0]);
}

TEST_HARNESS_MAIN
