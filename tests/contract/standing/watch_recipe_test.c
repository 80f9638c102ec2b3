// SPDX-License-Identifier: GPL-2.0-only
/*
 * Knowing all namespaces by watching, listing and reading, and by listing again where
 * records are missing, while namespaces come and go.
 */
#include "child.h"
#include "lives.h"
#include "ns_list.h"
#include "ns_question.h"
#include "random.h"
#include "test.h"

#define MOST	4096
#define KEPT	12
#define ROUNDS	60
/* Few, so that a list takes several calls while namespaces come and go. */
#define ROOM	5

TREE_FIXTURE_WITH(recipe, NO_VARIANTS)

/* What is known of a namespace: the furthest event. */
struct known {
	__u64 id;
	__u32 event;
};

struct follower {
	int watch;
	struct known known[MOST];
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

/* The event that has happened to what has come so far. */
static __u32 event_of(__u32 state)
{
	switch (state) {
	case TRANSLATE_PID_NS_UNBORN:
		return TRANSLATE_PID_EVENT_CREATED;
	case TRANSLATE_PID_NS_ALIVE:
		return TRANSLATE_PID_EVENT_INIT_BORN;
	default:
		return TRANSLATE_PID_EVENT_INIT_DIED;
	}
}

/* What is listed is learnt; what is not may have been destroyed, which its id tells. */
static void list(struct follower *follower)
{
	struct ns_listing listing = ns_list_all(translate_device(), ROOM);

	for (size_t i = 0; i < listing.count; i++)
		if (listing.entries[i].id)
			learn(follower, listing.entries[i].id, event_of(listing.entries[i].state));
	for (size_t i = 0; i < follower->count; i++) {
		struct known *known = &follower->known[i];

		if (!ns_list_find(listing.entries, listing.count, known->id) &&
		    translate_by_ioctl.get_id(TRANSLATE_PID_BY_ID, known->id, NULL, NULL) == -EINVAL)
			known->event = TRANSLATE_PID_EVENT_DESTROYED;
	}
	ns_list_free(&listing);
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
	list(follower);
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
