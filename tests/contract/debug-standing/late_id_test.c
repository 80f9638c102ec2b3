// SPDX-License-Identifier: GPL-2.0-only
/*
 * Namespaces that got no id when they were created, because there was no memory,
 * get it when it is first asked for, whichever way. Needs a debug build.
 */
#include <stdatomic.h>

#include "child.h"
#include "module.h"
#include "ns_link.h"
#include "ns_question.h"
#include "stall.h"
#include "test.h"

#define ASKERS	4

FIXTURE(late) {
	__u64 namespaces_before;
};

FIXTURE_SETUP(late)
{
	if (!module_is_debug_build())
		SKIP(return, "needs a module built by make DEBUG=1");
	/* Those of the program before may still be dying. */
	self->namespaces_before = namespace_count_settles(1);
	ASSERT_EQ(1, self->namespaces_before);
	module_set_parameter("debug_fail_atomic_memory", 1);
}

FIXTURE_TEARDOWN(late)
{
	module_set_parameter("debug_fail_atomic_memory", 0);
	nodes_destroy();
	EXPECT_EQ(self->namespaces_before,
		  namespace_count_settles(self->namespaces_before));
}

static struct translate_pid_info counters(void)
{
	struct translate_pid_info info = {};

	translate_get_info(&info);
	return info;
}

/* What each way of asking gives: the id, or 0. */
typedef __u64 (*way)(struct node *init);

static __u64 ask_by(struct node *caller, __u32 by, __u64 value)
{
	__u64 id = 0;

	get_id_as(caller, &translate_by_ioctl, by, value, &id, NULL);
	return id;
}

static __u64 by_self(struct node *init)
{
	return ask_by(init, TRANSLATE_PID_BY_SELF, 0);
}

static __u64 by_pid(struct node *init)
{
	return ask_by(NULL, TRANSLATE_PID_BY_PID, init->pid);
}

static __u64 by_pidfd(struct node *init)
{
	int fd = observe_pidfd(init->pid, 0);
	__u64 id = ask_by(NULL, TRANSLATE_PID_BY_PIDFD, fd);

	close(fd);
	return id;
}

static __u64 by_nsfd(struct node *init)
{
	int fd = observe_open_ns(init->pid, "pid");
	__u64 id = ask_by(NULL, TRANSLATE_PID_BY_NSFD, fd);

	close(fd);
	return id;
}

static __u64 by_ns_id(struct node *init)
{
	int fd = observe_open_ns(init->pid, "pid");
	__u64 id = ask_by(NULL, TRANSLATE_PID_BY_NS_ID, observe_ns_id(fd));

	close(fd);
	return id;
}

static __u64 by_file(struct node *init)
{
	__u64 id = 0;

	own_id_as(init, &id);
	return id;
}

static __u64 by_link(struct node *init)
{
	char text[64];

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

TEST_F(late, at_the_first_question)
{
	for (size_t first = 0; first < ARRAY_SIZE(ways); first++) {
		struct translate_pid_info before = counters(), after;
		struct node *init = node_spawn(NULL, CLONE_NEWPID);
		__u64 id;

		after = counters();
		EXPECT_EQ(before.namespaces, after.namespaces);
		EXPECT_EQ(before.issued, after.issued);
		EXPECT_EQ(before.late, after.late);

		id = ways[first].ask(init);
		EXPECT_NE(0, id) {
			TH_LOG("%s gives no id", ways[first].name);
		}
		after = counters();
		EXPECT_EQ(before.namespaces + 1, after.namespaces);
		EXPECT_EQ(before.issued + 1, after.issued);
		EXPECT_EQ(before.late + 1, after.late);
		for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
			EXPECT_EQ(id, ways[i].ask(init)) {
				TH_LOG("first %s, then %s", ways[first].name,
				       ways[i].name);
			}
		}
		EXPECT_EQ(after.late, counters().late);
		EXPECT_EQ(after.issued, counters().issued);
		EXPECT_EQ(init->pid, translate_by_ioctl.translate(1, id, 0));
		node_destroy(init);
		EXPECT_EQ(self->namespaces_before,
			  namespace_count_settles(self->namespaces_before));
	}
}

/* Ids exist for those who ask; the rest works without. */
TEST_F(late, without_a_question)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct translate_pid_info before = counters();
	int fd = observe_open_ns(init->pid, "pid"), opened;

	EXPECT_EQ(init->pid,
		  translate_by_ioctl.get_init_pid(TRANSLATE_PID_BY_NSFD, fd));
	opened = translate_by_ioctl.open_ns(TRANSLATE_PID_BY_PID, init->pid);
	EXPECT_LE(0, opened);
	EXPECT_EQ(before.issued, counters().issued);
	close(opened);
	close(fd);
	/* One that never had an id dies unnoticed. */
	node_destroy(init);
	EXPECT_EQ(before.namespaces, counters().namespaces);
}

