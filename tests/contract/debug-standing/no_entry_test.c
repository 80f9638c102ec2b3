// SPDX-License-Identifier: GPL-2.0-only
/*
 * Namespaces that got no entry in the module's table when they were created,
 * because there was no memory, are found all the same, by every command, and
 * die as others do. Needs a debug build.
 *
 * RUNS: not on one CPU, because it looks for races, which need several.
 */
#include <stdatomic.h>

#include "child.h"
#include "module.h"
#include "ns_link.h"
#include "ns_question.h"
#include "stall.h"
#include "test.h"

/* Nobody has this number: translations of it end with ESRCH. */
#define HELD	4000001

FIXTURE(no_entry) {
	__u64 namespaces_before;
};

NAMING_VARIANTS(no_entry);

FIXTURE_SETUP(no_entry)
{
	if (!module_is_debug_build())
		SKIP(return, "needs a module built by make DEBUG=1");
	/* Those of the program before may still be dying. */
	self->namespaces_before = namespace_count_settles(1);
	ASSERT_EQ(1, self->namespaces_before);
	module_set_parameter("debug_fail_atomic_memory", 1);
}

FIXTURE_TEARDOWN(no_entry)
{
	stall(0);
	module_set_parameter("debug_fail_atomic_memory", 0);
	nodes_destroy();
	EXPECT_EQ(self->namespaces_before,
		  namespace_count_settles(self->namespaces_before));
}

/* What each way of asking gives: the id, or 0. */
typedef __u64 (*way)(const struct translate_interface *interface, struct node *init);

static __u64 ask_by(const struct translate_interface *interface, struct node *caller,
		    __u32 by, __u64 value)
{
	__u64 id = 0;

	get_id_as(caller, interface, by, value, &id, NULL);
	return id;
}

static __u64 by_self(const struct translate_interface *interface, struct node *init)
{
	return ask_by(interface, init, TRANSLATE_PID_BY_SELF, 0);
}

static __u64 by_pid(const struct translate_interface *interface, struct node *init)
{
	return ask_by(interface, NULL, TRANSLATE_PID_BY_PID, init->pid);
}

static __u64 by_pidfd(const struct translate_interface *interface, struct node *init)
{
	int fd = observe_pidfd(init->pid, 0);
	__u64 id = ask_by(interface, NULL, TRANSLATE_PID_BY_PIDFD, fd);

	close(fd);
	return id;
}

static __u64 by_nsfd(const struct translate_interface *interface, struct node *init)
{
	int fd = observe_open_ns(init->pid, "pid");
	__u64 id = ask_by(interface, NULL, TRANSLATE_PID_BY_NSFD, fd);

	close(fd);
	return id;
}

static __u64 by_ns_id(const struct translate_interface *interface, struct node *init)
{
	int fd = observe_open_ns(init->pid, "pid");
	__u64 id = ask_by(interface, NULL, TRANSLATE_PID_BY_NS_ID, observe_ns_id(fd));

	close(fd);
	return id;
}

static long read_own_file(void *data)
{
	char text[64];

	if (observe_read("/proc/pidns_id", text, sizeof(text)) > 0)
		*(__u64 *)data = strtoull(text, NULL, 10);
	return 0;
}

static __u64 by_file(const struct translate_interface *interface, struct node *init)
{
	__u64 id = 0;

	(void)interface;
	node_call(init, read_own_file, &id, sizeof(id));
	return id;
}

static __u64 by_link(const struct translate_interface *interface, struct node *init)
{
	char text[64];

	(void)interface;
	if (ns_link_of(init->pid, NS_LINK, text, sizeof(text)) < 0)
		return 0;
	return strtoull(text + 1, NULL, 10);
}

static const struct {
	const char *name;
	way ask;
} ways[] = {
	{ "by self", by_self }, { "by pid", by_pid }, { "by pidfd", by_pidfd },
	{ "by descriptor", by_nsfd }, { "by the kernel's id", by_ns_id },
	{ "/proc/pidns_id", by_file }, { "the link", by_link },
};

/* Every command knows the id. */
static void check_alive(struct __test_metadata *_metadata, const struct translate_interface *interface,
			struct node *init, __u64 id)
{
	struct node *inside = node_spawn(init, 0);
	int kernels = observe_open_ns(init->pid, "pid"), opened;
	__u64 found = 0, ns_id = 0;

