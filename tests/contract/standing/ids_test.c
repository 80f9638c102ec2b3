// SPDX-License-Identifier: GPL-2.0-only
/*
 * What ids are like: unique for ever, unpredictable, the same for everyone.
 *
 * RUNS: on one ABI, because how the module makes ids is no matter of the ABI.
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <sys/mman.h>
#include <sys/syscall.h>
#include <linux/sched.h>

#include "test.h"

#define BIRTHS	400

TREE_FIXTURE(ids)

TREE_FIXTURE_WITH(ids_once, NO_VARIANTS)

static int compare(const void *left, const void *right)
{
	__u64 l = *(const __u64 *)left, r = *(const __u64 *)right;

	return (l > r) - (l < r);
}

/* Makes namespaces one after the other; each one's init writes down its id. */
static __u64 *many_ids(void)
{
	__u64 *ids = mmap(NULL, BIRTHS * sizeof(*ids), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (ids == MAP_FAILED)
		observe_die("no memory");
	for (int i = 0; i < BIRTHS; i++) {
		struct clone_args args = {
			.flags = CLONE_NEWPID, .exit_signal = SIGCHLD,
		};
		pid_t pid = syscall(__NR_clone3, &args, sizeof(args));
		int status;

		if (pid < 0)
			observe_die("clone3: %s", strerror(errno));
		if (!pid)
			_exit(!!translate_by_ioctl.get_id(TRANSLATE_PID_BY_SELF,
							  0, &ids[i], NULL));
		if (waitpid(pid, &status, 0) != pid || status)
			observe_die("process %d does not know its namespace",
				    pid);
	}
	return ids;
}

static void check_unique(struct __test_metadata *_metadata, __u64 *ids)
{
	qsort(ids, BIRTHS, sizeof(*ids), compare);
	EXPECT_NE(0, ids[0]);
	for (int i = 1; i < BIRTHS; i++)
		ASSERT_NE(ids[i - 1], ids[i]);
	/* Destruction is asynchronous, and in no order. */
	for (int i = 0; i < BIRTHS; i++) {
		ASSERT_TRUE(id_dies(ids[i])) {
			TH_LOG("id %llu of a dead namespace is alive",
			       (unsigned long long)ids[i]);
		}
	}
}

/* No proof, but a counter or a forgotten key would not pass. */
static void check_random(struct __test_metadata *_metadata, const __u64 *ids)
{
	for (int bit = 0; bit < 64; bit++) {
		int set = 0, flips = 0;

		for (int i = 0; i < BIRTHS; i++)
			set += ids[i] >> bit & 1;
		for (int i = 1; i < BIRTHS; i++)
			flips += (ids[i] ^ ids[i - 1]) >> bit & 1;
		/* Six standard deviations from one half. */
		EXPECT_LT(BIRTHS * 7 / 20, set) {
			TH_LOG("bit %d", bit);
		}
		EXPECT_LT(set, BIRTHS * 13 / 20) {
			TH_LOG("bit %d", bit);
		}
		EXPECT_LT(BIRTHS * 7 / 20, flips) {
			TH_LOG("bit %d", bit);
		}
		EXPECT_LT(flips, BIRTHS * 13 / 20) {
			TH_LOG("bit %d", bit);
		}
	}
}

/* Once, for the interface does not matter; a fixture for its longer timeout. */
FIXTURE(births)
{
};

FIXTURE_SETUP(births)
{
}

FIXTURE_TEARDOWN(births)
{
}

TEST_F_TIMEOUT(births, unique_and_random, 120)
{
	__u64 *ids = many_ids();

	check_random(_metadata, ids);
	check_unique(_metadata, ids);
}

/* Once any command said that an id is dead, all say so, and for ever. */
TEST_F(ids, die_at_once_for_every_command)
{
	for (int i = 0; i < 100; i++) {
		struct node *init = node_spawn(NULL, CLONE_NEWPID);
		__u64 id = node_ns_id(init);
		__u64 end = observe_clock_ms() + PATIENCE_MS;

		node_destroy(init);
		/* No pause: the kernel destroys it within the millisecond. */
		while (translate_by_ioctl.get_id(TRANSLATE_PID_BY_ID, id, NULL,
						 NULL) != -EINVAL)
			ASSERT_LT(observe_clock_ms(), end);
		ASSERT_EQ(-EINVAL, variant->interface->translate(1, id, 0));
		ASSERT_EQ(-EINVAL, variant->interface->translate(1, 0, id));
		if (variant->interface->translates_only)
			continue;
		ASSERT_EQ(-EINVAL,
			  variant->interface->get_id(TRANSLATE_PID_BY_ID, id, NULL,
						     NULL));
	}
}

TEST_F(ids, same_from_every_side)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *inside = node_spawn(init, 0);
	struct node *below = node_spawn(inside, CLONE_NEWPID);
	struct node *sibling = node_spawn(NULL, CLONE_NEWPID);
	struct node *callers[] = { NULL, init, inside, below, sibling };
	__u64 ids[3] = {
		node_ns_id(init), node_ns_id(below), node_ns_id(sibling),
	};
	/* The same process, by its number in whichever namespace. */
	const pid_t names[3][3] = {
		{ inside->own, 0, 0 }, { below->in_parent, 1, 0 }, { 0, 0, 1 },
	};
	const pid_t outer[3] = { inside->pid, below->pid, sibling->pid };

	for (size_t c = 0; c < ARRAY_SIZE(callers); c++)
		for (int process = 0; process < 3; process++)
			for (int in = 0; in < 3; in++) {
				pid_t number = names[process][in];

				EXPECT_EQ(number,
					  translate_as(callers[c],
						       variant->interface,
						       outer[process], 0,
						       ids[in]));
				if (number)
					EXPECT_EQ(outer[process],
						  translate_as(callers[c],
							       variant->interface,
							       number, ids[in],
							       0));
			}
	if (variant->interface->translates_only)
		return;
	for (size_t c = 0; c < ARRAY_SIZE(callers); c++)
		for (int in = 0; in < 3; in++)
			EXPECT_EQ(0, get_id_as(callers[c], variant->interface,
					       TRANSLATE_PID_BY_ID, ids[in],
					       NULL, NULL));
}

TEST_F(ids_once, stay_while_processes_come_and_go)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u64 id = node_ns_id(init);

	for (int i = 0; i < 20; i++) {
		struct node *child = node_spawn(init, 0);
		struct node *below = node_spawn(init, CLONE_NEWPID);

		EXPECT_EQ(id, node_ns_id(child));
		EXPECT_NE(id, node_ns_id(below));
		node_destroy(child);
		node_destroy(below);
		EXPECT_EQ(id, node_ns_id(init));
	}
}

TEST_HARNESS_MAIN
