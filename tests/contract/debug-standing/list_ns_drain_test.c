// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lists of namespaces in flight while a namespace goes that they have in hand. A debug
 * build of the module holds them inside of their read section; its counters show when
 * the table's entry is unlinked, and when its grace period is over.
 */
#include "module.h"
#include "ns_list.h"
#include "stall.h"
#include "test.h"

/* The walk that begins behind this place is held. No namespace has so low a number. */
#define HELD	2

/* How long an entry may wait after the last list that it waits for; times TEST_PATIENCE. */
#define BOUND_MS	1250

/* How long a wait must last to be believed. */
#define WHILE_MS	300

FIXTURE(list_ns_drain) {
	long removed_before;
	long freed_before;
};

FIXTURE_SETUP(list_ns_drain)
{
	if (!module_is_debug_build())
		SKIP(return, "needs a module built by make DEBUG=1");
	stall(0);
	ASSERT_TRUE(entries_settle(1));
	self->removed_before = removed();
	self->freed_before = freed();
}

FIXTURE_TEARDOWN(list_ns_drain)
{
	stall(0);
	nodes_destroy();
}

/* The number of pids in the namespace @id and 1; 0 if it is not listed behind @cursor. */
static long pids_listed(pid_t cursor, __u64 id, __u64 unused)
{
	static struct translate_pid_ns_entry entries[64];
	struct translate_pid_list_ns_request request = {
		.cursor = cursor, .entries = (uintptr_t)entries, .count = 64,
	};
	const struct translate_pid_ns_entry *entry;
	long error = translate_ioctl(translate_device(), TRANSLATE_PID_LIST_NS, &request);

	(void)unused;
	if (error)
		return error;
	entry = ns_list_find(entries, request.done, id);
	return entry ? entry->pids + 1 : 0;
}

static const struct translate_interface list_as_lookup = {
	.name = "list of namespaces",
	.translates_only = true,
	.translate = pids_listed,
};

static struct lookup *list_start(__u64 id)
{
	return lookup_start(&list_as_lookup, HELD, id, 0, -1, false);
}

/* For a while, @count lists are inside and no entry is freed. */
static void check_held(struct __test_metadata *_metadata, long count, long free)
{
	__u64 end = observe_clock_ms() + WHILE_MS;

	do {
		ASSERT_EQ(free, freed());
		ASSERT_EQ(count, stalled());
		usleep(5000);
	} while (observe_clock_ms() < end);
}

/* It is left out by who found it alive and looks at it when it is dead. */
TEST_F(list_ns_drain, namespace_dies_in_hand)
{
	struct lookup *list;
	__u64 id, begin, took;
	int fd = namespace_without_processes(&id);

	EXPECT_EQ(1, pids_listed(HELD, id, 0));
	stall(HELD);
	list = list_start(id);
	ASSERT_TRUE(counter_reaches(stalled, 1));
	close(fd);
	/* Unlinked while the list is inside. */
	ASSERT_TRUE(counter_reaches(removed, self->removed_before + 1));
	check_held(_metadata, 1, self->freed_before);
	/* Others do not find it any more, and are not held. */
	EXPECT_EQ(0, pids_listed(0, id, 0));

	begin = observe_clock_ms();
	stall(0);
	EXPECT_TRUE(counter_reaches(freed, self->freed_before + 1));
	took = observe_clock_ms() - begin;
	EXPECT_GT(BOUND_MS * test_patience(), took);
	TH_LOG("freed %llu ms after the last list left", took);
	EXPECT_EQ(0, lookup_wait(list));
}

/* Its parent, too, which dies with it. */
TEST_F(list_ns_drain, parent_dies_in_hand)
{
	struct node *outer = node_spawn(NULL, CLONE_NEWPID), *inner = node_spawn(outer, CLONE_NEWPID);
	__u64 outer_id = node_ns_id(outer), inner_id = node_ns_id(inner);
	struct lookup *lists[2];

	stall(HELD);
	lists[0] = list_start(outer_id);
	lists[1] = list_start(inner_id);
	ASSERT_TRUE(counter_reaches(stalled, 2));
	node_destroy(inner);
	node_destroy(outer);
	/*
	 * Their last references are those of their processes' pids, which wait for the
	 * lists as well.
	 */
	check_held(_metadata, 2, self->freed_before);
	stall(0);
	EXPECT_TRUE(counter_reaches(freed, self->freed_before + 2));
	/* Without an init, but counted until the lists have left. */
	for (int i = 0; i < 2; i++)
		EXPECT_EQ(1, lookup_wait(lists[i]));
}

/* For which there was no memory when it was created: all is told but when that was. */
TEST_F(list_ns_drain, without_an_entry)
{
	struct ns_list list = { .request = { .count = NS_LIST_PART } };
	const struct translate_pid_ns_entry *entry;
	struct node *init;

	module_set_parameter("debug_fail_atomic_memory", 1);
	init = node_spawn(NULL, CLONE_NEWPID);
	module_set_parameter("debug_fail_atomic_memory", 0);
	ASSERT_EQ(0, ns_list_as(NULL, &translate_by_ioctl, &list));
	entry = ns_list_find(list.entries, list.request.done, node_ns_id(init));
	ASSERT_NE(NULL, entry);
	EXPECT_EQ(0, entry->created);
	EXPECT_EQ(1, entry->level);
	EXPECT_EQ(init->pid, entry->init_pid);
	EXPECT_EQ(TRANSLATE_PID_NS_ALIVE, entry->state);
}

TEST_HARNESS_MAIN
