// SPDX-License-Identifier: GPL-2.0-only
/* TRANSLATE_PID_LIST_NS: what it tells of a namespace, and to whom. */
#include <sys/mount.h>
#include <sys/stat.h>
#include <linux/capability.h>

#include "boot_clock.h"
#include "child.h"
#include "ns_list.h"
#include "ns_question.h"
#include "test.h"

#define USER	1000
#define OVERFLOW_UID	65534

TREE_FIXTURE_WITH(list_ns, NAMING_VARIANTS)

TREE_FIXTURE_WITH(list_ns_once, NO_VARIANTS)

static struct ns_list list_as(struct __test_metadata *_metadata, struct node *caller,
			      const struct translate_interface *interface)
{
	struct ns_list list = { .request = { .count = NS_LIST_PART } };

	EXPECT_EQ(0, ns_list_as(caller, interface, &list));
	EXPECT_EQ(0, list.request.cursor);
	for (__u32 i = 0; i < list.request.done; i++) {
		EXPECT_EQ(0, list.entries[i].reserved);
		if (i)
			EXPECT_LT(list.entries[i - 1].ns_id, list.entries[i].ns_id);
	}
	EXPECT_EQ(NS_LIST_MARK, list.entries[list.request.done].reserved);
	return list;
}

/* The entry of an id, as the caller sees it; NULL: it is not listed. */
static const struct translate_pid_ns_entry *entry_of(const struct ns_list *list, __u64 id)
{
	return ns_list_find(list->entries, list->request.done, id);
}

static void expect_entry(struct __test_metadata *_metadata,
			 const struct translate_pid_ns_entry *entry, struct node *init, __u32 level,
			 __u64 parent, __u32 pids)
{
	int fd = observe_open_ns(init->pid, "pid");
	struct stat status;

	ASSERT_NE(NULL, entry);
	ASSERT_EQ(0, fstat(fd, &status));
	EXPECT_EQ(observe_ns_id(fd), entry->ns_id);
	EXPECT_EQ(status.st_ino, entry->inode);
	EXPECT_EQ(level, entry->level);
	EXPECT_EQ(parent, entry->parent);
	EXPECT_EQ(pids, entry->pids);
	EXPECT_EQ(init->pid, entry->init_pid);
	EXPECT_EQ(TRANSLATE_PID_NS_ALIVE, entry->state);
	EXPECT_EQ(TRANSLATE_PID_NS_PARENT_KNOWN, entry->flags);
	close(fd);
}

TEST_F(list_ns, every_field)
{
	__u64 before = boot_time(), between, after;
	struct node *outer = node_spawn(NULL, CLONE_NEWPID), *inner, *second;
	__u64 outer_id = node_ns_id(outer), inner_id, second_id;
	const struct translate_pid_ns_entry *entry;
	struct ns_list list;

	between = boot_time();
	inner = node_spawn(outer, CLONE_NEWPID);
	inner_id = node_ns_id(inner);
	node_thread(inner);
	node_spawn(inner, 0);
	second = node_spawn(NULL, CLONE_NEWPID);
	second_id = node_ns_id(second);
	after = boot_time();
	list = list_as(_metadata, NULL, variant->interface);
	ASSERT_EQ(4, list.request.done);
	/* In the order of their birth. */
	EXPECT_EQ(TRANSLATE_PID_INIT_NS, list.entries[0].id);
	EXPECT_EQ(outer_id, list.entries[1].id);
	EXPECT_EQ(inner_id, list.entries[2].id);
	EXPECT_EQ(second_id, list.entries[3].id);
	/* Threads and what is below count. */
	expect_entry(_metadata, &list.entries[1], outer, 1, TRANSLATE_PID_INIT_NS, 4);
	expect_entry(_metadata, &list.entries[2], inner, 2, outer_id, 3);
	expect_entry(_metadata, &list.entries[3], second, 1, TRANSLATE_PID_INIT_NS, 1);
	EXPECT_LE(before, list.entries[1].created);
	EXPECT_GE(between, list.entries[1].created);
	EXPECT_LE(between, list.entries[2].created);
	EXPECT_LE(list.entries[2].created, list.entries[3].created);
	EXPECT_GE(after, list.entries[3].created);
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(0, list.entries[i].owner);

	entry = &list.entries[0];
	EXPECT_EQ(0, entry->parent);
	EXPECT_EQ(0, entry->level);
	EXPECT_EQ(0, entry->created);
	EXPECT_EQ(1, entry->init_pid);
	EXPECT_EQ(TRANSLATE_PID_NS_ALIVE, entry->state);
	EXPECT_EQ(0, entry->flags);
	EXPECT_LT(10, entry->pids);
}