/* Each namespace of a chain by itself. */
TEST_F(late, nested)
{
	struct translate_pid_info before = counters();
	struct node *chain[5];
	__u64 ids[5];

	node_spawn_chain(NULL, chain, 5);
	for (int i = 4; i >= 0; i--) {
		ids[i] = by_link(chain[i]);
		EXPECT_NE(0, ids[i]);
		EXPECT_EQ(before.late + 5 - i, counters().late);
	}
	for (int i = 0; i < 5; i++) {
		EXPECT_EQ(ids[i], by_self(chain[i]));
		EXPECT_EQ(chain[i]->pid,
			  translate_by_ioctl.translate(1, ids[i], 0));
	}
}

struct simultaneous {
	atomic_bool go;
	atomic_int ready;
	pid_t pid;
	__u64 ids[ASKERS];
	atomic_int next;
};

static int ask_at_once(void *argument)
{
	struct simultaneous *s = argument;
	int own = s->next++;
	char path[64], text[64] = "";

	ns_link_path(s->pid, NS_LINK, path, sizeof(path));
	translate_device();
	s->ready++;
	while (!s->go)
		;
	if (own % 2) {
		ns_link_read(AT_FDCWD, path, text, sizeof(text));
		s->ids[own] = strtoull(text + 1, NULL, 10);
	} else {
		translate_by_ioctl.get_id(TRANSLATE_PID_BY_PID, s->pid,
					  &s->ids[own], NULL);
	}
	return 0;
}

/* Whoever comes second gets what the first one got. */
TEST_F(late, asked_for_by_several_at_once)
{
	for (int round = 0; round < 20; round++) {
		struct simultaneous *s = shared_memory(sizeof(*s));
		struct node *init = node_spawn(NULL, CLONE_NEWPID);
		struct translate_pid_info before;
		pid_t children[ASKERS];

		s->pid = init->pid;
		for (int i = 0; i < ASKERS; i++)
			children[i] = child_start(ask_at_once, s);
		before = counters();
		while (s->ready < ASKERS)
			usleep(100);
		s->go = true;
		for (int i = 0; i < ASKERS; i++)
			EXPECT_EQ(0, child_wait(children[i]));
		EXPECT_NE(0, s->ids[0]);
		for (int i = 1; i < ASKERS; i++)
			EXPECT_EQ(s->ids[0], s->ids[i]);
		EXPECT_EQ(before.issued + 1, counters().issued);
		EXPECT_EQ(before.late + 1, counters().late);
		node_destroy(init);
	}
}

/* Memory comes and goes while namespaces do. */
struct churn {
	atomic_bool stop;
	atomic_ulong made;
	atomic_ulong without;	/* an id */
};

static int make_namespaces(void *argument)
{
	struct churn *churn = argument;

	while (!churn->stop) {
		struct node *init = node_spawn(NULL, CLONE_NEWPID);
		struct node *inner = node_spawn(init, CLONE_NEWPID);
		size_t first = churn->made++ % ARRAY_SIZE(ways);
		__u64 id = ways[first].ask(inner), outer = by_self(init);

		if (!id || !outer || id == outer || id != by_self(inner) ||
		    translate_by_syscall.translate(1, id, outer) !=
		    inner->in_parent)
			churn->without++;
		nodes_destroy();
	}
	return 0;
}

TEST_F(late, churn)
{
	struct churn *churn = shared_memory(sizeof(*churn));
	struct translate_pid_info before = counters(), after;
	pid_t children[3];

	for (size_t i = 0; i < ARRAY_SIZE(children); i++)
		children[i] = child_start(make_namespaces, churn);
	for (int i = 0; i < 20; i++) {
		module_set_parameter("debug_fail_atomic_memory", i % 4 != 3);
		usleep(150000);
	}
	churn->stop = true;
	for (size_t i = 0; i < ARRAY_SIZE(children); i++)
		EXPECT_EQ(0, child_wait(children[i]));
	after = counters();
	EXPECT_EQ(0, churn->without);
	EXPECT_LT(before.late, after.late);
	EXPECT_GE(after.issued - before.issued, after.late - before.late);
	EXPECT_EQ(2 * churn->made, after.issued - before.issued);
	TH_LOG("%lu rounds, %llu ids, %llu of them late",
	       (unsigned long)churn->made, after.issued - before.issued,
	       after.late - before.late);
}

/* A module that is loaded while they exist finds all of them. */
TEST_F(late, adopted_by_the_next_load)
{
	struct node *chain[3];

	node_spawn_chain(NULL, chain, 3);
	module_must_reload("");
	EXPECT_EQ(self->namespaces_before + 3, namespace_count());
	EXPECT_EQ(0, counters().late);
	for (int i = 0; i < 3; i++)
		EXPECT_NE(0, by_link(chain[i]));
	EXPECT_EQ(0, counters().late);
}

TEST_HARNESS_MAIN
