// SPDX-License-Identifier: GPL-2.0-only
/* TRANSLATE_PID_GET_CHAIN and pidfds with confine=1: the caller's own subtree only. */
#include "pid_chain.h"
#include "test.h"

#define USER	1000

TREE_FIXTURE_WITH(chain_confine, NAMING_VARIANTS)

/* All inits belong to the user: without confine, all but the initial level would be told. */
TEST_F(chain_confine, own_subtree_only)
{
	struct node *nest = node_spawn(NULL, CLONE_NEWPID), *inner = node_spawn(nest, CLONE_NEWPID);
	struct node *child = node_spawn(inner, CLONE_NEWPID), *sibling = node_spawn(nest, CLONE_NEWPID);
	const struct translate_interface *interface = variant->interface;
	struct chain told;
	int fd;

	node_become_user(child, USER, 0);
	node_become_user(sibling, USER, 0);
	node_become_user(inner, USER, 0);
	node_become_user(nest, USER, 0);

	EXPECT_EQ(0, chain_as(inner, interface, 1, node_ns_id(child), 0, 4, &told));
	ASSERT_EQ(4, told.levels);
	for (int level = 0; level < 2; level++) {
		EXPECT_EQ(0, told.entries[level].id);
		EXPECT_EQ(0, told.entries[level].pid);
	}
	EXPECT_EQ(node_ns_id(inner), told.entries[2].id);
	EXPECT_EQ(child->in_parent, told.entries[2].pid);
	EXPECT_EQ(node_ns_id(child), told.entries[3].id);
	EXPECT_EQ(1, told.entries[3].pid);

	/* A pidfd that is handed in does not lead out. */
	fd = observe_pidfd(sibling->pid, 0);
	EXPECT_EQ(-EPERM, chain_as(inner, interface, node_give_fd(inner, fd), 0,
				   TRANSLATE_PID_FROM_PIDFD, 4, &told));
	EXPECT_EQ(-EPERM, pidfd_as(inner, interface, node_give_fd(inner, fd),
				   node_ns_id(sibling), 0));
	EXPECT_EQ(0, pidfd_as(inner, interface, node_give_fd(inner, fd), node_ns_id(inner), 0));
	/* Nor does it hide what the caller may see from further out. */
	EXPECT_EQ(0, chain_as(nest, interface, node_give_fd(nest, fd), 0,
			      TRANSLATE_PID_FROM_PIDFD, 4, &told));
	EXPECT_EQ(3, told.levels);
	EXPECT_EQ(0, told.entries[0].pid);
	EXPECT_EQ(1, told.entries[2].pid);
	close(fd);
}

TEST_HARNESS_MAIN