TEST_F(list_ns, init_that_the_caller_does_not_see)
{
	struct node *outer = node_spawn(NULL, CLONE_NEWPID);
	struct node *inner = node_spawn(outer, CLONE_NEWPID);
	struct node *other = node_spawn(NULL, CLONE_NEWPID);
	struct ns_list list = list_as(_metadata, outer, variant->interface);

	/* Root in another namespace has access, and numbers of its own. */
	EXPECT_EQ(4, list.request.done);
	EXPECT_EQ(0, entry_of(&list, TRANSLATE_PID_INIT_NS)->init_pid);
	EXPECT_EQ(1, entry_of(&list, node_ns_id(outer))->init_pid);
	EXPECT_EQ(inner->in_parent, entry_of(&list, node_ns_id(inner))->init_pid);
	EXPECT_EQ(0, entry_of(&list, node_ns_id(other))->init_pid);
	EXPECT_EQ(TRANSLATE_PID_NS_ALIVE, entry_of(&list, node_ns_id(other))->state);
}

/* No more is listed than may be named, and no parent is told that may not. */
TEST_F(list_ns, access)
{
	struct node *outer = node_spawn(NULL, CLONE_NEWPID);
	struct node *theirs = node_spawn_user(outer, CLONE_NEWPID, USER, 0);
	struct node *below = node_spawn(theirs, 0), *user = node_spawn_user(NULL, 0, USER, 0);
	struct node *stranger = node_spawn_user(NULL, 0, USER + 1, 0);
	struct node *tracer = node_spawn(NULL, 0), *hidden;
	__u64 outer_id = node_ns_id(outer), their_id = node_ns_id(theirs);
	const struct translate_pid_ns_entry *entry;
	struct ns_list list;

	node_become_user(tracer, USER, 1ULL << CAP_SYS_PTRACE);
	hidden = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	node_set_dumpable(hidden, false);

	list = list_as(_metadata, user, variant->interface);
	EXPECT_EQ(2, list.request.done);
	EXPECT_EQ(TRANSLATE_PID_INIT_NS, list.entries[0].id);
	entry = entry_of(&list, their_id);
	ASSERT_NE(NULL, entry);
	EXPECT_EQ(0, entry->parent);
	EXPECT_EQ(0, entry->flags);
	EXPECT_EQ(2, entry->level);
	EXPECT_EQ(theirs->pid, entry->init_pid);

	list = list_as(_metadata, stranger, variant->interface);
	EXPECT_EQ(1, list.request.done);
	EXPECT_EQ(TRANSLATE_PID_INIT_NS, list.entries[0].id);

	/* From inside: the own one only. */
	list = list_as(_metadata, below, variant->interface);
	ASSERT_EQ(1, list.request.done);
	EXPECT_EQ(their_id, list.entries[0].id);
	EXPECT_EQ(0, list.entries[0].flags);
	EXPECT_EQ(1, list.entries[0].init_pid);

	list = list_as(_metadata, tracer, variant->interface);
	EXPECT_EQ(4, list.request.done);
	entry = entry_of(&list, their_id);
	ASSERT_NE(NULL, entry);
	EXPECT_EQ(outer_id, entry->parent);
	EXPECT_NE(NULL, entry_of(&list, node_ns_id(hidden)));

	/* What is given later is listed later. */
	node_set_dumpable(hidden, true);
	list = list_as(_metadata, user, variant->interface);
	EXPECT_EQ(3, list.request.done);
	entry = entry_of(&list, node_ns_id(hidden));
	ASSERT_NE(NULL, entry);
	/* The initial namespace is the user's own. */
	EXPECT_EQ(TRANSLATE_PID_NS_PARENT_KNOWN, entry->flags);
	EXPECT_EQ(TRANSLATE_PID_INIT_NS, entry->parent);
}

