// SPDX-License-Identifier: GPL-2.0-only
/*
 * TRANSLATE_PID_LIST_PIDS: what has a number in a namespace, and what it is.
 *
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <dirent.h>

#include "pid_list.h"
#include "stall.h"
#include "test.h"

#define USER	1000

TREE_FIXTURE_WITH(list, NAMING_VARIANTS)

TREE_FIXTURE_WITH(list_whole, NO_VARIANTS)

struct wanted {
	pid_t pid;
	pid_t number;
	pid_t group;
	__u32 kind;
};

/* The list must be this and nothing else, in this order. */
static void expect_list(struct __test_metadata *_metadata, struct node *caller,
			const struct translate_interface *interface, __u64 source, __u64 target,
			__u32 flags, const struct wanted *wanted, __u32 count)
{
	struct pid_list list = { .request = {
		.source = source, .target = target, .flags = flags, .count = PID_LIST_PART,
	} };

	ASSERT_EQ(0, pid_list_as(caller, interface, &list));
	ASSERT_EQ(count, list.request.done);
	EXPECT_EQ(0, list.request.cursor);
	for (__u32 i = 0; i < count; i++) {
		const struct translate_pid_list_entry *entry = &list.entries[i];

		EXPECT_TRUE(entry->pid == wanted[i].pid && entry->number == wanted[i].number &&
			    entry->thread_group == wanted[i].group && entry->kind == wanted[i].kind) {
			TH_LOG("entry %u: pid %d for %d, number %d for %d, group %d for %d, kind %u for %u",
			       i, entry->pid, wanted[i].pid, entry->number, wanted[i].number,
			       entry->thread_group, wanted[i].group, entry->kind, wanted[i].kind);
		}
	}
	EXPECT_EQ(PID_LIST_MARK, list.entries[count].kind);
}

static pid_t translated(pid_t pid, __u64 source, __u64 target)
{
	long number = translate_by_ioctl.translate(pid, source, target);

	if (number < 0)
		observe_die("%d of %llu is not translated: error %ld", pid,
			    (unsigned long long)source, -number);
	return number;
}

/* One of each kind in a namespace, in the order of their numbers. */
struct scene {
	struct node *parent;	/* init of the namespace around it */
	struct node *init;
	struct node *child;
	struct node *zombie;
	struct node *leader;	/* reaped: its session is left */
	struct node *member;
	pid_t tid;		/* of the child */
	struct node *inner;	/* init of a namespace inside */
	pid_t inner_tid;
	__u64 parent_id, id, inner_id;
};

static struct scene make_scene(void)
{
	struct scene scene = { .parent = node_spawn(NULL, CLONE_NEWPID) };

	scene.init = node_spawn(scene.parent, CLONE_NEWPID);
	scene.child = node_spawn(scene.init, 0);
	scene.zombie = node_spawn(scene.init, 0);
	scene.leader = node_spawn(scene.init, 0);
	node_lead_session(scene.leader);
	scene.member = node_spawn(scene.leader, 0);
	node_outlive_parent(scene.member);
	scene.tid = node_thread(scene.child);
	scene.inner = node_spawn(scene.init, CLONE_NEWPID);
	scene.inner_tid = node_thread(scene.inner);
	node_exit(scene.zombie);
	node_destroy(scene.leader);
	scene.parent_id = node_ns_id(scene.parent);
	scene.id = node_ns_id(scene.init);
	scene.inner_id = node_ns_id(scene.inner);
	return scene;
}

/* What is in it, with numbers in the target, whatever that is. */
#define SCENE_COUNT	8

static void scene_wanted(const struct scene *scene, __u64 target, struct wanted *wanted)
{
	const struct {
		pid_t pid, group;
		__u32 kind;
	} known[SCENE_COUNT] = {
		{ 1, 1, TRANSLATE_PID_KIND_PROCESS },
		{ scene->child->own, scene->child->own, TRANSLATE_PID_KIND_PROCESS },
		{ scene->zombie->own, scene->zombie->own, TRANSLATE_PID_KIND_ZOMBIE },
		{ scene->leader->own, 0, TRANSLATE_PID_KIND_GROUP },
		{ scene->member->own, scene->member->own, TRANSLATE_PID_KIND_PROCESS },
		{ scene->tid, scene->child->own, TRANSLATE_PID_KIND_THREAD },
		{ scene->inner->in_parent, scene->inner->in_parent, TRANSLATE_PID_KIND_PROCESS },
		{ translated(scene->inner_tid, scene->inner_id, scene->id),
		  scene->inner->in_parent, TRANSLATE_PID_KIND_THREAD },
	};

	for (int i = 0; i < SCENE_COUNT; i++)
		wanted[i] = (struct wanted){
			.pid = known[i].pid,
			.number = translated(known[i].pid, scene->id, target),
			.group = known[i].group ?
				translated(known[i].group, scene->id, target) : 0,
			.kind = known[i].kind,
		};
}

