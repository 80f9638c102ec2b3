// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chains, and translations that start from a pidfd, in flight while their namespace
 * goes. See drain_test, which looks at all other lookups.
 */
#include "module.h"
#include "stall.h"
#include "test.h"

/* Nobody has this number. */
#define HELD		4000001
/* Nor any process here, as its pid; a descriptor can have it. */
#define HELD_FD		777

#define WHILE_MS	300

static long chain_of(pid_t pid, __u64 source, __u64 target)
{
	struct translate_pid_chain_request request = { .pid = pid, .source = source };

	(void)target;
	return translate_ioctl(translate_device(), TRANSLATE_PID_GET_CHAIN, &request);
}

static long from_pidfd(pid_t pid, __u64 source, __u64 target)
{
	struct translate_pid_request request = {
		.pid = HELD_FD, .flags = TRANSLATE_PID_FROM_PIDFD, .target = target,
	};
	int own = observe_pidfd(getpid(), 0);
	long error;

	(void)pid;
	(void)source;
	if (dup2(own, HELD_FD) != HELD_FD)
		return -errno;
	error = translate_ioctl(translate_device(), TRANSLATE_PID_TRANSLATE, &request);
	return error ? error : request.result;
}

static const struct translate_interface translate_by_chain = {
	.name = "chain",
	.translates_only = true,
	.translate = chain_of,
};

static const struct translate_interface translate_by_pidfd = {
	.name = "pidfd",
	.translates_only = true,
	.translate = from_pidfd,
};

FIXTURE(chain_drain) {
	long removed_before;
	long freed_before;
};

FIXTURE_SETUP(chain_drain)
{
	if (!module_is_debug_build())
		SKIP(return, "needs a module built by make DEBUG=1");
	stall(0);
	ASSERT_TRUE(entries_settle(1));
	self->removed_before = removed();
	self->freed_before = freed();
}

FIXTURE_TEARDOWN(chain_drain)
{
	stall(0);
	nodes_destroy();
}

static void check(struct __test_metadata *_metadata, const struct translate_interface *interface,
		  pid_t held, long removed_before, long freed_before, long answer)
{
	struct lookup *lookup;
	__u64 id, end;
	int fd = namespace_without_processes(&id);

	stall(held);
	lookup = lookup_start(interface, held, id, id, -1, false);
	ASSERT_TRUE(counter_reaches(stalled, 1));
	close(fd);
	/* Unlinked, and found by nobody, while the lookup is inside. */
	ASSERT_TRUE(counter_reaches(removed, removed_before + 1));
	EXPECT_EQ(-EINVAL, chain_of(1, id, 0));
	EXPECT_EQ(-EINVAL, translate_by_ioctl.translate(1, 0, id));
	end = observe_clock_ms() + WHILE_MS;
	do {
		ASSERT_EQ(freed_before, freed());
		ASSERT_EQ(1, stalled());
		usleep(5000);
	} while (observe_clock_ms() < end);
	stall(0);
	EXPECT_TRUE(counter_reaches(freed, freed_before + 1));
	/* It had entered in time: its answer is an answer. */
	EXPECT_EQ(answer, lookup_wait(lookup));
}

TEST_F(chain_drain, chain_from_it)
{
	check(_metadata, &translate_by_chain, HELD, self->removed_before, self->freed_before,
	      -ESRCH);
}

TEST_F(chain_drain, pidfd_into_it)
{
	check(_metadata, &translate_by_pidfd, HELD_FD, self->removed_before, self->freed_before, 0);
}

TEST_HARNESS_MAIN
