// SPDX-License-Identifier: GPL-2.0-only
/*
 * Translations between namespaces in every position to each other, down to the
 * deepest that the kernel allows. NSpid in /proc/PID/status says what is right.
 *
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include "test.h"

TREE_FIXTURE(nesting)

/*
 * Between all namespaces of a chain, for the process whose numbers are given
 * from the outermost inwards: @levels of them.
 */
static void check_chain(struct __test_metadata *_metadata,
			const struct translate_interface *interface, const __u64 *ids,
			int count, const pid_t *numbers, int levels)
{
	for (int source = 0; source < levels; source++) {
		for (int target = 0; target < count; target++) {
			EXPECT_EQ(target < levels ? numbers[target] : 0,
				  interface->translate(numbers[source], ids[source],
						       ids[target])) {
				TH_LOG("of %d levels: from level %d to %d",
				       levels, source, target);
			}
		}
	}
}

TEST_F(nesting, deepest_chain)
{
	pid_t numbers[PID_NS_LEVELS];
	__u64 ids[PID_NS_LEVELS] = {};
	struct node *chain[PID_NS_LEVELS - 1];
	int error = 0;

	ASSERT_EQ(1, observe_numbers(getpid(), numbers)) {
		TH_LOG("the test wants to run in the initial namespace");
	}
	node_spawn_chain(NULL, chain, PID_NS_LEVELS - 1);
	for (int level = 1; level < PID_NS_LEVELS; level++)
		ids[level] = node_ns_id(chain[level - 1]);

	for (int level = 0; level < PID_NS_LEVELS; level++) {
		pid_t pid = level ? chain[level - 1]->pid : getpid();

		ASSERT_EQ(level + 1, observe_numbers(pid, numbers));
		check_chain(_metadata, variant->interface, ids, PID_NS_LEVELS,
			    numbers, level + 1);
	}
	EXPECT_EQ(NULL, node_try_spawn(chain[PID_NS_LEVELS - 2], CLONE_NEWPID,
				       NULL, 0, &error));
	EXPECT_EQ(-ENOSPC, error);
	/* The refused one must not have left an entry. */
	EXPECT_EQ(self->namespaces_before + PID_NS_LEVELS - 1,
		  namespace_count());
}

/* An inner process asks: it sees its own tree alike. */
TEST_F(nesting, asked_from_the_deepest)
{
	pid_t numbers[PID_NS_LEVELS];
	__u64 ids[PID_NS_LEVELS] = {};
	struct node *chain[PID_NS_LEVELS - 1], *deepest;

	node_spawn_chain(NULL, chain, PID_NS_LEVELS - 1);
	deepest = chain[PID_NS_LEVELS - 2];
	ASSERT_EQ(PID_NS_LEVELS, observe_numbers(deepest->pid, numbers));
	for (int level = 1; level < PID_NS_LEVELS; level++)
		ids[level] = node_ns_id(chain[level - 1]);
	for (int level = 0; level < PID_NS_LEVELS; level++) {
		EXPECT_EQ(numbers[level],
			  translate_as(deepest, variant->interface, 1,
				       ids[PID_NS_LEVELS - 1], ids[level]));
		EXPECT_EQ(1, translate_as(deepest, variant->interface,
					  numbers[level], ids[level],
					  ids[PID_NS_LEVELS - 1]));
	}
}

/*
 *        initial
 *        /     \
 *       a       c
 *      / \       \
 *     b1  b2      d
 */
TEST_F(nesting, siblings_and_strangers)
{
	struct node *a = node_spawn(NULL, CLONE_NEWPID);
	struct node *b1 = node_spawn(a, CLONE_NEWPID);
	struct node *b2 = node_spawn(a, CLONE_NEWPID);
	struct node *c = node_spawn(NULL, CLONE_NEWPID);
	struct node *d = node_spawn(c, CLONE_NEWPID);
	struct node *in_b1 = node_spawn(b1, 0);
	__u64 id_a = node_ns_id(a), id_b1 = node_ns_id(b1);
	__u64 id_b2 = node_ns_id(b2), id_c = node_ns_id(c);
	__u64 id_d = node_ns_id(d);
	pid_t numbers[PID_NS_LEVELS];
	const struct translate_interface *interface = variant->interface;

	ASSERT_EQ(3, observe_numbers(in_b1->pid, numbers));
	/* Up. */
	EXPECT_EQ(numbers[1], interface->translate(numbers[2], id_b1, id_a));
	EXPECT_EQ(numbers[0], interface->translate(numbers[2], id_b1, 0));
	EXPECT_EQ(numbers[0], interface->translate(numbers[1], id_a, 0));
	/* Down. */
	EXPECT_EQ(numbers[1], interface->translate(numbers[0], 0, id_a));
	EXPECT_EQ(numbers[2], interface->translate(numbers[0], 0, id_b1));
	EXPECT_EQ(numbers[2], interface->translate(numbers[1], id_a, id_b1));
	/* The same. */
	EXPECT_EQ(numbers[0], interface->translate(numbers[0], 0, 0));
	EXPECT_EQ(numbers[1], interface->translate(numbers[1], id_a, id_a));
	EXPECT_EQ(numbers[2], interface->translate(numbers[2], id_b1, id_b1));
	/* To a sibling, a cousin, a stranger: visible, but without a number. */
	EXPECT_EQ(0, interface->translate(numbers[2], id_b1, id_b2));
	EXPECT_EQ(0, interface->translate(numbers[2], id_b1, id_c));
	EXPECT_EQ(0, interface->translate(numbers[2], id_b1, id_d));
	EXPECT_EQ(0, interface->translate(numbers[1], id_a, id_b2));
	EXPECT_EQ(0, interface->translate(numbers[0], 0, id_d));
	/* A process of an outer namespace has no number in an inner one. */
	EXPECT_EQ(0, interface->translate(1, id_a, id_b1));
	EXPECT_EQ(0, interface->translate(getpid(), 0, id_a));
	EXPECT_EQ(0, interface->translate(2, 0, id_b1)); /* kthreadd */
}

/* The number given last: beyond it is nobody until they begin anew at 300. */
static pid_t last_number(void)
{
	FILE *file = fopen("/proc/sys/kernel/ns_last_pid", "re");
	pid_t last = 0;

	if (!file || fscanf(file, "%d", &last) != 1)
		observe_die("cannot read ns_last_pid");
	fclose(file);
	return last;
}

TEST_F(nesting, every_process_of_the_machine)
{
	pid_t numbers[PID_NS_LEVELS], last = last_number();
	long result;
	int seen = 0;

	for (pid_t pid = 1; pid <= last; pid++) {
		if (observe_numbers(pid, numbers) < 1)
			continue;
		seen++;
		result = variant->interface->translate(pid, 0, 0);
		/* Kernel threads come and go. */
		if (result == -ESRCH && observe_numbers(pid, numbers) < 1)
			continue;
		EXPECT_EQ(pid, result);
	}
	EXPECT_LT(5, seen);
}

TEST_HARNESS_MAIN
