// SPDX-License-Identifier: GPL-2.0-only
/*
 * TRANSLATE_PID_GET_LEVEL: how deep a pid namespace lies, and its parent.
 *
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <linux/capability.h>

#include "../../../shim/lib/translate_pid.h"
#include "ns_question.h"
#include "test.h"

#define USER	1000
#define UNTOUCHED	0x5a5a5a5a

TREE_FIXTURE_WITH(level, NAMING_VARIANTS)

TREE_FIXTURE_WITH(level_named, NO_VARIANTS)

struct level_question {
	bool by_library;
	__u32 by;
	__u64 value;
	__u64 parent;
	__u32 parent_known;
};

static long ask_library(struct level_question *q)
{
	uint64_t parent = UNTOUCHED;
	int known = UNTOUCHED, level = pidns_level(q->value, &parent, &known);

	q->parent = parent;
	q->parent_known = known;
	return level < 0 ? -errno : level;
}

static long ask(void *data)
{
	struct level_question *q = data;
	struct translate_pid_level_request request = {
		.by = q->by,
		.value = q->value,
		.parent = UNTOUCHED,
		.level = UNTOUCHED,
		.parent_known = UNTOUCHED,
	};
	int device = translate_device();
	long error;

	if (q->by_library)
		return ask_library(q);
	error = device < 0 ? device : translate_ioctl(device, TRANSLATE_PID_GET_LEVEL, &request);
	q->parent = request.parent;
	q->parent_known = request.parent_known;
	return error ? error : (long)request.level;
}

/* Asks as the node; an error must leave the results as they were. */
static struct level_question ask_as(struct __test_metadata *_metadata, struct node *caller,
				    bool by_library, __u32 by, __u64 value, long expected)
{
	struct level_question q = { .by_library = by_library, .by = by, .value = value };
	long level = node_call(caller, ask, &q, sizeof(q));

	EXPECT_EQ(expected, level) {
		TH_LOG("by %u", by);
	}
	if (level < 0) {
		EXPECT_EQ(UNTOUCHED, q.parent);
		EXPECT_EQ(UNTOUCHED, q.parent_known);
	}
	return q;
}

static void expect(struct __test_metadata *_metadata, struct node *caller, bool by_library,
		   __u64 id, long level, bool known, __u64 parent)
{
	struct level_question q = ask_as(_metadata, caller, by_library, TRANSLATE_PID_BY_ID, id,
					 level);

	EXPECT_EQ(known, q.parent_known);
	EXPECT_EQ(known ? parent : 0, q.parent);
}

#define BY_LIBRARY	(variant->interface == &translate_by_library)

TEST_F(level, initial_namespace_has_no_parent)
{
	expect(_metadata, NULL, BY_LIBRARY, TRANSLATE_PID_INIT_NS, 0, false, 0);
}

TEST_F(level, down_to_the_deepest)
{
	struct node *chain[PID_NS_LEVELS - 1];
	__u64 parent = TRANSLATE_PID_INIT_NS;

	node_spawn_chain(NULL, chain, PID_NS_LEVELS - 1);
	for (int i = 0; i < PID_NS_LEVELS - 1; i++) {
		__u64 id = node_ns_id(chain[i]);

		expect(_metadata, NULL, BY_LIBRARY, id, i + 1, true, parent);
		parent = id;
	}
}

TEST_F(level, siblings_have_one_parent)
{
	struct node *outer = node_spawn(NULL, CLONE_NEWPID);
	struct node *one = node_spawn(outer, CLONE_NEWPID), *other = node_spawn(outer, CLONE_NEWPID);

	expect(_metadata, NULL, BY_LIBRARY, node_ns_id(one), 2, true, node_ns_id(outer));
	expect(_metadata, other, BY_LIBRARY, node_ns_id(one), 2, true, node_ns_id(outer));
}