	EXPECT_EQ(init->pid, interface->translate(1, id, 0));
	EXPECT_EQ(1, interface->translate(init->pid, 0, id));
	EXPECT_EQ(init->pid, translate_by_syscall.translate(1, id, 0));
	EXPECT_EQ(1, translate_by_syscall.translate(init->pid, 0, id));
	EXPECT_EQ(inside->pid, translate_as(inside, interface, inside->own, id, 0));
	EXPECT_EQ(-ESRCH, interface->translate(HELD, id, id));
	EXPECT_EQ(0, interface->get_id(TRANSLATE_PID_BY_ID, id, &found, &ns_id));
	EXPECT_EQ(id, found);
	EXPECT_EQ(observe_ns_id(kernels), ns_id);
	EXPECT_EQ(init->pid, interface->get_init_pid(TRANSLATE_PID_BY_ID, id));
	opened = interface->open_ns(TRANSLATE_PID_BY_ID, id);
	EXPECT_LE(0, opened);
	EXPECT_EQ(ns_id, observe_ns_id(opened));
	close(opened);
	close(kernels);
	node_destroy(inside);
}

static void check_dead(struct __test_metadata *_metadata, const struct translate_interface *interface,
		       __u64 id)
{
	EXPECT_EQ(-EINVAL, interface->translate(1, id, 0));
	EXPECT_EQ(-EINVAL, interface->translate(1, 0, id));
	EXPECT_EQ(-EINVAL, translate_by_syscall.translate(1, id, 0));
	EXPECT_EQ(-EINVAL, translate_by_syscall.translate(1, 0, id));
	EXPECT_EQ(-EINVAL, interface->get_id(TRANSLATE_PID_BY_ID, id, NULL, NULL));
	EXPECT_EQ(-EINVAL, interface->get_init_pid(TRANSLATE_PID_BY_ID, id));
	EXPECT_EQ(-EINVAL, interface->open_ns(TRANSLATE_PID_BY_ID, id));
}

TEST_F(no_entry, found_by_every_command)
{
	for (size_t first = 0; first < ARRAY_SIZE(ways); first++) {
		struct node *init = node_spawn(NULL, CLONE_NEWPID);
		__u64 id = ways[first].ask(variant->interface, init);

		EXPECT_NE(0, id) {
			TH_LOG("%s gives no id", ways[first].name);
		}
		for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
			EXPECT_EQ(id, ways[i].ask(variant->interface, init)) {
				TH_LOG("first %s, then %s", ways[first].name,
				       ways[i].name);
			}
		}
		check_alive(_metadata, variant->interface, init, id);
		/* It has no entry, and no question has made one. */
		EXPECT_EQ(self->namespaces_before, namespace_count());
		node_destroy(init);
		EXPECT_TRUE(id_dies(id));
		check_dead(_metadata, variant->interface, id);
	}
}

/* Once any command said that an id is dead, all say so, and for ever. */
TEST_F(no_entry, dies_at_once_for_every_command)
{
	for (int i = 0; i < 100; i++) {
		struct node *init = node_spawn(NULL, CLONE_NEWPID);
		__u64 id = node_ns_id(init);
		__u64 end = observe_clock_ms() + PATIENCE_MS;

		node_destroy(init);
		while (variant->interface->translate(1, id, 0) != -EINVAL)
			ASSERT_LT(observe_clock_ms(), end);
		check_dead(_metadata, variant->interface, id);
	}
}

TEST_F(no_entry, nested)
{
	struct node *chain[5];
	__u64 ids[5];

	/* Some of them have one. */
	for (int i = 0; i < 5; i++) {
		module_set_parameter("debug_fail_atomic_memory", i % 2);
		chain[i] = node_spawn(i ? chain[i - 1] : NULL, CLONE_NEWPID);
		ids[i] = node_ns_id(chain[i]);
	}
	EXPECT_EQ(self->namespaces_before + 3, namespace_count());
	for (int i = 0; i < 5; i++) {
		check_alive(_metadata, variant->interface, chain[i], ids[i]);
		for (int j = 0; j < i; j++) {
			EXPECT_NE(ids[i], ids[j]);
			EXPECT_LT(1, variant->interface->translate(1, ids[i], ids[j]));
			EXPECT_EQ(0, variant->interface->translate(1, ids[j], ids[i]));
		}
	}
	node_destroy(chain[0]);
	for (int i = 0; i < 5; i++)
		EXPECT_TRUE(id_dies(ids[i]));
}

/* Who may ask does not depend on how it is found. */
TEST_F(no_entry, access_is_checked)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *user = node_spawn(NULL, 0);
	__u64 id = node_ns_id(init);

	node_become_user(user, 65534, 0);
	EXPECT_EQ(-EPERM, translate_as(user, variant->interface, 1, id, 0));
	EXPECT_EQ(-EPERM, translate_as(user, variant->interface, 1, 0, id));
	EXPECT_EQ(-EPERM, translate_as(user, &translate_by_syscall, 1, id, 0));
	EXPECT_EQ(-EPERM, get_id_as(user, variant->interface, TRANSLATE_PID_BY_ID, id, NULL, NULL));
	EXPECT_EQ(-EPERM, open_ns_as(user, variant->interface, TRANSLATE_PID_BY_ID, id));
}