TEST_F(list_ns, user_namespace)
{
	struct node *root = node_spawn_user(NULL, 0, USER, 0);
	struct node *outer = node_spawn(root, CLONE_NEWUSER | CLONE_NEWPID);
	struct node *inner = node_spawn(outer, CLONE_NEWPID);
	struct node *guest = node_spawn(root, CLONE_NEWUSER);
	__u64 outer_id = node_ns_id(outer), inner_id = node_ns_id(inner);
	struct ns_list list = list_as(_metadata, outer, variant->interface);

	/* The host's is not to be known, and the owner is root there. */
	ASSERT_EQ(2, list.request.done);
	EXPECT_EQ(outer_id, list.entries[0].id);
	EXPECT_EQ(0, list.entries[0].flags);
	EXPECT_EQ(0, list.entries[0].owner);
	EXPECT_EQ(inner_id, list.entries[1].id);
	EXPECT_EQ(outer_id, list.entries[1].parent);
	EXPECT_EQ(TRANSLATE_PID_NS_PARENT_KNOWN, list.entries[1].flags);
	EXPECT_EQ(0, list.entries[1].owner);

	list = list_as(_metadata, NULL, variant->interface);
	ASSERT_EQ(3, list.request.done);
	EXPECT_EQ(0, list.entries[0].owner);
	EXPECT_EQ(USER, list.entries[1].owner);
	EXPECT_EQ(USER, list.entries[2].owner);

	/* In a user namespace, but in the initial pid namespace, whose owner is no user there. */
	list = list_as(_metadata, guest, variant->interface);
	ASSERT_LE(1, list.request.done);
	EXPECT_EQ(TRANSLATE_PID_INIT_NS, list.entries[0].id);
	EXPECT_EQ(OVERFLOW_UID, list.entries[0].owner);
}

static void expect_state(struct __test_metadata *_metadata, struct node *caller,
			 const struct translate_interface *interface, __u64 id, __u32 state,
			 pid_t init_pid, __u32 pids)
{
	struct ns_list list = list_as(_metadata, caller, interface);
	const struct translate_pid_ns_entry *entry = entry_of(&list, id);

	ASSERT_EQ(!state, !entry) {
		TH_LOG("state %u", state);
	}
	if (!state)
		return;
	EXPECT_EQ(state, entry->state);
	EXPECT_EQ(init_pid, entry->init_pid);
	EXPECT_EQ(pids, entry->pids);
	EXPECT_EQ(TRANSLATE_PID_NS_PARENT_KNOWN, entry->flags);
}

TEST_F(list_ns, from_the_first_state_to_the_last)
{
	struct node *user = node_spawn_user(NULL, 0, USER, 0), *init;
	struct node *maker = node_spawn(NULL, 0);
	const struct translate_interface *interface = variant->interface;
	__u64 id;
	int fd;

	node_unshare(maker, CLONE_NEWPID);
	fd = observe_open_ns(maker->pid, "pid_for_children");
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, translate_by_ioctl.get_id(TRANSLATE_PID_BY_NSFD, fd, &id, NULL));
	expect_state(_metadata, NULL, interface, id, TRANSLATE_PID_NS_UNBORN, 0, 0);
	expect_state(_metadata, user, interface, id, 0, 0, 0);

	init = node_spawn(maker, 0);
	expect_state(_metadata, NULL, interface, id, TRANSLATE_PID_NS_ALIVE, init->pid, 1);
	expect_state(_metadata, user, interface, id, 0, 0, 0);
	node_become_user(init, USER, 0);
	expect_state(_metadata, user, interface, id, TRANSLATE_PID_NS_ALIVE, init->pid, 1);

	node_exit(init);
	expect_state(_metadata, NULL, interface, id, TRANSLATE_PID_NS_ENDING, init->pid, 1);
	node_reap(init);
	expect_state(_metadata, NULL, interface, id, TRANSLATE_PID_NS_GONE, 0, 0);
	expect_state(_metadata, user, interface, id, 0, 0, 0);

	/* It dies for the list when it dies for its id. */
	node_destroy(maker);
	close(fd);
	EXPECT_TRUE(id_dies(id));
	expect_state(_metadata, NULL, interface, id, 0, 0, 0);
}

#define KEPT	"/tmp/kept"

static long mount_kept(void *data)
{
	(void)data;
	mkdir(KEPT, 0700);
	return mount("proc", KEPT, "proc", 0, NULL) ? -errno : 0;
}

