// SPDX-License-Identifier: GPL-2.0-only
/*
 * A namespace dies while a translation through a handle has it in hand: a debug
 * build holds the translation between finding the namespaces and answering.
 */
#include <pthread.h>
#include <poll.h>
#include <stdatomic.h>

#include "child.h"
#include "handle.h"
#include "module.h"
#include "stall.h"
#include "test.h"

/* Nobody has this number. */
#define HELD		4000001
#define WHILE_MS	300

FIXTURE(bind_drain) {
	long removed_before;
	long freed_before;
};

FIXTURE_SETUP(bind_drain)
{
	if (!module_is_debug_build())
		SKIP(return, "needs a module built by make DEBUG=1");
	stall(0);
	ASSERT_TRUE(entries_settle(1));
	self->removed_before = removed();
	self->freed_before = freed();
}

FIXTURE_TEARDOWN(bind_drain)
{
	stall(0);
	nodes_destroy();
}

struct asker {
	int handle;
	enum direction direction;
	pid_t pid;
	pthread_t thread;
	long result;
};

static void *ask(void *argument)
{
	struct asker *asker = argument;

	asker->result = bound(asker->handle, asker->direction, asker->pid);
	return NULL;
}

static void start(struct __test_metadata *_metadata, struct asker *asker, long inside)
{
	ASSERT_EQ(0, pthread_create(&asker->thread, NULL, ask, asker));
	ASSERT_TRUE(counter_reaches(stalled, inside));
}

static long result_of(struct asker *asker)
{
	pthread_join(asker->thread, NULL);
	return asker->result;
}

static void stays_held(struct __test_metadata *_metadata, long inside, long free)
{
	__u64 end = observe_clock_ms() + WHILE_MS;

	do {
		ASSERT_EQ(free, freed());
		ASSERT_EQ(inside, stalled());
		usleep(5000);
	} while (observe_clock_ms() < end);
}

/* Its memory waits for both; others are told at once that it is over. */
TEST_F(bind_drain, dies_between_lookup_and_answer)
{
	struct asker from = { .pid = HELD, .direction = TO_TARGET };
	struct asker into = { .pid = HELD, .direction = TO_SOURCE };
	__u64 id;
	int fd = namespace_without_processes(&id);

	from.handle = bind_as(NULL, &translate_by_ioctl, id, 0);
	into.handle = bind_as(NULL, &translate_by_ioctl, id, id);
	ASSERT_LE(0, from.handle);
	ASSERT_LE(0, into.handle);
	stall(HELD);
	start(_metadata, &from, 1);
	start(_metadata, &into, 2);
	close(fd);
	EXPECT_EQ(-ESTALE, bound(from.handle, TO_TARGET, 1));
	EXPECT_EQ(POLLHUP, handle_events(into.handle));
	ASSERT_TRUE(counter_reaches(removed, self->removed_before + 1));
	EXPECT_EQ(-ESTALE, bound(from.handle, TO_TARGET, HELD));
	stays_held(_metadata, 2, self->freed_before);
	stall(0);
	EXPECT_EQ(-ESTALE, result_of(&from));
	EXPECT_EQ(-ESTALE, result_of(&into));
	EXPECT_TRUE(counter_reaches(freed, self->freed_before + 1));
	close(from.handle);
	close(into.handle);
}

/* The last close() is while it is held: the handle stays until it has answered. */
TEST_F(bind_drain, closed_between_lookup_and_answer)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct asker asker = { .pid = init->pid, .direction = TO_TARGET };

	asker.handle = bind_as(NULL, &translate_by_ioctl, 0, node_ns_id(init));
	ASSERT_LE(0, asker.handle);
	stall(init->pid);
	start(_metadata, &asker, 1);
	EXPECT_EQ(0, close(asker.handle));
	stays_held(_metadata, 1, self->freed_before);
	EXPECT_EQ(-EBADF, bound(asker.handle, TO_TARGET, 1));
	stall(0);
	EXPECT_EQ(1, result_of(&asker));
}

/* Closed, and its namespace dies. */
TEST_F(bind_drain, closed_and_dies)
{
	struct asker asker = { .pid = HELD, .direction = TO_TARGET };
	__u64 id;
	int fd = namespace_without_processes(&id);

	asker.handle = bind_as(NULL, &translate_by_ioctl, id, id);
	ASSERT_LE(0, asker.handle);
	stall(HELD);
	start(_metadata, &asker, 1);
	EXPECT_EQ(0, close(asker.handle));
	close(fd);
	ASSERT_TRUE(counter_reaches(removed, self->removed_before + 1));
	stays_held(_metadata, 1, self->freed_before);
	stall(0);
	EXPECT_EQ(-ESTALE, result_of(&asker));
	EXPECT_TRUE(counter_reaches(freed, self->freed_before + 1));
}

/* A process dies while it is asked about. */
TEST_F(bind_drain, pid_dies)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *child = node_spawn(init, 0);
	struct asker asker = { .pid = child->pid, .direction = TO_TARGET };

	asker.handle = bind_as(NULL, &translate_by_ioctl, 0, node_ns_id(init));
	ASSERT_LE(0, asker.handle);
	stall(child->pid);
	start(_metadata, &asker, 1);
	node_destroy(init);
	stays_held(_metadata, 1, self->freed_before);
	stall(0);
	/* Its namespace lives until the read section is over that could have found the pid. */
	EXPECT_EQ(-ESRCH, result_of(&asker));
	EXPECT_TRUE(handle_is_over(asker.handle));
	EXPECT_EQ(-ESTALE, bound(asker.handle, TO_TARGET, child->pid));
	close(asker.handle);
}

TEST_HARNESS_MAIN
