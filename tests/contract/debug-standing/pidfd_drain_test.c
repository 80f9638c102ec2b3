// SPDX-License-Identifier: GPL-2.0-only
/*
 * A namespace or a process dies while TRANSLATE_PID_OPEN_PIDFD has it in hand: a debug build holds
 * the command between finding the namespace and looking the number up.
 */
#include <poll.h>
#include <pthread.h>
#include <sys/syscall.h>

#include "module.h"
#include "stall.h"
#include "test.h"

/* Nobody has this number. */
#define HELD		4000001
#define WHILE_MS	300

FIXTURE(pidfd_drain) {
	long removed_before;
	long freed_before;
};

FIXTURE_SETUP(pidfd_drain)
{
	if (!module_is_debug_build())
		SKIP(return, "needs a module built by make DEBUG=1");
	stall(0);
	ASSERT_TRUE(entries_settle(1));
	self->removed_before = removed();
	self->freed_before = freed();
}

FIXTURE_TEARDOWN(pidfd_drain)
{
	stall(0);
	nodes_destroy();
}

struct asker {
	__u64 id;
	pid_t pid;
	pthread_t thread;
	long result;
};

static void *ask(void *argument)
{
	struct asker *asker = argument;
	struct translate_pid_pidfd_request request = {
		.by = TRANSLATE_PID_BY_ID, .value = asker->id, .pid = asker->pid,
	};

	asker->result = translate_ioctl(translate_device(), TRANSLATE_PID_OPEN_PIDFD, &request);
	return NULL;
}

static void start(struct __test_metadata *_metadata, struct asker *asker)
{
	/* Before there are two threads. */
	ASSERT_LE(0, translate_device());
	stall(asker->pid);
	ASSERT_EQ(0, pthread_create(&asker->thread, NULL, ask, asker));
	ASSERT_TRUE(counter_reaches(stalled, 1));
}

static long result_of(struct asker *asker)
{
	stall(0);
	pthread_join(asker->thread, NULL);
	return asker->result;
}

/* Its memory waits for the read section, and for nothing that comes after. */
TEST_F(pidfd_drain, namespace_dies)
{
	struct asker asker = { .pid = HELD };
	int fd = namespace_without_processes(&asker.id);
	__u64 end;

	start(_metadata, &asker);
	close(fd);
	ASSERT_TRUE(counter_reaches(removed, self->removed_before + 1));
	EXPECT_EQ(-EINVAL, translate_by_ioctl.translate(1, asker.id, 0));
	end = observe_clock_ms() + WHILE_MS;
	do {
		ASSERT_EQ(self->freed_before, freed());
		usleep(5000);
	} while (observe_clock_ms() < end);
	EXPECT_EQ(-ESRCH, result_of(&asker));
	EXPECT_TRUE(counter_reaches(freed, self->freed_before + 1));
}

/* Found or not, the descriptor is of the process that was asked for, or there is none. */
TEST_F(pidfd_drain, process_dies)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *child = node_spawn(init, 0);
	struct asker asker = { .id = node_ns_id(init), .pid = child->own };

	start(_metadata, &asker);
	node_destroy(child);
	EXPECT_EQ(-ESRCH, result_of(&asker));
	node_destroy(init);
	EXPECT_TRUE(id_dies(asker.id));
}

TEST_HARNESS_MAIN
