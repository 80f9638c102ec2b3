// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lists of namespaces while others are born and die as fast as they can between those
 * that stay: each of these is in each list exactly once, with what does not change.
 *
 * Usage: list_ns_churn_test [SECONDS]
 *
 * RUNS: on one ABI, because what meets in the module is no matter of the ABI.
 */
#include <ctype.h>
#include <sys/prctl.h>

#include "child.h"
#include "ns_list.h"
#include "random.h"
#include "test.h"

#define STAYING		60
#define CHURNERS	3
#define WALKERS		3
#define TIMEOUT		3600

static __u64 seconds = 8;

static struct {
	__u64 deadline;
	struct random random;
	struct translate_pid_ns_entry staying[STAYING];
	pid_t inits[STAYING];
	__u32 failures;
	char first_failure[256];
	__u32 lists, listed, states[TRANSLATE_PID_NS_GONE + 1];
} *shared;

static __u32 add(__u32 *word, __u32 more)
{
	return __atomic_fetch_add(word, more, __ATOMIC_ACQ_REL);
}

static void __printf(1, 2) fail(const char *format, ...)
{
	va_list args;

	if (add(&shared->failures, 1))
		return;
	va_start(args, format);
	vsnprintf(shared->first_failure, sizeof(shared->first_failure), format, args);
	va_end(args);
}

/* Namespaces with and without a process, one in another, that end at once. */
static int churn(void *argument)
{
	struct random random = { .state = shared->random.state + (uintptr_t)argument };

	for (;;) {
		pid_t pid = child_clone(CLONE_NEWPID);

		if (pid < 0) {
			sched_yield();
			continue;
		}
		if (pid == 0) {
			if (random_below(&random, 3) == 0)
				unshare(CLONE_NEWPID);
			if (random_below(&random, 3) == 0 && fork() == 0)
				_exit(0);
			_exit(0);
		}
		if (random_below(&random, 4) == 0)
			usleep(random_below(&random, 3000));
		waitpid(pid, NULL, 0);
	}
	return 0;
}

static void check_entry(const struct translate_pid_ns_entry *entry)
{
	bool has_init = entry->state == TRANSLATE_PID_NS_ALIVE ||
			entry->state == TRANSLATE_PID_NS_ENDING;

	if (entry->state < TRANSLATE_PID_NS_UNBORN || entry->state > TRANSLATE_PID_NS_GONE) {
		fail("state %u", entry->state);
		return;
	}
	add(&shared->states[entry->state], 1);
	/* Root may access all, and knows each parent. The init may be reaped meanwhile. */
	if (entry->flags & ~(TRANSLATE_PID_NS_PARENT_KNOWN | TRANSLATE_PID_NS_INACTIVE) ||
	    !(entry->flags & TRANSLATE_PID_NS_PARENT_KNOWN) != !entry->level ||
	    entry->level > 2 || entry->owner || entry->reserved || entry->pids > 4096 ||
	    !entry->inode || entry->init_pid < 0 || (entry->init_pid && !has_init))
		fail("ns_id %llu: flags %#x, level %u, owner %u, %u pids, inode %u, init %d, state %u",
		     (unsigned long long)entry->ns_id, entry->flags, entry->level, entry->owner,
		     entry->pids, entry->inode, entry->init_pid, entry->state);
}

/* Lists are in ascending order, which ns_list_all() sees to: nothing is there twice. */
static int walk(void *argument)
{
	static const __u32 rooms[] = { 1, 2, 3, 7, 15, 16, 17, 33, 100, 1000 };
	struct random random = { .state = shared->random.state + 1000 + (uintptr_t)argument };

	while (observe_clock_ms() < shared->deadline) {
		__u32 room = rooms[random_below(&random, ARRAY_SIZE(rooms))];
		struct ns_listing listing = ns_list_all(translate_device(), room);

		for (size_t i = 0; i < listing.count; i++)
			check_entry(&listing.entries[i]);
		for (int i = 0; i < STAYING; i++) {
			const struct translate_pid_ns_entry *wanted = &shared->staying[i], *entry;

			entry = ns_list_find(listing.entries, listing.count, wanted->id);
			if (!entry || memcmp(entry, wanted, sizeof(*entry)))
				fail("room for %u: ns_id %llu, which stays, is %s", room,
				     (unsigned long long)wanted->ns_id,
				     entry ? "described otherwise" : "not listed");
		}
		add(&shared->lists, 1);
		add(&shared->listed, listing.count);
		ns_list_free(&listing);
	}
	return 0;
}

/* Those that stay lie between others that went. */
static void make_staying(struct __test_metadata *_metadata)
{
	struct ns_listing listing;
	int known = 0;

	for (int i = 0; i < STAYING; i++) {
		shared->inits[i] = child_clone(CLONE_NEWPID);
		if (shared->inits[i] == 0)
			_exit(child_idle(NULL));
		ASSERT_LT(0, shared->inits[i]);
		usleep(1000);
	}
	listing = ns_list_all(translate_device(), 1000);
	for (size_t j = 0; j < listing.count; j++)
		for (int i = 0; i < STAYING; i++)
			if (listing.entries[j].init_pid == shared->inits[i])
				shared->staying[known++] = listing.entries[j];
	ASSERT_EQ(STAYING, known);
	ns_list_free(&listing);
}

TREE_FIXTURE_WITH(list_ns_churn, NO_VARIANTS)

TEST_F_TIMEOUT(list_ns_churn, what_stays_is_listed_once, TIMEOUT)
{
	pid_t walkers[WALKERS], churners[CHURNERS];

	shared = shared_memory(sizeof(*shared));
	shared->random = random_start();
	for (uintptr_t i = 0; i < CHURNERS; i++)
		churners[i] = child_start(churn, (void *)i);
	make_staying(_metadata);

	shared->deadline = observe_clock_ms() + seconds * 1000;
	for (uintptr_t i = 0; i < WALKERS; i++)
		walkers[i] = child_start(walk, (void *)i);
	for (int i = 0; i < WALKERS; i++)
		EXPECT_EQ(0, child_wait(walkers[i]));
	EXPECT_EQ(0, shared->failures)
	TH_LOG("first of %u failures: %s", shared->failures, shared->first_failure);
	for (int i = 0; i < CHURNERS; i++)
		child_kill(churners[i]);
	for (int i = 0; i < STAYING; i++)
		child_kill(shared->inits[i]);

	TH_LOG("%u lists, %u entries: %u unborn, %u alive, %u ending, %u gone", shared->lists,
	       shared->listed, shared->states[TRANSLATE_PID_NS_UNBORN],
	       shared->states[TRANSLATE_PID_NS_ALIVE], shared->states[TRANSLATE_PID_NS_ENDING],
	       shared->states[TRANSLATE_PID_NS_GONE]);
	EXPECT_LT(3, shared->lists);
	EXPECT_LT(shared->lists * STAYING, shared->listed);
}

int main(int argc, char **argv)
{
	translate_must_be_complete();
	extend_time_limits();
	if (argc > 1 && isdigit(argv[1][0])) {
		seconds = atoi(argv[1]);
		argv[1] = argv[0];
		argc--;
		argv++;
	}
	return test_harness_run(argc, argv);
}