static bool is_inactive(void *argument)
{
	struct ns_list list = { .request = { .count = NS_LIST_PART } };
	const struct translate_pid_ns_entry *entry;

	if (ns_list_as(NULL, &translate_by_ioctl, &list))
		return false;
	entry = entry_of(&list, *(__u64 *)argument);
	return entry && entry->flags & TRANSLATE_PID_NS_INACTIVE;
}

/* It is in memory, so it is listed. */
TEST_F(list_ns, kept_by_a_procfs_alone)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	const struct translate_pid_ns_entry *entry;
	__u64 id = node_ns_id(init);
	struct ns_list list;

	ASSERT_EQ(0, node_call(init, mount_kept, NULL, 0));
	EXPECT_FALSE(is_inactive(&id));
	node_destroy(init);
	EXPECT_TRUE(observe_wait(is_inactive, &id));
	list = list_as(_metadata, NULL, variant->interface);
	entry = entry_of(&list, id);
	ASSERT_NE(NULL, entry);
	EXPECT_EQ(TRANSLATE_PID_NS_GONE, entry->state);
	EXPECT_EQ(TRANSLATE_PID_NS_PARENT_KNOWN | TRANSLATE_PID_NS_INACTIVE, entry->flags);
	EXPECT_EQ(-ESTALE, open_ns_as(NULL, variant->interface, TRANSLATE_PID_BY_ID, id));
	ASSERT_EQ(0, umount(KEPT));
	rmdir(KEPT);
	EXPECT_TRUE(id_dies(id));
}

/* The clock of the caller's time namespace is what counts. */

static bool second_is_over(void *argument)
{
	return boot_time() / SECOND > *(__u64 *)argument / SECOND;
}

TEST_F(list_ns, created_on_the_callers_clock)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID), *later, *early;
	__u64 id = node_ns_id(init), created;
	struct ns_list list = list_as(_metadata, NULL, variant->interface);

	if (!boot_clock_can_be_moved()) {
		TH_LOG("this kernel has no time namespaces");
		return;
	}
	created = entry_of(&list, id)->created;
	later = node_with_clock(5000);
	list = list_as(_metadata, later, variant->interface);
	EXPECT_EQ(created + 5000 * SECOND, entry_of(&list, id)->created);
	/* What is not known is not known on any clock. */
	EXPECT_EQ(0, list.entries[0].created);

	/* A clock that began after the namespace did. */
	ASSERT_TRUE(observe_wait(second_is_over, &created));
	early = node_with_clock(-(long long)(boot_time() / SECOND));
	list = list_as(_metadata, early, variant->interface);
	EXPECT_EQ(1, entry_of(&list, id)->created);
	EXPECT_EQ(0, list.entries[0].created);
}

/* Many that may not be accessed, between some that may: no call tells of them. */
TEST_F(list_ns_once, those_that_are_left_out)
{
	static const __u32 rooms[] = { 1, 2, 3, 5, 7, 100 };
	struct node *user = node_spawn_user(NULL, 0, USER, 0), *mine[5];
	__u64 wanted[6] = { TRANSLATE_PID_INIT_NS };
	pid_t others[120];
	int count = 0;

	for (int i = 0; i < 5; i++) {
		for (int j = 0; j < 12 * i; j++, count++) {
			others[count] = child_clone(CLONE_NEWPID);
			if (others[count] == 0)
				_exit(child_idle(NULL));
			ASSERT_LT(0, others[count]);
		}
		mine[i] = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
		wanted[i + 1] = node_ns_id(mine[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(rooms); i++) {
		struct ns_list list = {};
		__u32 found = 0;

		do {
			list.request.count = rooms[i];
			ASSERT_EQ(0, ns_list_as(user, &translate_by_ioctl, &list));
			for (__u32 j = 0; j < list.request.done; j++, found++) {
				ASSERT_GT(6, found);
				EXPECT_EQ(wanted[found], list.entries[j].id);
			}
			if (list.request.cursor)
				EXPECT_EQ(list.entries[list.request.done - 1].ns_id,
					  list.request.cursor);
		} while (list.request.cursor);
		EXPECT_EQ(6, found);
	}
	while (count)
		child_kill(others[--count]);
}

TEST_HARNESS_MAIN
