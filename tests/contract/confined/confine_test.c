// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module parameter confine=1; the module must have been loaded with it.
 *
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <linux/capability.h>

#include "ns_question.h"
#include "test.h"

#define USER	1000

TREE_FIXTURE(confine)

TREE_FIXTURE_WITH(confine_naming, NAMING_VARIANTS)

TREE_FIXTURE_WITH(confine_once, NO_VARIANTS)

static void check_handle(struct __test_metadata *_metadata,
			 const struct translate_interface *interface,
			 struct node *caller, __u32 by, __u64 value,
			 bool allowed, const char *who)
{
	long result = get_id_as(caller, interface, by, value, NULL, NULL);

	EXPECT_EQ(allowed ? 0 : -EPERM, result) {
		TH_LOG("%s: id, named by %u", who, by);
	}
	/* 0: it is not visible to the caller. */
	result = init_pid_as(caller, interface, by, value);
	EXPECT_EQ(allowed ? 0 : -EPERM, result < 0 ? result : 0) {
		TH_LOG("%s: init, named by %u", who, by);
	}
	result = open_ns_as(caller, interface, by, value);
	EXPECT_EQ(allowed ? 0 : -EPERM, result < 0 ? result : 0) {
		TH_LOG("%s: descriptor, named by %u", who, by);
	}
}

/* Through all that names a namespace; the caller was handed the descriptors. */
static void check_access(struct __test_metadata *_metadata,
			 const struct translate_interface *interface,
			 struct node *caller, struct node *of, bool allowed,
			 const char *who)
{
	__u64 own = node_ns_id(caller), id = node_ns_id(of);
	struct ns_names names;

	EXPECT_EQ(allowed ? -ESRCH : -EPERM,
		  translate_as(caller, interface, 0, id, own)) {
		TH_LOG("%s: as source", who);
	}
	EXPECT_EQ(allowed ? -ESRCH : -EPERM,
		  translate_as(caller, interface, 0, own, id)) {
		TH_LOG("%s: as target", who);
	}
	if (interface->translates_only)
		return;
	check_handle(_metadata, interface, caller, TRANSLATE_PID_BY_ID, id, allowed,
		     who);
	if (!of)
		return;
	names = ns_names_of(of);
	check_handle(_metadata, interface, caller, TRANSLATE_PID_BY_NS_ID,
		     names.values[TRANSLATE_PID_BY_NS_ID], allowed, who);
	for (__u32 by = TRANSLATE_PID_BY_PIDFD; by < NS_NAMES; by++)
		if (ns_name_is_fd(by))
			check_handle(_metadata, interface, caller, by,
				     node_give_fd(caller, names.values[by]), allowed,
				     who);
	ns_names_close(&names);
}

TEST_F(confine_once, is_reported)
{
	struct translate_pid_info info;

	ASSERT_EQ(0, translate_get_info(&info));
	EXPECT_NE(0, info.features & TRANSLATE_PID_FEATURE_CONFINE) {
		TH_LOG("the module must be loaded with confine=1 for this test");
	}
}

/* All inits belong to the user: without confine, all would be allowed. */
TEST_F(confine, own_subtree_only)
{
	struct node *parent = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	struct node *outside = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	struct node *user = node_spawn_user(NULL, 0, USER, 0);
	struct node *nest, *inner, *child, *grandchild, *sibling;
	const struct translate_interface *interface = variant->interface;

	nest = node_spawn(NULL, CLONE_NEWPID);
	inner = node_spawn(nest, CLONE_NEWPID);
	sibling = node_spawn(nest, CLONE_NEWPID);
	child = node_spawn(inner, CLONE_NEWPID);
	grandchild = node_spawn(child, CLONE_NEWPID);
	node_become_user(grandchild, USER, 0);
	node_become_user(child, USER, 0);
	node_become_user(sibling, USER, 0);
	node_become_user(inner, USER, 0);
	node_become_user(nest, USER, 0);

	check_access(_metadata, interface, inner, inner, true, "own");
	check_access(_metadata, interface, inner, child, true, "child");
	check_access(_metadata, interface, inner, grandchild, true, "grandchild");
	check_access(_metadata, interface, inner, nest, false, "parent");
	check_access(_metadata, interface, inner, sibling, false, "sibling");
	check_access(_metadata, interface, inner, outside, false, "stranger");
	check_access(_metadata, interface, inner, NULL, false, "initial");
	check_access(_metadata, interface, nest, grandchild, true,
		     "grandchild's child");
	check_access(_metadata, interface, grandchild, child, false,
		     "parent of the deepest");
	/* Everything is below the initial namespace. */
	check_access(_metadata, interface, user, parent, true, "from outside");
	check_access(_metadata, interface, user, grandchild, true,
		     "deep, from outside");
	EXPECT_EQ(grandchild->in_parent,
		  translate_as(inner, interface, 1, node_ns_id(grandchild),
			       node_ns_id(child)));
}

