// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each allocation of each operation fails in turn. The answer is the right one
 * or a plain "no memory", and the same question is answered rightly when there
 * is memory again. Needs a debug build.
 */
#include <sys/syscall.h>
#include <sys/wait.h>

#include "child.h"
#include "inject.h"
#include "module.h"
#include "ns_link.h"
#include "operations.h"
#include "test.h"

#define TIMEOUT	1800
/* No operation makes so many allocations. */
#define MOST	3000

FIXTURE(call_faults) {
	struct scene scene;
	__u64 namespaces_before;
};

FIXTURE_SETUP(call_faults)
{
	struct scene *scene = &self->scene;
	struct node *chain[2];

	if (!module_is_debug_build())
		SKIP(return, "needs a module built by make DEBUG=1");
	self->namespaces_before = namespace_count();
	node_spawn_chain(NULL, chain, 2);
	scene->outer = chain[0];
	scene->inner = chain[1];
	scene->outer_id = node_ns_id(scene->outer);
	scene->inner_id = node_ns_id(scene->inner);
	scene->inner_names = ns_names_of(scene->inner);
	ns_link_path(scene->inner->pid, NS_LINK, scene->link, sizeof(scene->link));
	snprintf(scene->directory, sizeof(scene->directory), "/proc/%d/ns", scene->inner->pid);
	translate_device();
	inject_setup();
}

FIXTURE_TEARDOWN(call_faults)
{
	inject_everything_within(NULL);
	ns_names_close(&self->scene.inner_names);
	nodes_destroy();
	EXPECT_EQ(self->namespaces_before, namespace_count_settles(self->namespaces_before));
}

struct tally {
	unsigned int faults, refused, right;
};

/* One attempt; returns whether there was an @nth allocation. */
static bool attempt(struct __test_metadata *_metadata, struct scene *scene,
		    const struct operation *operation, unsigned int nth, struct tally *tally)
{
	long result;
	bool hit;

	if (operation->prepare)
		operation->prepare(scene);
	inject_arm(nth);
	result = operation->call(scene);
	hit = inject_disarm();

	if (result >= 0) {
		EXPECT_TRUE(operation->right(scene, result)) {
			TH_LOG("%s with failure %u: %ld is wrong", operation->name, nth, result);
		}
	} else {
		/* EFAULT: the answer's page, shared since a fork, could not be copied. */
		EXPECT_TRUE(hit && (result == -ENOMEM || result == -EFAULT ||
				    result == -operation->error)) {
			TH_LOG("%s with failure %u: error %ld", operation->name, nth, -result);
		}
	}
	if (hit) {
		tally->faults++;
		if (result < 0)
			tally->refused++;
		else
			tally->right++;
	}
	if (operation->clean)
		operation->clean(scene, result);
	return hit;
}

static struct tally fail_each(struct __test_metadata *_metadata, struct scene *scene,
			      const struct operation *operation)
{
	struct tally tally = {};
	unsigned int nth = 1;

	while (nth < MOST && attempt(_metadata, scene, operation, nth, &tally))
		nth++;
	EXPECT_NE(MOST, nth);
	return tally;
}

TEST_F_TIMEOUT(call_faults, each_allocation_of_each_operation, TIMEOUT)
{
	struct text_range module = text_of_module();
	struct tally all, own, sum = {};

	for (size_t i = 0; i < operation_count; i++) {
		ASSERT_TRUE(operations[i].call && operations[i].right) {
			TH_LOG("operations[%zu] (%s) has no .%s: add it in tests/faults/operations.c", i,
			       operations[i].name, operations[i].call ? "right" : "call");
		}
		all = fail_each(_metadata, &self->scene, &operations[i]);
		inject_only_within(&module);
		own = fail_each(_metadata, &self->scene, &operations[i]);
		inject_only_within(NULL);
		printf("# faults: figures: call=%s faults=%u refused=%u of_module=%u of_module_refused=%u\n",
		       operations[i].name, all.faults, all.refused, own.faults, own.refused);
		sum.faults += all.faults + own.faults;
		sum.refused += all.refused + own.refused;
	}
	printf("# faults: figures: calls=all faults=%u refused=%u\n", sum.faults, sum.refused);
	EXPECT_EQ(sum.faults, inject_total());
	EXPECT_LT(0, sum.refused);
}

/* What a child process does to itself, and what came of it. */
struct deed {
	unsigned int nth;
	volatile bool done;
	bool hit;
	long result;
	pid_t init;
};

static int unshare_newpid(void *argument)
{
	struct deed *deed = argument;

	inject_arm(deed->nth);
	deed->result = result_of(unshare(CLONE_NEWPID));
	deed->hit = inject_disarm();
	if (!deed->result)
		deed->init = child_start(child_idle, NULL);
	deed->done = true;
	return child_idle(NULL);
}

