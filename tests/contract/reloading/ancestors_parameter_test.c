// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's parameter ancestors=: off by default, and beside confine=1. What it does is in
 * ancestors/. Leaves the module unloaded.
 *
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include "module.h"
#include "test.h"

#define USER	1000

FIXTURE(parameter)
{
};

FIXTURE_SETUP(parameter)
{
	translate_device_close();
	module_must_unload();
}

FIXTURE_TEARDOWN(parameter)
{
	nodes_destroy();
	translate_device_close();
	module_must_unload();
}

static void check(struct __test_metadata *_metadata, const char *parameters, bool crosses,
		  bool reaches_sibling)
{
	struct node *nest = node_spawn(NULL, CLONE_NEWPID);
	struct node *inner = node_spawn(nest, CLONE_NEWPID);
	struct node *sibling = node_spawn_user(nest, CLONE_NEWPID, USER, 0);
	const struct translate_interface *interface = &translate_by_ioctl;
	struct translate_pid_info info;
	__u64 own, beside;

	node_become_user(inner, USER, 0);
	module_must_load(parameters);
	own = node_ns_id(inner);
	beside = node_ns_id(sibling);
	ASSERT_EQ(0, translate_get_info(&info));
	EXPECT_EQ(crosses, !!(info.features & TRANSLATE_PID_FEATURE_ANCESTORS));
	EXPECT_EQ(crosses ? inner->pid : -EPERM, translate_as(inner, interface, 1, own, 0));
	EXPECT_EQ(crosses ? 1 : -EPERM, translate_as(inner, interface, inner->pid, 0, own));
	EXPECT_EQ(crosses ? -ESRCH : -EPERM, translate_as(inner, interface, getpid(), 0, own));
	EXPECT_EQ(reaches_sibling ? 0 : -EPERM, translate_as(inner, interface, 1, own, beside));
	/* The one thing never leads to the other. */
	EXPECT_EQ(-EPERM, translate_as(inner, interface, 1, beside, 0));
	EXPECT_EQ(-EPERM, translate_as(inner, interface, sibling->pid, 0, beside));
	nodes_destroy();
	translate_device_close();
	module_must_unload();
}

TEST_F(parameter, off_by_default)
{
	check(_metadata, "", false, true);
	check(_metadata, "ancestors=0", false, true);
}

TEST_F(parameter, on)
{
	check(_metadata, "ancestors=1", true, true);
}

/* Each does what it does without the other. */
TEST_F(parameter, beside_confine)
{
	check(_metadata, "confine=1", false, false);
	check(_metadata, "confine=1 ancestors=1", true, false);
}

TEST_F(parameter, is_one_of_two)
{
	EXPECT_EQ(-EINVAL, module_load("ancestors=perhaps"));
	EXPECT_FALSE(module_is_loaded());
}

TEST_HARNESS_MAIN