TEST_F(list, each_kind)
{
	struct scene scene = make_scene();
	struct wanted wanted[SCENE_COUNT];

	scene_wanted(&scene, 0, wanted);
	expect_list(_metadata, NULL, variant->interface, scene.id, 0, 0, wanted, SCENE_COUNT);
	/* The numbers are those that everybody else sees. */
	EXPECT_EQ(scene.zombie->pid, wanted[2].number);
	EXPECT_EQ(scene.leader->pid, wanted[3].number);
}

TEST_F(list, in_any_target)
{
	struct scene scene = make_scene();
	struct node *stranger = node_spawn(NULL, CLONE_NEWPID);
	__u64 targets[] = { 0, scene.parent_id, scene.id, scene.inner_id, node_ns_id(stranger) };
	struct wanted wanted[SCENE_COUNT];

	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		scene_wanted(&scene, targets[i], wanted);
		expect_list(_metadata, NULL, variant->interface, scene.id, targets[i], 0, wanted,
			    SCENE_COUNT);
	}
	/* The last was of a stranger: nothing of it has a number there. */
	for (int i = 0; i < SCENE_COUNT; i++)
		EXPECT_EQ(0, wanted[i].number | wanted[i].group);
}

/* Whoever is in a namespace, or above, sees the same. */
TEST_F(list, asked_from_inside_and_above)
{
	struct scene scene = make_scene();
	struct wanted wanted[SCENE_COUNT], inside[2];

	scene_wanted(&scene, scene.id, wanted);
	expect_list(_metadata, scene.init, variant->interface, scene.id, scene.id, 0, wanted,
		    SCENE_COUNT);
	expect_list(_metadata, scene.child, variant->interface, scene.id, scene.id, 0, wanted,
		    SCENE_COUNT);
	expect_list(_metadata, scene.parent, variant->interface, scene.id, scene.id, 0, wanted,
		    SCENE_COUNT);
	/* A grandchild's, from the parent, in numbers of the middle. */
	inside[0] = (struct wanted){ 1, scene.inner->in_parent, scene.inner->in_parent,
				     TRANSLATE_PID_KIND_PROCESS };
	inside[1] = (struct wanted){ scene.inner_tid, wanted[7].number, scene.inner->in_parent,
				     TRANSLATE_PID_KIND_THREAD };
	expect_list(_metadata, scene.parent, variant->interface, scene.inner_id, scene.id, 0,
		    inside, 2);
}

TEST_F(list, thread_groups)
{
	struct scene scene = make_scene();
	struct wanted wanted[SCENE_COUNT];

	scene_wanted(&scene, 0, wanted);
	for (int i = 0; i < SCENE_COUNT; i++)
		wanted[i].number = wanted[i].group;
	expect_list(_metadata, NULL, variant->interface, scene.id, 0, TRANSLATE_PID_THREAD_GROUP,
		    wanted, SCENE_COUNT);
}

TEST_F(list, processes_only)
{
	struct scene scene = make_scene();
	struct wanted wanted[SCENE_COUNT];
	__u32 count = 0;

	scene_wanted(&scene, 0, wanted);
	for (int i = 0; i < SCENE_COUNT; i++)
		if (wanted[i].kind == TRANSLATE_PID_KIND_PROCESS ||
		    wanted[i].kind == TRANSLATE_PID_KIND_ZOMBIE)
			wanted[count++] = wanted[i];
	ASSERT_EQ(5, count);
	expect_list(_metadata, NULL, variant->interface, scene.id, 0, TRANSLATE_PID_LIST_PROCESSES,
		    wanted, count);
	expect_list(_metadata, NULL, variant->interface, scene.id, 0,
		    TRANSLATE_PID_LIST_PROCESSES | TRANSLATE_PID_THREAD_GROUP, wanted, count);
}

/* A process lives as long as one of its threads does. */
TEST_F(list, leader_that_exited)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID), *child = node_spawn(init, 0);
	struct wanted wanted[] = {
		{ 1, init->pid, init->pid, TRANSLATE_PID_KIND_PROCESS },
		{ child->own, child->pid, child->pid, TRANSLATE_PID_KIND_PROCESS },
		{ child->own + 1, 0, child->pid, TRANSLATE_PID_KIND_THREAD },
	};
	__u64 id = node_ns_id(init);

	node_leave_leader(child);
	wanted[2].number = translated(wanted[2].pid, id, 0);
	expect_list(_metadata, NULL, variant->interface, id, 0, 0, wanted, 3);
	/* The thread becomes the leader, and keeps the number of that. */
	node_exec(child);
	expect_list(_metadata, NULL, variant->interface, id, 0, 0, wanted, 2);
	node_exit(child);
	wanted[1].kind = TRANSLATE_PID_KIND_ZOMBIE;
	expect_list(_metadata, NULL, variant->interface, id, 0, 0, wanted, 2);
	node_reap(child);
	expect_list(_metadata, NULL, variant->interface, id, 0, 0, wanted, 1);
}

