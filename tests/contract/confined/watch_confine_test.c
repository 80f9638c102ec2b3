// SPDX-License-Identifier: GPL-2.0-only
/*
 * confine=1 and what a watch tells. The module must have been loaded with it.
 *
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <linux/capability.h>

#include "lives.h"
#include "test.h"

#define USER	1000

TREE_FIXTURE_WITH(confine_watch, NAMING_VARIANTS)

/* All inits are the user's when they die. */
TEST_F(confine_watch, own_subtree_only)
{
	struct node *nest = node_spawn(NULL, CLONE_NEWPID);
	struct node *inner = node_spawn(nest, CLONE_NEWPID);
	struct node *sibling = node_spawn(nest, CLONE_NEWPID);
	struct node *child = node_spawn(inner, CLONE_NEWPID);
	__u64 sibling_id = node_ns_id(sibling), child_id = node_ns_id(child);
	struct translate_pid_watch_record record;
	int root_sees, inner_sees;

	node_become_user(child, USER, 0);
	node_become_user(sibling, USER, 0);
	node_become_user(inner, USER, 0);
	inner_sees = watch_of(inner, variant->interface);
	/* Told in this order. */
	root_sees = watch_of(NULL, variant->interface);
	node_destroy(sibling);
	node_destroy(child);
	ASSERT_TRUE(watch_tells_end(root_sees, sibling_id));
	do {
		ASSERT_TRUE(watch_next(inner_sees, &record, PATIENCE_MS));
	} while (record.id != child_id);
	EXPECT_EQ(TRANSLATE_PID_EVENT_INIT_DIED, record.event);
	EXPECT_EQ(1, record.sequence);
	EXPECT_EQ(child->in_parent, record.init_pid);
	EXPECT_EQ(1, record.parent_known);
	EXPECT_EQ(node_ns_id(inner), record.parent);
	EXPECT_EQ(0, watch_events_of(inner_sees, sibling_id));
	close(root_sees);
	close(inner_sees);
}

/* To own the user namespace is not enough outside of the own subtree, to hold the capability is. */
TEST_F(confine_watch, capability_lifts_it)
{
	struct node *user = node_spawn_user(NULL, 0, USER, 0);
	struct node *here = node_spawn(user, CLONE_NEWUSER | CLONE_NEWPID);
	struct node *owner = node_spawn(NULL, CLONE_NEWPID);
	struct node *tracer = node_spawn(NULL, CLONE_NEWPID);
	int root_sees, owner_sees, tracer_sees;
	struct node *there;
	__u64 id;

	node_become_user(owner, USER, 0);
	node_become_user(tracer, USER, 1ULL << CAP_SYS_PTRACE);
	owner_sees = watch_of(owner, variant->interface);
	tracer_sees = watch_of(tracer, variant->interface);
	root_sees = watch_of(NULL, variant->interface);
	there = node_spawn(here, CLONE_NEWPID);
	id = node_ns_id(there);
	node_destroy(there);
	ASSERT_TRUE(watch_tells_end(root_sees, id));
	EXPECT_EQ(0, watch_events_of(owner_sees, id));
	EXPECT_EQ(1U << TRANSLATE_PID_EVENT_CREATED | 1U << TRANSLATE_PID_EVENT_INIT_BORN |
		  1U << TRANSLATE_PID_EVENT_INIT_DIED | 1U << TRANSLATE_PID_EVENT_DESTROYED,
		  watch_events_of(tracer_sees, id));
	close(root_sees);
	close(owner_sees);
	close(tracer_sees);
}

TEST_HARNESS_MAIN
