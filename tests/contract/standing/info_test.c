// SPDX-License-Identifier: GPL-2.0-only
/*
 * TRANSLATE_PID_GET_INFO: version, features, generation and counters.
 *
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include "test.h"

#define NAMESPACES	25

TREE_FIXTURE_WITH(info, NO_VARIANTS)

TREE_FIXTURE(info_translation)

static struct translate_pid_info get_info(void)
{
	struct translate_pid_info info;
	long error = translate_get_info(&info);

	if (error)
		observe_die("GET_INFO: error %ld", -error);
	return info;
}

TEST_F(info, version_and_features)
{
	struct translate_pid_info info = get_info();

	EXPECT_EQ(TRANSLATE_PID_VERSION, info.version);
	EXPECT_EQ(0, info.reserved);
	EXPECT_NE(0, info.generation);
	EXPECT_NE(0, info.features & TRANSLATE_PID_FEATURE_TRANSLATE);
	EXPECT_NE(0, info.features & TRANSLATE_PID_FEATURE_BY_NS_ID);
	EXPECT_NE(0, info.features & TRANSLATE_PID_FEATURE_PROC);
	EXPECT_NE(0, info.features & TRANSLATE_PID_FEATURE_PROC_COMMANDS);
	EXPECT_NE(0, info.features & TRANSLATE_PID_FEATURE_THREAD_GROUP);
	EXPECT_EQ(0, info.features & TRANSLATE_PID_FEATURE_CONFINE);
	EXPECT_EQ(0, info.features & TRANSLATE_PID_FEATURE_ANCESTORS);
	EXPECT_LT(0, info.buckets);
	EXPECT_LE(1, info.namespaces);
}

TEST_F(info, counts_exactly)
{
	struct translate_pid_info before = get_info(), now;
	struct node *nodes[NAMESPACES];

	for (int i = 0; i < NAMESPACES; i++) {
		/* Half of them nested, and processes that are no inits. */
		nodes[i] = node_spawn(i % 2 ? nodes[i - 1] : NULL, CLONE_NEWPID);
		node_spawn(nodes[i], 0);
		now = get_info();
		EXPECT_EQ(before.namespaces + i + 1, now.namespaces);
		EXPECT_EQ(before.generation, now.generation);
	}
	for (int i = NAMESPACES - 1; i >= 0; i--) {
		node_destroy(nodes[i]);
		EXPECT_EQ(before.namespaces + i,
			  namespace_count_settles(before.namespaces + i));
	}
	now = get_info();
	EXPECT_EQ(before.namespaces, now.namespaces);
	EXPECT_EQ(before.generation, now.generation);
	EXPECT_EQ(before.buckets, now.buckets);
}

TEST_F(info_translation, changes_nothing)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u64 id = node_ns_id(init);
	struct translate_pid_info before = get_info(), now;

	for (int i = 0; i < 1000; i++)
		ASSERT_EQ(init->pid, variant->interface->translate(1, id, 0));
	for (int i = 0; i < 1000; i++)
		ASSERT_EQ(-EINVAL, variant->interface->translate(1, id ^ 1, 0));
	now = get_info();
	EXPECT_EQ(before.generation, now.generation);
	EXPECT_EQ(before.namespaces, now.namespaces);
}

static long info_as_user(void *data)
{
	*(struct translate_pid_info *)data = get_info();
	return 0;
}

TEST_F(info, needs_no_privilege)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct translate_pid_info mine = get_info(), theirs = {};

	node_become_user(init, 65534, 0);
	ASSERT_EQ(0, node_call(init, info_as_user, &theirs, sizeof(theirs)));
	EXPECT_EQ(mine.version, theirs.version);
	EXPECT_EQ(mine.namespaces, theirs.namespaces);
	EXPECT_EQ(mine.generation, theirs.generation);
	EXPECT_EQ(mine.features, theirs.features);
}

TEST_HARNESS_MAIN
