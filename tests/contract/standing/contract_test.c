// SPDX-License-Identifier: GPL-2.0-only
/* The table of the contract: each result, and which error comes first. */
#include <limits.h>

#include "test.h"

#define USER	1000

enum kind {
	OWN,		/* the caller's own namespace, the initial one */
	FRIENDLY,	/* below it; its init belongs to the caller's user */
	CLOSED,		/* below it; its init belongs to root */
	DEAD,
	KINDS,
};

TREE_FIXTURE(contract)

struct scene {
	struct node *caller;
	__u64 ids[KINDS];
	pid_t numbers[KINDS];	/* of a process of FRIENDLY, where it has one */
};

static struct scene build(void)
{
	struct scene scene = {};
	struct node *node;

	scene.caller = node_spawn(NULL, 0);
	node_become_user(scene.caller, USER, 0);

	node = node_spawn(NULL, CLONE_NEWPID);
	scene.ids[CLOSED] = node_ns_id(node);

	node = node_spawn(NULL, CLONE_NEWPID);
	node_become_user(node, USER, 0);
	scene.ids[FRIENDLY] = node_ns_id(node);
	node = node_spawn(node, 0);
	scene.numbers[OWN] = node->pid;
	scene.numbers[FRIENDLY] = node->own;

	node = node_spawn(NULL, CLONE_NEWPID);
	scene.ids[DEAD] = node_ns_id(node);
	node_destroy(node);
	if (!id_dies(scene.ids[DEAD]))
		observe_die("the id of a destroyed namespace stays alive");
	return scene;
}

static long expected(const struct scene *scene, enum kind source,
		     enum kind target, bool exists)
{
	if (source == DEAD)
		return -EINVAL;
	if (source == CLOSED)
		return -EPERM;
	if (target == DEAD)
		return -EINVAL;
	if (target == CLOSED)
		return -EPERM;
	return exists ? scene->numbers[target] : -ESRCH;
}

TEST_F(contract, every_source_target_and_pid)
{
	struct scene scene = build();

	for (int source = 0; source < KINDS; source++) {
		for (int target = 0; target < KINDS; target++) {
			EXPECT_EQ(expected(&scene, source, target, true),
				  translate_as(scene.caller, variant->interface,
					       scene.numbers[source] ?: 1,
					       scene.ids[source],
					       scene.ids[target])) {
				TH_LOG("source %d, target %d, pid exists",
				       source, target);
			}
			EXPECT_EQ(expected(&scene, source, target, false),
				  translate_as(scene.caller, variant->interface, 0,
					       scene.ids[source],
					       scene.ids[target])) {
				TH_LOG("source %d, target %d, no pid", source,
				       target);
			}
		}
	}
}

TEST_F(contract, numbers_that_nobody_has)
{
	static const pid_t nobody[] = {
		0, -1, -2, INT_MIN, INT_MIN + 1, INT_MAX, INT_MAX - 1, 1 << 22,
	};
	struct scene scene = build();

	for (size_t i = 0; i < ARRAY_SIZE(nobody); i++) {
		for (int source = OWN; source <= FRIENDLY; source++) {
			for (int target = OWN; target <= FRIENDLY; target++) {
				EXPECT_EQ(-ESRCH,
					  translate_as(scene.caller,
						       variant->interface,
						       nobody[i],
						       scene.ids[source],
						       scene.ids[target])) {
					TH_LOG("pid %d, source %d, target %d",
					       nobody[i], source, target);
				}
			}
		}
	}
}

/* Only a number in the source counts, not one elsewhere. */
TEST_F(contract, number_of_another_namespace)
{
	static const pid_t elsewhere = 3333;
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *other = node_spawn(NULL, CLONE_NEWPID);
	__u64 id = node_ns_id(init), other_id = node_ns_id(other);
	int error = 0;

	ASSERT_NE(NULL, node_try_spawn(init, 0, &elsewhere, 1, &error));
	EXPECT_EQ(elsewhere, variant->interface->translate(elsewhere, id, id));
	EXPECT_EQ(0, variant->interface->translate(elsewhere, id, other_id));
	EXPECT_EQ(-ESRCH, variant->interface->translate(elsewhere, other_id, id));
	EXPECT_EQ(-ESRCH, variant->interface->translate(elsewhere, other_id, 0));
}

TEST_F(contract, ids_that_were_never_given)
{
	struct node *node = node_spawn(NULL, CLONE_NEWPID);
	__u64 id = node_ns_id(node);

	EXPECT_EQ(1, variant->interface->translate(1, id, id));
	for (int bit = 0; bit < 64; bit++) {
		EXPECT_EQ(-EINVAL,
			  variant->interface->translate(1, id ^ 1ULL << bit, id));
		EXPECT_EQ(-EINVAL,
			  variant->interface->translate(1, id, id ^ 1ULL << bit));
		EXPECT_EQ(-EINVAL,
			  variant->interface->translate(1, 1ULL << bit, 0));
	}
	EXPECT_EQ(-EINVAL, variant->interface->translate(1, ~0ULL, 0));
	EXPECT_EQ(-EINVAL, variant->interface->translate(1, 0, ~0ULL));
	/* Neither half alone names it. */
	EXPECT_EQ(-EINVAL, variant->interface->translate(1, (__u32)id, id));
	EXPECT_EQ(-EINVAL, variant->interface->translate(1, id >> 32 << 32, id));
}

/* A caller inside a namespace: ids and pids mean the same to everyone. */
TEST_F(contract, answer_does_not_depend_on_the_caller)
{
	struct node *chain[3];
	__u64 ids[3];

	node_spawn_chain(NULL, chain, 3);
	for (int i = 0; i < 3; i++)
		ids[i] = node_ns_id(chain[i]);
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(chain[2]->pid, translate_as(chain[i], variant->interface,
						      1, ids[2], 0));
		EXPECT_EQ(1, translate_as(chain[i], variant->interface,
					  chain[2]->pid, 0, ids[2]));
		EXPECT_EQ(chain[2]->in_parent,
			  translate_as(chain[i], variant->interface, 1, ids[2],
				       ids[1]));
		EXPECT_EQ(0, translate_as(chain[i], variant->interface, 1, ids[0],
					  ids[2]));
	}
}

TEST_HARNESS_MAIN
