// SPDX-License-Identifier: GPL-2.0-only
/*
 * ancestors=1 and handles: what was hidden from who made one stays so for whoever holds it. The
 * module must have been loaded with it.
 *
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <limits.h>
#include <linux/capability.h>

#include "handle.h"
#include "test.h"

#define USER	1000

TREE_FIXTURE_WITH(bind_ancestors, NAMING_VARIANTS)

#define BIND(caller, source, target)	bind_as(caller, variant->interface, source, target)

/* A container of the user's in one of root's, with a process beside its init. */
struct place {
	struct node *nest, *inner, *child;
	__u64 nest_id, inner_id;
};

static struct place place_new(void)
{
	struct place place;

	place.nest = node_spawn(NULL, CLONE_NEWPID);
	place.inner = node_spawn(place.nest, CLONE_NEWPID);
	place.child = node_spawn(place.inner, 0);
	node_become_user(place.inner, USER, 0);
	node_become_user(place.child, USER, 0);
	place.nest_id = node_ns_id(place.nest);
	place.inner_id = node_ns_id(place.inner);
	return place;
}

/* From the initial namespace, which is that of the given end, to the inner one and back. */
static void check_handle(struct __test_metadata *_metadata, struct node *holder, int handle,
			 enum direction inwards, const struct place *place, long others)
{
	enum direction outwards = inwards == TO_TARGET ? TO_SOURCE : TO_TARGET;

	EXPECT_EQ(place->child->pid,
		  bound_as(holder, false, handle, outwards, place->child->own));
	EXPECT_EQ(place->child->own, bound_as(holder, false, handle, inwards, place->child->pid));
	EXPECT_EQ(1, bound_as(holder, false, handle, inwards, place->inner->pid));
	EXPECT_EQ(others, bound_as(holder, false, handle, inwards, getpid()));
	EXPECT_EQ(others, bound_as(holder, false, handle, inwards, place->nest->pid));
	EXPECT_EQ(-ESRCH, bound_as(holder, false, handle, inwards, INT_MAX));
	EXPECT_EQ(-ESRCH, bound_as(holder, false, handle, inwards, 0));
	EXPECT_EQ(-ESRCH, bound_as(holder, false, handle, outwards, INT_MAX));
}

TEST_F(bind_ancestors, own_numbers_only)
{
	struct place place = place_new();
	long handle = BIND(place.child, place.inner_id, TRANSLATE_PID_INIT_NS);

	ASSERT_LE(0, handle);
	check_handle(_metadata, place.child, handle, TO_SOURCE, &place, -ESRCH);
	handle = BIND(place.child, TRANSLATE_PID_INIT_NS, place.inner_id);
	ASSERT_LE(0, handle);
	check_handle(_metadata, place.child, handle, TO_TARGET, &place, -ESRCH);
	/* Whoever holds it, and whatever that may access. */
	handle = node_take_fd(place.child, handle);
	check_handle(_metadata, NULL, handle, TO_TARGET, &place, -ESRCH);
	node_destroy(place.inner);
	EXPECT_TRUE(handle_is_over(handle));
	EXPECT_EQ(-ESTALE, bound(handle, TO_TARGET, getpid()));
	close(handle);
}

/* Who may be given descriptors of both is given what they are without the parameter. */
TEST_F(bind_ancestors, with_access)
{
	struct place place = place_new();
	struct node *root = node_spawn(place.nest, 0), *tracer = node_spawn(place.nest, 0);
	long handle;

	node_become_user(tracer, USER, 1ULL << CAP_SYS_PTRACE);
	handle = BIND(root, place.inner_id, TRANSLATE_PID_INIT_NS);
	ASSERT_LE(0, handle);
	check_handle(_metadata, root, handle, TO_SOURCE, &place, 0);
	handle = BIND(tracer, TRANSLATE_PID_INIT_NS, place.inner_id);
	ASSERT_LE(0, handle);
	check_handle(_metadata, tracer, handle, TO_TARGET, &place, 0);
	/* What it answers was settled when it was made. */
	node_become_user(tracer, USER, 0);
	check_handle(_metadata, tracer, handle, TO_TARGET, &place, 0);
	/* One that it makes now answers less. */
	handle = BIND(tracer, TRANSLATE_PID_INIT_NS, place.inner_id);
	ASSERT_LE(0, handle);
	check_handle(_metadata, tracer, handle, TO_TARGET, &place, -ESRCH);
}

TEST_F(bind_ancestors, thread_groups)
{
	struct place place = place_new();
	pid_t tid = node_thread(place.child);
	pid_t outside = translate_by_ioctl.translate(tid, place.inner_id, 0);
	long handle = bind_with(place.child, variant->interface, place.inner_id,
				TRANSLATE_PID_INIT_NS, TRANSLATE_PID_THREAD_GROUP);

	ASSERT_LE(0, handle);
	EXPECT_EQ(place.child->pid, bound_as(place.child, false, handle, TO_TARGET, tid));
	EXPECT_EQ(place.child->own, bound_as(place.child, false, handle, TO_SOURCE, outside));
	EXPECT_EQ(-ESRCH, bound_as(place.child, false, handle, TO_SOURCE, getpid()));
}

TEST_F(bind_ancestors, others_are_refused_as_ever)
{
	struct place place = place_new();
	struct node *sibling = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	__u64 sibling_id = node_ns_id(sibling), own = place.inner_id;

	EXPECT_LE(0, BIND(place.child, own, place.nest_id));
	EXPECT_LE(0, BIND(place.child, own, own));
	EXPECT_EQ(-EPERM, BIND(place.child, TRANSLATE_PID_INIT_NS, TRANSLATE_PID_INIT_NS));
	EXPECT_EQ(-EPERM, BIND(place.child, place.nest_id, TRANSLATE_PID_INIT_NS));
	EXPECT_EQ(-EPERM, BIND(place.child, TRANSLATE_PID_INIT_NS, place.nest_id));
	EXPECT_EQ(-EPERM, BIND(place.child, sibling_id, TRANSLATE_PID_INIT_NS));
	EXPECT_EQ(-EPERM, BIND(place.child, TRANSLATE_PID_INIT_NS, sibling_id));
	EXPECT_EQ(-EPERM, BIND(place.child, own, sibling_id));
	EXPECT_EQ(-EPERM, BIND(sibling, sibling_id, place.nest_id));
	EXPECT_EQ(-EINVAL, BIND(place.child, TRANSLATE_PID_INIT_NS, 1));
	EXPECT_EQ(-EINVAL, BIND(place.child, 1, TRANSLATE_PID_INIT_NS));
}

TEST_HARNESS_MAIN