/* Two descriptors keep them: one never had a process, the other has none any more. */
TEST_F(list, empty_namespaces)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *user = node_spawn_user(NULL, 0, USER, 0);
	__u64 unborn, left = node_ns_id(init);
	int born = observe_open_ns(init->pid, "pid"), fd = namespace_without_processes(&unborn);
	struct pid_list list = { .request = { .count = 1 } };

	ASSERT_LE(0, born);
	node_destroy(init);
	expect_list(_metadata, NULL, variant->interface, unborn, 0, 0, NULL, 0);
	expect_list(_metadata, NULL, variant->interface, left, 0, 0, NULL, 0);
	expect_list(_metadata, NULL, variant->interface, left, unborn, 0, NULL, 0);
	list.request.source = unborn;
	EXPECT_EQ(-EPERM, pid_list_as(user, variant->interface, &list));
	close(born);
	close(fd);
	EXPECT_TRUE(id_dies(left));
	EXPECT_TRUE(id_dies(unborn));
}

static void expect_error(struct __test_metadata *_metadata, struct node *caller,
			 const struct translate_interface *interface, __u64 source, __u64 target,
			 long error)
{
	struct pid_list list = { .request = {
		.source = source, .target = target, .count = 8, .cursor = 1, .done = 4711,
	} };

	EXPECT_EQ(-error, pid_list_as(caller, interface, &list));
	EXPECT_EQ(1, list.request.cursor);
	EXPECT_EQ(4711, list.request.done);
	EXPECT_EQ(PID_LIST_MARK, list.entries[0].kind);
}

TEST_F(list, access_to_both_sides)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *theirs = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	struct node *user = node_spawn_user(NULL, 0, USER, 0);
	__u64 id = node_ns_id(init), their_id = node_ns_id(theirs), dead;
	struct wanted one = { 1, theirs->pid, theirs->pid, TRANSLATE_PID_KIND_PROCESS };
	struct pid_list own = { .request = { .count = PID_LIST_PART } };
	struct node *gone = node_spawn(NULL, CLONE_NEWPID);

	dead = node_ns_id(gone);
	node_destroy(gone);
	ASSERT_TRUE(id_dies(dead));
	expect_list(_metadata, user, variant->interface, their_id, 0, 0, &one, 1);
	/* Its own namespace lists everybody's, as in /proc. */
	EXPECT_EQ(0, pid_list_as(user, variant->interface, &own));
	EXPECT_LT(4, own.request.done);

	expect_error(_metadata, user, variant->interface, id, 0, EPERM);
	expect_error(_metadata, user, variant->interface, 0, id, EPERM);
	expect_error(_metadata, user, variant->interface, id, id, EPERM);
	expect_error(_metadata, theirs, variant->interface, 0, their_id, EPERM);
	expect_error(_metadata, NULL, variant->interface, dead, 0, EINVAL);
	expect_error(_metadata, NULL, variant->interface, 0, dead, EINVAL);
	/* The source is looked at first. */
	expect_error(_metadata, user, variant->interface, id, dead, EPERM);
	expect_error(_metadata, user, variant->interface, dead, id, EINVAL);
}

/* All that /proc shows before and after is in the list, as what /proc says. */
static size_t numbers_in(const char *directory, pid_t *numbers, size_t size)
{
	DIR *files = opendir(directory);
	struct dirent *entry;
	size_t count = 0;

	while (files && (entry = readdir(files)) && count < size)
		if (atoi(entry->d_name))
			numbers[count++] = atoi(entry->d_name);
	if (files)
		closedir(files);
	return count;
}

static bool is_shown(pid_t process, pid_t tid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d", process, tid);
	return access(path, F_OK) == 0;
}

TEST_F(list_whole, what_proc_shows)
{
	static pid_t processes[4096], threads[256];
	struct scene scene = make_scene();
	size_t count = numbers_in("/proc", processes, ARRAY_SIZE(processes));
	struct pid_listing listing = pid_list_all(translate_device(), 0, 0, 0, 100);
	size_t found = 0;

	ASSERT_LT(20, count);
	for (size_t i = 0; i < count; i++) {
		char path[64];
		size_t tasks;

		snprintf(path, sizeof(path), "/proc/%d/task", processes[i]);
		tasks = numbers_in(path, threads, ARRAY_SIZE(threads));
		for (size_t j = 0; j < tasks; j++) {
			const struct translate_pid_list_entry *entry;

			entry = pid_list_find(&listing, threads[j]);
			if (!is_shown(processes[i], threads[j]) ||
			    (!entry && threads[j] != processes[i]))
				continue;
			ASSERT_NE(NULL, entry) {
				TH_LOG("process %d", processes[i]);
			}
			EXPECT_EQ(threads[j], entry->number);
			EXPECT_EQ(processes[i], entry->thread_group);
			EXPECT_EQ(threads[j] != processes[i],
				  entry->kind == TRANSLATE_PID_KIND_THREAD);
			found++;
		}
	}
	EXPECT_LT(20, found);
	EXPECT_NE(NULL, pid_list_find(&listing, scene.leader->pid));
	EXPECT_EQ(NULL, pid_list_find(&listing, 4000000));
	pid_list_free(&listing);
}

TEST_HARNESS_MAIN