static bool deed_is_done(void *argument)
{
	return ((struct deed *)argument)->done;
}

TEST_F_TIMEOUT(call_faults, each_allocation_of_unshare, TIMEOUT)
{
	struct deed *deed = shared_memory(sizeof(*deed));
	struct tally tally = {};

	for (unsigned int nth = 1; nth == 1 || deed->hit; nth++) {
		pid_t child;

		*deed = (struct deed){ .nth = nth };
		child = child_start(unshare_newpid, deed);
		ASSERT_TRUE(observe_wait(deed_is_done, deed));
		tally.faults += deed->hit;
		if (deed->result) {
			EXPECT_TRUE(deed->hit && deed->result == -ENOMEM) {
				TH_LOG("failure %u: error %ld", nth, -deed->result);
			}
			tally.refused++;
		} else {
			EXPECT_TRUE(newborn_has_id(&self->scene, deed->init)) {
				TH_LOG("failure %u", nth);
			}
			/* Its parent's end would not be enough. */
			kill(deed->init, SIGKILL);
		}
		child_kill(child);
	}
	printf("# faults: figures: call=unshare faults=%u refused=%u\n", tally.faults,
	       tally.refused);
	EXPECT_EQ(tally.faults, inject_total());
	EXPECT_LT(0, tally.refused);
}

static int exit_as_init(void *argument)
{
	struct deed *deed = argument;

	/* So that there is somebody to kill. */
	child_start(child_idle, NULL);
	while (!deed->nth)
		usleep(1000);
	inject_arm(deed->nth);
	syscall(__NR_exit_group, 0);
	return 1;
}

/* Teardown needs no memory of ours: the id dies, whatever fails. */
TEST_F_TIMEOUT(call_faults, each_allocation_of_exit, TIMEOUT)
{
	struct deed *deed = shared_memory(sizeof(*deed));
	unsigned int nth = 0, faults = 0;
	bool hit = true;

	while (hit) {
		siginfo_t info;
		__u64 id = 0;
		pid_t pid;

		*deed = (struct deed){};
		fflush(NULL);
		pid = child_clone(CLONE_NEWPID);
		ASSERT_LE(0, pid);
		if (!pid)
			_exit(exit_as_init(deed));
		ASSERT_EQ(0, translate_by_ioctl.get_id(TRANSLATE_PID_BY_PID, pid, &id, NULL));
		deed->nth = ++nth;
		ASSERT_EQ(0, waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
		hit = inject_has_come(pid);
		faults += hit;
		EXPECT_EQ(0, child_wait(pid));
		EXPECT_TRUE(id_dies(id)) {
			TH_LOG("failure %u", nth);
		}
	}
	printf("# faults: figures: call=exit faults=%u\n", faults);
	EXPECT_LT(0, faults);
	EXPECT_EQ(faults, inject_total());
}

/*
 * The same where namespaces are destroyed, in the kernel's workqueue, which no
 * task's own failures reach.
 */
TEST_F_TIMEOUT(call_faults, destruction_without_memory, TIMEOUT)
{
	struct text_range module = text_of_module();
	struct node *chain[4], *without;
	__u64 ids[ARRAY_SIZE(chain)], id = 0;
	struct translate_pid_info info = {};

	node_spawn_chain(NULL, chain, ARRAY_SIZE(chain));
	for (size_t i = 0; i < ARRAY_SIZE(chain); i++)
		ids[i] = node_ns_id(chain[i]);

	inject_everything_within(&module);
	/* It gets no entry, or nothing would be shown; and it is found without. */
	without = node_spawn(NULL, CLONE_NEWPID);
	EXPECT_EQ(0, translate_get_info(&info));
	EXPECT_EQ(self->namespaces_before + 2 + ARRAY_SIZE(chain), info.namespaces);
	EXPECT_EQ(0, translate_by_ioctl.get_id(TRANSLATE_PID_BY_PID, without->pid, &id, NULL));
	EXPECT_EQ(without->pid, translate_by_ioctl.translate(1, id, 0));
	node_destroy(without);
	EXPECT_TRUE(id_dies(id));
	node_destroy(chain[0]);
	for (size_t i = 0; i < ARRAY_SIZE(chain); i++)
		EXPECT_TRUE(id_dies(ids[i]));
	/* The two of the scene are left. */
	EXPECT_EQ(self->namespaces_before + 2,
		  namespace_count_settles(self->namespaces_before + 2));
	printf("# faults: figures: call=destruction faults=%lu\n", inject_total());
	EXPECT_LT(0, inject_total());
}

TEST_HARNESS_MAIN
