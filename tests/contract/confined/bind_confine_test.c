// SPDX-License-Identifier: GPL-2.0-only
/*
 * confine=1 and handles: it applies to who makes one, not to who holds it. The
 * module must have been loaded with it.
 *
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <linux/capability.h>

#include "handle.h"
#include "test.h"

#define USER	1000

TREE_FIXTURE_WITH(bind_confine, NAMING_VARIANTS)

#define BIND(caller, source, target)	bind_as(caller, variant->interface, source, target)

/* As either side, and as both. */
static void check_side(struct __test_metadata *_metadata,
		       const struct translate_interface *interface, struct node *caller,
		       __u64 own, __u64 id, bool allowed, const char *who)
{
	__u64 pairs[][2] = { { own, id }, { id, own }, { id, id } };

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		long handle = bind_as(caller, interface, pairs[i][0], pairs[i][1]);

		EXPECT_EQ(allowed ? 0 : -EPERM, handle < 0 ? handle : 0) {
			TH_LOG("%s, pair %zu", who, i);
		}
	}
}

/* All inits belong to the user. */
TEST_F(bind_confine, own_subtree_only)
{
	struct node *nest = node_spawn(NULL, CLONE_NEWPID);
	struct node *inner = node_spawn(nest, CLONE_NEWPID);
	struct node *sibling = node_spawn(nest, CLONE_NEWPID);
	struct node *child = node_spawn(inner, CLONE_NEWPID);
	const struct translate_interface *interface = variant->interface;
	__u64 own = node_ns_id(inner);

	node_become_user(child, USER, 0);
	node_become_user(sibling, USER, 0);
	node_become_user(inner, USER, 0);
	node_become_user(nest, USER, 0);
	check_side(_metadata, interface, inner, own, own, true, "own");
	check_side(_metadata, interface, inner, own, node_ns_id(child), true, "child");
	check_side(_metadata, interface, inner, own, node_ns_id(nest), false, "parent");
	check_side(_metadata, interface, inner, own, node_ns_id(sibling), false, "sibling");
	check_side(_metadata, interface, inner, own, TRANSLATE_PID_INIT_NS, false, "initial");
}

TEST_F(bind_confine, capability_in_both_user_namespaces)
{
	struct node *owner = node_spawn_user(NULL, 0, USER, 0);
	struct node *nest = node_spawn(owner, CLONE_NEWUSER | CLONE_NEWPID);
	struct node *beside = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	struct node *capable = node_spawn(NULL, CLONE_NEWPID);
	__u64 id = node_ns_id(nest);

	node_become_user(capable, USER, 1ULL << CAP_SYS_PTRACE);
	check_side(_metadata, variant->interface, owner, TRANSLATE_PID_INIT_NS, id, true,
		   "owner, above");
	check_side(_metadata, variant->interface, beside, node_ns_id(beside), id, false,
		   "owner, beside");
	check_side(_metadata, variant->interface, capable, node_ns_id(capable), id, true,
		   "owner with the capability, beside");
}

/* Whoever may make it gives it away with all that it answers. */
TEST_F(bind_confine, handed_in)
{
	struct node *init = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	struct node *beside = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	__u64 id = node_ns_id(init), own = node_ns_id(beside);
	long handle = BIND(NULL, id, TRANSLATE_PID_INIT_NS);
	int theirs;

	ASSERT_LE(0, handle);
	theirs = node_give_fd(beside, handle);
	EXPECT_EQ(init->pid, bound_as(beside, false, theirs, TO_TARGET, 1));
	EXPECT_EQ(-EPERM, BIND(beside, id, own));
	close(handle);
}

TEST_HARNESS_MAIN