/* It only takes away: what was forbidden stays so. */
TEST_F(confine, gives_nothing)
{
	struct node *root_init = node_spawn(NULL, CLONE_NEWPID);
	struct node *user = node_spawn_user(NULL, 0, USER, 0);

	check_access(_metadata, variant->interface, user, root_init, false,
		     "root's child of the own namespace");
}

TEST_F(confine, capability_lifts_it)
{
	struct node *first = node_spawn(NULL, CLONE_NEWPID);
	struct node *second = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	const struct translate_interface *interface = variant->interface;

	check_access(_metadata, interface, first, second, true, "root: sibling");
	check_access(_metadata, interface, first, NULL, true, "root: initial");
	node_become_user(first, USER, 1ULL << CAP_SYS_PTRACE);
	check_access(_metadata, interface, first, second, true, "user: sibling");
	check_access(_metadata, interface, first, NULL, true, "user: initial");
	node_become_user(first, USER, 0);
	check_access(_metadata, interface, first, second, false, "given up");
}

/*
 * Whose user owns a user namespace has all capabilities in it, for the kernel;
 * the roots of containers often are one user.
 */
TEST_F(confine, ownership_does_not_lift_it)
{
	struct node *owner = node_spawn_user(NULL, 0, USER, 0);
	struct node *nest = node_spawn(owner, CLONE_NEWUSER | CLONE_NEWPID);
	struct node *same_user = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	struct node *capable = node_spawn(NULL, CLONE_NEWPID);
	const struct translate_interface *interface = variant->interface;

	node_become_user(capable, USER, 1ULL << CAP_SYS_PTRACE);
	check_access(_metadata, interface, owner, nest, true, "owner, above");
	check_access(_metadata, interface, same_user, nest, false, "owner, beside");
	check_access(_metadata, interface, capable, nest, true,
		     "owner with the capability, beside");
}

/* As without confine, CAP_SYS_ADMIN opens the init's number alone. */
TEST_F(confine_naming, admin_asks_for_the_init_only)
{
	struct node *admin = node_spawn(NULL, CLONE_NEWPID);
	struct node *outside = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	const struct translate_interface *interface = variant->interface;
	__u64 id = node_ns_id(outside);

	node_become_user(admin, USER, 1ULL << CAP_SYS_ADMIN);
	EXPECT_EQ(0, init_pid_as(admin, interface, TRANSLATE_PID_BY_ID, id));
	EXPECT_EQ(-EPERM, translate_as(admin, interface, 1, id, node_ns_id(admin)));
	EXPECT_EQ(-EPERM, open_ns_as(admin, interface, TRANSLATE_PID_BY_ID, id));
	node_become_user(admin, USER, 0);
	EXPECT_EQ(-EPERM, init_pid_as(admin, interface, TRANSLATE_PID_BY_ID, id));
}

/* The capability counts in the user namespace that owns the pid namespace. */
TEST_F(confine, capability_in_a_user_namespace)
{
	struct node *user = node_spawn_user(NULL, 0, USER, 0);
	struct node *nest = node_spawn(user, CLONE_NEWUSER | CLONE_NEWPID);
	struct node *first = node_spawn(nest, CLONE_NEWPID);
	struct node *second = node_spawn(nest, CLONE_NEWPID);
	struct node *outside = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	const struct translate_interface *interface = variant->interface;

	check_access(_metadata, interface, first, second, true, "sibling");
	check_access(_metadata, interface, first, nest, true, "parent");
	check_access(_metadata, interface, first, outside, false,
		     "stranger of the same user");
}

TEST_HARNESS_MAIN
