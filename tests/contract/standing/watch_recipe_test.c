// SPDX-License-Identifier: GPL-2.0-only
/*
 * Knowing all namespaces by watching, listing and reading, and by listing again where
 * records are missing, while namespaces come and go. The list is the kernel's.
 */
#include <sys/syscall.h>
#include <linux/nsfs.h>

#include "child.h"
#include "lives.h"
#include "ns_question.h"
#include "random.h"
#include "test.h"

#ifndef SYS_listns
#define SYS_listns	(470 | (SYS_read & 0x40000000))
#endif

#define MOST	256
#define KEPT	12
#define ROUNDS	60

TREE_FIXTURE_WITH(recipe, NO_VARIANTS)

/* What is known of a namespace: the furthest event. */
struct known {
	__u64 id;
	__u32 event;
};

struct follower {
	int watch;
	struct known known[MOST * 16];
	size_t count;
	unsigned int losses;
};

static void learn(struct follower *follower, __u64 id, __u32 event)
{
	struct known *known = follower->known;

	while (known < follower->known + follower->count && known->id != id)
		known++;
	if (known == follower->known + follower->count) {
		if (follower->count == ARRAY_SIZE(follower->known))
			observe_die("there are too many namespaces");
		follower->count++;
		known->id = id;
		known->event = event;
	}
	if (known->event < event)
		known->event = event;
}

struct ns_id_req {
	__u32 size;
	__u32 spare;
	__u64 ns_id;
	struct {
		__u32 ns_type;
		__u32 spare2;
		__u64 user_ns_id;
	};
};

/* False if the kernel lists nothing. */
static bool list(struct follower *follower)
{
	struct ns_id_req request = { .size = 32, .ns_type = CLONE_NEWPID };
	__u64 listed[MOST], id;
	long count = syscall(SYS_listns, &request, listed, MOST, 0);

	if (count < 0)
		return false;
	for (long i = 0; i < count; i++) {
		long init;

		if (translate_by_ioctl.get_id(TRANSLATE_PID_BY_NS_ID, listed[i], &id, NULL) || !id)
			continue;
		init = translate_by_ioctl.get_init_pid(TRANSLATE_PID_BY_ID, id);
		if (init != -EINVAL)
			learn(follower, id, init > 0 ? TRANSLATE_PID_EVENT_INIT_BORN :
						       TRANSLATE_PID_EVENT_CREATED);
	}
	for (size_t i = 0; i < follower->count; i++)
		if (translate_by_ioctl.get_id(TRANSLATE_PID_BY_ID, follower->known[i].id, NULL,
					      NULL) == -EINVAL)
			follower->known[i].event = TRANSLATE_PID_EVENT_DESTROYED;
	return true;
}

/* Reads what is there within the time; listing again where records are missing. */
static void follow(struct follower *follower, int ms)
{
	struct translate_pid_watch_record record;

	while (watch_next(follower->watch, &record, ms)) {
		if (record.event == TRANSLATE_PID_EVENT_LOST) {
			follower->losses++;
			list(follower);
		} else {
			learn(follower, record.id, record.event);
		}
	}
}

/* How many live, to the follower's knowledge. */
static size_t living(const struct follower *follower)
{
	size_t count = 0;

	for (size_t i = 0; i < follower->count; i++)
		count += follower->known[i].event < TRANSLATE_PID_EVENT_INIT_DIED;
	return count;
}

static bool is_known(const struct follower *follower, __u64 id, __u32 event)
{
	for (size_t i = 0; i < follower->count; i++)
		if (follower->known[i].id == id)
			return follower->known[i].event == event;
	return false;
}

static void check_recipe(struct __test_metadata *_metadata, __u32 room, bool must_lose)
{
	struct follower *follower = shared_memory(sizeof(*follower));
	pid_t churn = child_clone(0);
	struct node *kept[KEPT];
	size_t count = 0;

	if (!churn) {
		for (int i = 0; i < ROUNDS; i++) {
			pid_t pid = child_clone(CLONE_NEWPID);

			if (!pid)
				_exit(0);
			waitpid(pid, NULL, 0);
		}
		_exit(0);
	}
	/* Some are older than the watch, some are made while it begins and is read. */
	for (int i = 0; i < KEPT / 3; i++)
		kept[count++] = node_spawn(NULL, CLONE_NEWPID);
	follower->watch = watch_as(NULL, &translate_by_ioctl, 0, room,
				   TRANSLATE_PID_WATCH_NONBLOCK);
	ASSERT_LE(0, follower->watch);
	if (!list(follower)) {
		child_kill(churn);
		SKIP(return, "the kernel has no listns(2)");
	}
	while (count < KEPT) {
		kept[count++] = node_spawn(NULL, CLONE_NEWPID);
		if (count % 2)
			follow(follower, 0);
	}
	for (int i = 0; i < KEPT; i += 2) {
		node_destroy(kept[i]);
		follow(follower, 0);
	}
	EXPECT_EQ(0, child_wait(churn));
	/* All that has died is gone, and the work item has told of it. */
	EXPECT_EQ(1 + KEPT / 2, namespace_count_settles(1 + KEPT / 2));
	follow(follower, 500);
	EXPECT_EQ(KEPT / 2, living(follower));
	for (int i = 1; i < KEPT; i += 2)
		EXPECT_TRUE(is_known(follower, node_ns_id(kept[i]), TRANSLATE_PID_EVENT_INIT_BORN));
	if (must_lose) {
		EXPECT_LT(0, follower->losses);
	}
	close(follower->watch);
}

TEST_F_TIMEOUT(recipe, with_room, 90)
{
	check_recipe(_metadata, 4096, false);
}

/* Records are missing all the time. */
TEST_F_TIMEOUT(recipe, without_room, 90)
{
	check_recipe(_metadata, 1, true);
}

TEST_HARNESS_MAIN
