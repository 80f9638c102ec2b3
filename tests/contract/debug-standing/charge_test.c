// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of a namespace's entry in the module's table is charged to the
 * memory cgroup of whoever creates the namespace, so that its limit holds. Two
 * cgroups get equally many namespaces, but only those of one get entries, which
 * a debug build can refuse.
 *
 * RUNS: on one ABI, because memory cgroups are no matter of the ABI.
 * RUNS: not on one CPU, because what is charged is no matter of their number.
 */
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "child.h"
#include "module.h"
#include "test.h"

#define CGROUPS		"/sys/fs/cgroup/"
/* So many are allowed on the KASAN kernel, too, where stacks are large and memory is little. */
#define NAMESPACES	1000
/* No less than the fields of an entry, no more than its slab and what the kernel keeps for that. */
#define ENTRY_LEAST	40
#define ENTRY_MOST	192
/* The kernel charges by bytes, but each CPU keeps some pages back. */
#define SLACK		(4 * 4096)
/* The kernel sums the statistics up every 2 s. */
#define SUMMED_UP_S	5

struct maker {
	char group[64];
	atomic_bool done;
};

FIXTURE(charge) {
	__u64 namespaces_before;
	bool enabled;
};

FIXTURE_SETUP(charge)
{
	char controllers[256];

	if (!module_is_debug_build())
		SKIP(return, "needs a module built by make DEBUG=1");
	ASSERT_LT(0, observe_read(CGROUPS "cgroup.controllers", controllers, sizeof(controllers)));
	ASSERT_NE(NULL, strstr(controllers, "memory"));
	ASSERT_LE(0, observe_read(CGROUPS "cgroup.subtree_control", controllers,
				  sizeof(controllers)));
	if (!strstr(controllers, "memory")) {
		ASSERT_EQ(0, observe_write(CGROUPS "cgroup.subtree_control", "+memory"));
		self->enabled = true;
	}
	self->namespaces_before = namespace_count_settles(1);
	ASSERT_EQ(1, self->namespaces_before);
}

FIXTURE_TEARDOWN(charge)
{
	module_set_parameter("debug_fail_atomic_memory", 0);
	if (self->enabled) {
		EXPECT_EQ(0, observe_write(CGROUPS "cgroup.subtree_control", "-memory"));
	}
}

/* Joins the cgroup, makes namespaces without processes, and keeps them by descriptors. */
static int make_namespaces(void *argument)
{
	struct rlimit limit = { NAMESPACES + 64, NAMESPACES + 64 };
	struct maker *maker = argument;
	char procs[128];
	int own;

	snprintf(procs, sizeof(procs), "%s/cgroup.procs", maker->group);
	own = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	if (own < 0 || setrlimit(RLIMIT_NOFILE, &limit) || observe_write(procs, "0"))
		return 1;
	for (int i = 0; i < NAMESPACES; i++) {
		if (unshare(CLONE_NEWPID) ||
		    open("/proc/self/ns/pid_for_children", O_RDONLY | O_CLOEXEC) < 0 ||
		    setns(own, CLONE_NEWPID))
			return 2;
	}
	atomic_store(&maker->done, true);
	return child_idle(NULL);
}

static bool is_done(void *argument)
{
	return atomic_load(&((struct maker *)argument)->done);
}

static bool is_removed(void *argument)
{
	return rmdir(argument) == 0;
}

/* Bytes of slab that the cgroup cannot give back; -1 if the kernel does not say. */
static long slab_of(const char *group)
{
	static const char name[] = "\nslab_unreclaimable ";
	static char text[16384];
	char path[128];
	const char *line;

	snprintf(path, sizeof(path), "%s/memory.stat", group);
	if (observe_read(path, text, sizeof(text)) < 0)
		return -1;
	line = strstr(text, name);
	return line ? atol(line + strlen(name)) : -1;
}

/* What the namespaces cost a cgroup, with or without entries; -1: no answer. */
static long cost(struct __test_metadata *_metadata, bool entries)
{
	struct maker *maker = shared_memory(sizeof(*maker));
	__u64 before = namespace_count();
	long bytes;
	pid_t pid;

	snprintf(maker->group, sizeof(maker->group), CGROUPS "translate_pid_charge");
	EXPECT_EQ(0, mkdir(maker->group, 0755));
	module_set_parameter("debug_fail_atomic_memory", !entries);
	pid = child_start(make_namespaces, maker);
	EXPECT_TRUE(observe_wait(is_done, maker));
	EXPECT_EQ(before + (entries ? NAMESPACES : 0), namespace_count());
	sleep(SUMMED_UP_S);
	bytes = slab_of(maker->group);
	child_kill(pid);
	module_set_parameter("debug_fail_atomic_memory", 0);
	EXPECT_EQ(before, namespace_count_settles(before));
	EXPECT_TRUE(observe_wait(is_removed, maker->group));
	return bytes;
}

TEST_F_TIMEOUT(charge, entries_are_paid_by_the_creator, 300)
{
	long without, with;

	/* The kernel's caches fill up. */
	cost(_metadata, true);
	without = cost(_metadata, false);
	with = cost(_metadata, true);
	TH_LOG("%d namespaces cost %ld bytes without entries, %ld with", NAMESPACES, without, with);
	ASSERT_LT(0, without);
	EXPECT_LT((long)NAMESPACES * ENTRY_LEAST - SLACK, with - without);
	EXPECT_GT((long)NAMESPACES * ENTRY_MOST + SLACK, with - without);
}

TEST_HARNESS_MAIN
