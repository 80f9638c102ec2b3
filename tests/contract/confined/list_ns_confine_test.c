// SPDX-License-Identifier: GPL-2.0-only
/*
 * TRANSLATE_PID_LIST_NS with the module parameter confine=1, which it must have been
 * loaded with: the own subtree, without its parent.
 *
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <linux/capability.h>

#include "ns_list.h"
#include "test.h"

#define USER	1000

TREE_FIXTURE_WITH(list_ns_confine, NAMING_VARIANTS)

/* These and no others, whose parents are known but for that of the first. */
static void expect_list(struct __test_metadata *_metadata, struct node *caller,
			const struct translate_interface *interface, struct node *const *wanted,
			__u32 count)
{
	struct ns_list list = { .request = { .count = NS_LIST_PART } };

	ASSERT_EQ(0, ns_list_as(caller, interface, &list));
	ASSERT_EQ(count, list.request.done);
	EXPECT_EQ(0, list.request.cursor);
	for (__u32 i = 0; i < count; i++) {
		EXPECT_EQ(node_ns_id(wanted[i]), list.entries[i].id);
		EXPECT_EQ(i ? TRANSLATE_PID_NS_PARENT_KNOWN : 0, list.entries[i].flags);
		if (!i)
			EXPECT_EQ(0, list.entries[i].parent);
	}
}

/* All inits belong to the user: without confine, all would be listed. */
TEST_F(list_ns_confine, own_subtree_only)
{
	struct node *outside = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	struct node *user = node_spawn_user(NULL, 0, USER, 0);
	struct node *nest = node_spawn(NULL, CLONE_NEWPID), *inner = node_spawn(nest, CLONE_NEWPID);
	struct node *sibling = node_spawn(nest, CLONE_NEWPID);
	struct node *child = node_spawn(inner, CLONE_NEWPID), *root = node_spawn(inner, 0);
	struct node *all[] = { NULL, outside, nest, inner, sibling, child };
	struct node *below[] = { inner, child };

	node_become_user(child, USER, 0);
	node_become_user(sibling, USER, 0);
	node_become_user(inner, USER, 0);
	node_become_user(nest, USER, 0);
	/* Everything is below the initial namespace. */
	expect_list(_metadata, user, variant->interface, all, 6);
	expect_list(_metadata, inner, variant->interface, below, 2);
	expect_list(_metadata, child, variant->interface, &child, 1);
	/* The capability lifts it. */
	expect_list(_metadata, root, variant->interface, all, 6);
	node_become_user(root, USER, 0);
	expect_list(_metadata, root, variant->interface, below, 2);
}

TEST_HARNESS_MAIN