/* Whoever may access a namespace need not be told what is around it. */
TEST_F(level, parent_only_to_those_who_may_access_it)
{
	struct node *outer = node_spawn(NULL, CLONE_NEWPID);
	struct node *inner = node_spawn_user(outer, CLONE_NEWPID, USER, 0);
	struct node *same_user = node_spawn_user(NULL, 0, USER, 0);
	struct node *inside = node_spawn(inner, 0), *tracer = node_spawn(NULL, 0);
	__u64 id = node_ns_id(inner), parent = node_ns_id(outer);

	node_become_user(tracer, USER, 1ULL << CAP_SYS_PTRACE);
	expect(_metadata, NULL, BY_LIBRARY, id, 2, true, parent);
	expect(_metadata, tracer, BY_LIBRARY, id, 2, true, parent);
	expect(_metadata, same_user, BY_LIBRARY, id, 2, false, 0);
	expect(_metadata, inner, BY_LIBRARY, id, 2, false, 0);
	expect(_metadata, inside, BY_LIBRARY, id, 2, false, 0);
	ask_as(_metadata, same_user, BY_LIBRARY, TRANSLATE_PID_BY_ID, parent, -EPERM);
}

TEST_F(level, user_namespace)
{
	struct node *root = node_spawn_user(NULL, 0, USER, 0);
	struct node *outer = node_spawn(root, CLONE_NEWUSER | CLONE_NEWPID);
	struct node *inner = node_spawn(outer, CLONE_NEWPID);

	/* The parent of the first is the host's, to which it has no access. */
	expect(_metadata, outer, BY_LIBRARY, node_ns_id(outer), 1, false, 0);
	expect(_metadata, outer, BY_LIBRARY, node_ns_id(inner), 2, true, node_ns_id(outer));
	expect(_metadata, inner, BY_LIBRARY, node_ns_id(inner), 2, true, node_ns_id(outer));
}

TEST_F(level, dead_namespace)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u64 id = node_ns_id(init);

	node_destroy(init);
	ASSERT_TRUE(id_dies(id));
	ask_as(_metadata, NULL, BY_LIBRARY, TRANSLATE_PID_BY_ID, id, -EINVAL);
}

TEST_F(level_named, by_everything_that_names_it)
{
	struct node *outer = node_spawn(NULL, CLONE_NEWPID);
	struct node *inner = node_spawn(outer, CLONE_NEWPID);
	struct ns_names names = ns_names_of(inner);
	struct level_question q;

	for (__u32 by = TRANSLATE_PID_BY_PID; by < NS_NAMES; by++) {
		q = ask_as(_metadata, NULL, false, by, names.values[by], 2);
		EXPECT_EQ(1, q.parent_known);
		EXPECT_EQ(node_ns_id(outer), q.parent);
	}
	ns_names_close(&names);
	q = ask_as(_metadata, inner, false, TRANSLATE_PID_BY_SELF, 0, 2);
	EXPECT_EQ(node_ns_id(outer), q.parent);
}

/* A descriptor keeps it; there is no init to compare credentials with. */
TEST_F(level_named, without_init)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *user = node_spawn_user(NULL, 0, USER, 0);
	__u64 id = node_ns_id(init);
	int fd = observe_open_ns(init->pid, "pid");

	ASSERT_LE(0, fd);
	node_destroy(init);
	expect(_metadata, NULL, false, id, 1, true, TRANSLATE_PID_INIT_NS);
	ask_as(_metadata, user, false, TRANSLATE_PID_BY_ID, id, -EPERM);
	close(fd);
	EXPECT_TRUE(id_dies(id));
}

/* The library's caller may want one of the two alone. */
TEST_F(level_named, library_without_pointers)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	uint64_t parent = UNTOUCHED;
	int known = UNTOUCHED;

	EXPECT_EQ(1, pidns_level(node_ns_id(init), NULL, NULL));
	EXPECT_EQ(1, pidns_level(node_ns_id(init), &parent, NULL));
	EXPECT_EQ(TRANSLATE_PID_INIT_NS, parent);
	EXPECT_EQ(1, pidns_level(node_ns_id(init), NULL, &known));
	EXPECT_EQ(1, known);
}

TEST_HARNESS_MAIN