/* Kept by a descriptor alone, without a process. */
TEST_F(no_entry, without_processes)
{
	__u64 id;
	int fd = namespace_without_processes(&id);

	EXPECT_EQ(0, variant->interface->get_id(TRANSLATE_PID_BY_ID, id, NULL, NULL));
	EXPECT_EQ(-ESRCH, variant->interface->translate(1, id, id));
	EXPECT_EQ(self->namespaces_before, namespace_count());
	close(fd);
	/* Not at some time: the last reference is gone. */
	check_dead(_metadata, variant->interface, id);
}

/* A lookup that has found it is inside while it goes; a debug kernel would tell. */
TEST_F(no_entry, held_by_a_lookup)
{
	struct lookup *lookup;
	__u64 id;
	int fd = namespace_without_processes(&id);
	long removed_before = removed();

	stall(HELD);
	lookup = lookup_start(variant->interface, HELD, id, id, -1, false);
	ASSERT_TRUE(counter_reaches(stalled, 1));
	close(fd);
	check_dead(_metadata, variant->interface, id);
	usleep(300000);
	EXPECT_EQ(1, stalled());
	stall(0);
	/* It had entered in time: its answer is an answer. */
	EXPECT_EQ(-ESRCH, lookup_wait(lookup));
	EXPECT_EQ(removed_before, removed());
}

/* Memory comes and goes while namespaces do. */
struct churn {
	const struct translate_interface *interface;
	atomic_bool stop;
	atomic_ulong made;
	atomic_ulong wrong;
};

static int make_namespaces(void *argument)
{
	struct churn *churn = argument;
	const struct translate_interface *interface = churn->interface;

	while (!churn->stop) {
		struct node *init = node_spawn(NULL, CLONE_NEWPID);
		struct node *inner = node_spawn(init, CLONE_NEWPID);
		size_t first = churn->made++ % ARRAY_SIZE(ways);
		__u64 id = ways[first].ask(interface, inner), outer = by_self(interface, init);

		if (!id || !outer || id == outer || id != by_self(interface, inner) ||
		    interface->translate(1, id, outer) != inner->in_parent ||
		    interface->translate(1, id, 0) != inner->pid)
			churn->wrong++;
		nodes_destroy();
		if (!id_dies(id) || !id_dies(outer))
			churn->wrong++;
	}
	return 0;
}

TEST_F_TIMEOUT(no_entry, churn, 90)
{
	struct churn *churn = shared_memory(sizeof(*churn));
	long removed_before = removed(), had_entries;
	pid_t children[3];

	churn->interface = variant->interface;
	for (size_t i = 0; i < ARRAY_SIZE(children); i++)
		children[i] = child_start(make_namespaces, churn);
	for (int i = 0; i < 20; i++) {
		module_set_parameter("debug_fail_atomic_memory", i % 2);
		usleep(150000);
	}
	churn->stop = true;
	for (size_t i = 0; i < ARRAY_SIZE(children); i++)
		EXPECT_EQ(0, child_wait(children[i]));
	EXPECT_EQ(self->namespaces_before,
		  namespace_count_settles(self->namespaces_before));
	had_entries = removed() - removed_before;
	EXPECT_EQ(0, churn->wrong);
	/* Some had an entry, some had none. */
	EXPECT_LT(0, had_entries);
	EXPECT_GT(2 * (long)churn->made, had_entries);
	TH_LOG("%lu namespaces, %ld of them with an entry", 2 * churn->made, had_entries);
}

/* A module that is loaded while they exist gives all of them entries. */
TEST_F(no_entry, adopted_by_the_next_load)
{
	static const char key[] = "key=000102030405060708090a0b0c0d0e0f";
	struct node *chain[3];
	__u64 ids[3];

	module_must_reload(key);
	module_set_parameter("debug_fail_atomic_memory", 1);
	node_spawn_chain(NULL, chain, 3);
	for (int i = 0; i < 3; i++)
		ids[i] = node_ns_id(chain[i]);
	EXPECT_EQ(self->namespaces_before, namespace_count());
	module_must_reload(key);
	EXPECT_EQ(self->namespaces_before + 3, namespace_count());
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(ids[i], node_ns_id(chain[i]));
		check_alive(_metadata, variant->interface, chain[i], ids[i]);
	}
	module_must_reload("");
}

TEST_HARNESS_MAIN
