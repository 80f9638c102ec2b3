// SPDX-License-Identifier: GPL-2.0-only
/*
 * TRANSLATE_PID_LIST_NS about namespaces that are older than the load of the module:
 * all is told of them but when they were created.
 *
 * RUNS: on one ABI, because loading is no matter of the ABI.
 */
#include "module.h"
#include "ns_list.h"
#include "test.h"

RELOADING_FIXTURE(list_ns_load)

TEST_F(list_ns_load, older_than_the_load)
{
	struct node *outer = node_spawn(NULL, CLONE_NEWPID), *inner = node_spawn(outer, CLONE_NEWPID);
	struct node *younger;
	struct ns_listing before, after;

	module_must_load("key=000102030405060708090a0b0c0d0e0f");
	younger = node_spawn(outer, CLONE_NEWPID);
	before = ns_list_all(translate_device(), 2);
	ASSERT_EQ(4, before.count);
	EXPECT_EQ(outer->pid, before.entries[1].init_pid);
	EXPECT_EQ(inner->pid, before.entries[2].init_pid);
	EXPECT_EQ(younger->pid, before.entries[3].init_pid);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(0, before.entries[i].created);
	EXPECT_NE(0, before.entries[3].created);

	module_must_reload("key=000102030405060708090a0b0c0d0e0f");
	after = ns_list_all(translate_device(), 3);
	ASSERT_EQ(4, after.count);
	before.entries[3].created = 0;
	EXPECT_EQ(0, memcmp(before.entries + 1, after.entries + 1, 3 * sizeof(*after.entries)));
	ns_list_free(&before);
	ns_list_free(&after);
	nodes_destroy();
}

TEST_HARNESS_MAIN
