// SPDX-License-Identifier: GPL-2.0-only
/*
 * TRANSLATE_PID_BIND: what a handle answers, to whom it is given, and what it is.
 *
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <linux/capability.h>

#include "child.h"
#include "handle.h"
#include "ns_question.h"
#include "test.h"

#define USER		1000
#define STRANGER	1001

TREE_FIXTURE_WITH(bind, NAMING_VARIANTS)

/* Of the handle alone. */
TREE_FIXTURE_WITH(bind_handle, NO_VARIANTS)

#define BY_LIBRARY	(variant->interface == &translate_by_library)
#define BIND(caller, source, target)	bind_as(caller, variant->interface, source, target)

static long translation(pid_t pid, __u64 source, __u64 target, __u32 flags)
{
	return flags & TRANSLATE_PID_THREAD_GROUP ?
		       translate_by_ioctl.thread_group(pid, source, target) :
		       translate_by_ioctl.translate(pid, source, target);
}

/* Of all numbers, the least ones, and those of what the test has made, which are the last. */
#define ENDS	100

/* The contract is that of a translation between the same two, with the same flags. */
static void check_pair(struct __test_metadata *_metadata, bool by_library, int handle,
		       __u64 source, __u64 target, __u32 flags, pid_t most)
{
	static const pid_t odd[] = { 0, -1, INT_MIN, INT_MAX, 4194304 };

	for (pid_t i = 1 - (pid_t)ARRAY_SIZE(odd); i <= most; i++) {
		if (i == ENDS && most > 2 * ENDS)
			i = most - ENDS;

		pid_t pid = i > 0 ? i : odd[-i];
		long there = translation(pid, source, target, flags);
		long back = translation(pid, target, source, flags);

		EXPECT_EQ(there, bound_as(NULL, by_library, handle, TO_TARGET, pid)) {
			TH_LOG("%d from %llu to %llu, flags %#x", pid, source, target, flags);
		}
		EXPECT_EQ(back, bound_as(NULL, by_library, handle, TO_SOURCE, pid)) {
			TH_LOG("%d from %llu to %llu, flags %#x", pid, target, source, flags);
		}
	}
}

/* Own, foreign and equal sides; up, down and across; threads and zombies. */
TEST_F_TIMEOUT(bind, answers_as_a_translation, 60)
{
	struct node *outer = node_spawn(NULL, CLONE_NEWPID);
	struct node *inner = node_spawn(outer, CLONE_NEWPID);
	struct node *beside = node_spawn(NULL, CLONE_NEWPID);
	struct node *zombie = node_spawn(inner, 0);
	__u64 ids[] = { TRANSLATE_PID_INIT_NS, node_ns_id(outer), node_ns_id(inner),
			node_ns_id(beside) };
	pid_t most = node_spawn(beside, 0)->pid + 2;

	node_thread(inner);
	node_exit(zombie);
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		for (size_t j = 0; j < 2 * ARRAY_SIZE(ids); j++) {
			__u32 flags = j % 2 ? TRANSLATE_PID_THREAD_GROUP : 0;
			__u64 target = ids[j / 2];
			long handle = bind_with(NULL, variant->interface, ids[i], target, flags);

			ASSERT_LE(0, handle);
			check_pair(_metadata, BY_LIBRARY, handle, ids[i], target, flags, most);
			close(handle);
		}
	/* That these are numbers. */
	EXPECT_EQ(zombie->pid, translate_by_ioctl.translate(zombie->own, ids[2], ids[0]));
	node_reap(zombie);
}

TEST_F(bind, numbers)
{
	struct node *outer = node_spawn(NULL, CLONE_NEWPID);
	struct node *inner = node_spawn(outer, CLONE_NEWPID);
	struct node *leader = node_spawn(outer, 0), *member;
	long handle = BIND(NULL, node_ns_id(outer), node_ns_id(inner));
	pid_t own;

	ASSERT_LE(0, handle);
	EXPECT_EQ(1, bound(handle, TO_TARGET, inner->in_parent));
	EXPECT_EQ(inner->in_parent, bound(handle, TO_SOURCE, 1));
	EXPECT_EQ(0, bound(handle, TO_TARGET, 1));
	EXPECT_EQ(-ESRCH, bound(handle, TO_SOURCE, 2));
	EXPECT_EQ(0, handle_events(handle));
	close(handle);

	/* A number that only a session keeps. */
	handle = BIND(NULL, node_ns_id(outer), TRANSLATE_PID_INIT_NS);
	ASSERT_LE(0, handle);
	node_lead_session(leader);
	member = node_spawn(leader, 0);
	node_outlive_parent(member);
	own = leader->own;
	node_destroy(leader);
	EXPECT_EQ(leader->pid, bound(handle, TO_TARGET, own));
	EXPECT_EQ(own, bound(handle, TO_SOURCE, leader->pid));
	close(handle);
}

/* Who asks for a number by the handle is not looked at; who made it was. */
TEST_F(bind, access_is_checked_once)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *stranger = node_spawn_user(NULL, 0, STRANGER, 0);
	struct node *inside = node_spawn_user(init, 0, USER, 0);
	__u64 id = node_ns_id(init);
	long handle = BIND(NULL, id, TRANSLATE_PID_INIT_NS), theirs;

	ASSERT_LE(0, handle);
	EXPECT_EQ(-EPERM, BIND(stranger, id, TRANSLATE_PID_INIT_NS));
	EXPECT_EQ(-EPERM, BIND(inside, id, TRANSLATE_PID_INIT_NS));
	/* Passed on by SCM_RIGHTS, to other users, in other namespaces. */
	theirs = node_give_fd(stranger, handle);
	EXPECT_EQ(init->pid, bound_as(stranger, BY_LIBRARY, theirs, TO_TARGET, 1));
	EXPECT_EQ(1, bound_as(stranger, BY_LIBRARY, theirs, TO_SOURCE, init->pid));
	theirs = node_give_fd(inside, handle);
	close(handle);
	EXPECT_EQ(init->pid, bound_as(inside, BY_LIBRARY, theirs, TO_TARGET, 1));
	EXPECT_EQ(-ESRCH, bound_as(inside, BY_LIBRARY, theirs, TO_TARGET, 4194303));
	/* What they may ask otherwise stays as it was. */
	EXPECT_EQ(-EPERM, translate_as(stranger, &translate_by_ioctl, 1, id, 0));
}

/* The rule of OPEN_NS, for both sides. */
TEST_F(bind, access)
{
	struct node *nest = node_spawn(NULL, CLONE_NEWPID);
	struct node *inner = node_spawn(nest, CLONE_NEWPID);
	struct node *sibling = node_spawn(nest, CLONE_NEWPID);
	struct node *child = node_spawn(inner, CLONE_NEWPID);
	struct node *capable = node_spawn(nest, CLONE_NEWPID);
	struct node *root = node_spawn(nest, 0);
	__u64 own = node_ns_id(inner), below = node_ns_id(child), above = node_ns_id(nest);
	__u64 other = node_ns_id(sibling), third = node_ns_id(capable);

	node_become_user(child, USER, 0);
	node_become_user(inner, USER, 0);
	node_become_user(sibling, USER, 0);
	node_become_user(capable, USER, 1ULL << CAP_SYS_PTRACE);
	node_become_user(nest, USER, 0);
	EXPECT_LE(0, BIND(inner, own, own));
	EXPECT_LE(0, BIND(inner, own, below));
	EXPECT_LE(0, BIND(inner, below, own));
	EXPECT_LE(0, BIND(inner, below, below));
	/* All inits are the user's, and each id may be asked for; but not for ever. */
	EXPECT_EQ(-ESRCH, translate_as(inner, &translate_by_ioctl, 0, own, above));
	EXPECT_EQ(-EPERM, BIND(inner, own, above));
	EXPECT_EQ(-EPERM, BIND(inner, above, own));
	EXPECT_EQ(-EPERM, BIND(inner, below, other));
	EXPECT_EQ(-EPERM, BIND(inner, other, other));
	EXPECT_EQ(-EPERM, BIND(inner, own, TRANSLATE_PID_INIT_NS));
	EXPECT_LE(0, BIND(capable, third, above));
	EXPECT_LE(0, BIND(capable, other, below));
	EXPECT_LE(0, BIND(root, TRANSLATE_PID_INIT_NS, other));
	/* For one's own no access is asked. */
	node_set_dumpable(inner, false);
	EXPECT_LE(0, BIND(inner, own, own));
}

TEST_F(bind, order_of_errors)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *dead = node_spawn(NULL, CLONE_NEWPID);
	struct node *user = node_spawn_user(NULL, 0, USER, 0);
	__u64 id = node_ns_id(init), gone = node_ns_id(dead);

	node_destroy(dead);
	ASSERT_TRUE(id_dies(gone));
	EXPECT_EQ(-EINVAL, BIND(NULL, gone, 0));
	EXPECT_EQ(-EINVAL, BIND(NULL, 0, gone));
	EXPECT_EQ(-EINVAL, BIND(NULL, 1, 1));
	EXPECT_EQ(-EINVAL, BIND(user, gone, id));
	EXPECT_EQ(-EPERM, BIND(user, id, gone));
	EXPECT_EQ(-EINVAL, BIND(user, TRANSLATE_PID_INIT_NS, gone));
	EXPECT_EQ(-EPERM, BIND(user, TRANSLATE_PID_INIT_NS, id));
}

/* Without processes, and without ever one: it answers, for it is not dead. */
TEST_F(bind, without_processes)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *maker = node_spawn(NULL, 0);
	int kept = observe_open_ns(init->pid, "pid"), unborn;
	__u64 id = node_ns_id(init), unborn_id;
	long handle;

	node_destroy(init);
	handle = BIND(NULL, id, TRANSLATE_PID_INIT_NS);
	ASSERT_LE(0, handle);
	ASSERT_TRUE(number_dies(&translate_by_ioctl, 1, id));
	EXPECT_EQ(-ESRCH, bound(handle, TO_TARGET, 1));
	EXPECT_EQ(0, bound(handle, TO_SOURCE, getpid()));
	EXPECT_EQ(0, handle_events(handle));
	close(kept);
	EXPECT_TRUE(handle_is_over(handle));
	EXPECT_EQ(-ESTALE, bound(handle, TO_TARGET, 1));
	close(handle);

	node_unshare(maker, CLONE_NEWPID);
	unborn = observe_open_ns(maker->pid, "pid_for_children");
	ASSERT_LE(0, unborn);
	ASSERT_EQ(0, translate_by_ioctl.get_id(TRANSLATE_PID_BY_NSFD, unborn, &unborn_id, NULL));
	close(unborn);
	handle = BIND(NULL, unborn_id, unborn_id);
	ASSERT_LE(0, handle);
	EXPECT_EQ(-ESRCH, bound(handle, TO_TARGET, 1));
	EXPECT_EQ(1, node_spawn(maker, 0)->own);
	EXPECT_EQ(1, bound(handle, TO_SOURCE, 1));
	close(handle);
}

TEST_F(bind_handle, descriptor)
{
	char path[64], target[64] = "";
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	int lowest, handle;

	translate_device();
	lowest = dup(0);
	close(lowest);
	handle = bind_as(NULL, &translate_by_ioctl, node_ns_id(init), 0);
	ASSERT_EQ(lowest, handle);
	EXPECT_EQ(FD_CLOEXEC, fcntl(handle, F_GETFD));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", handle);
	ASSERT_LT(0, readlink(path, target, sizeof(target) - 1));
	EXPECT_STREQ("anon_inode:[translate_pid]", target);
	/* No other way leads to it, and there is nothing but its commands. */
	EXPECT_EQ(-1, open(path, O_RDONLY));
	EXPECT_EQ(ENXIO, errno);
	EXPECT_EQ(-1, read(handle, target, 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, write(handle, target, 1));
	EXPECT_EQ(EBADF, errno);
	EXPECT_EQ(-1, lseek(handle, 0, SEEK_SET));
	EXPECT_EQ(ESPIPE, errno);
	close(handle);
	EXPECT_EQ(-EBADF, bound(handle, TO_TARGET, 1));
}

TEST_F(bind_handle, commands)
{
	struct translate_pid_bind_request request = {};
	struct translate_pid_info info;
	long handle = bind_as(NULL, &translate_by_ioctl, 0, 0);

	ASSERT_LE(0, handle);
	EXPECT_EQ(-ENOTTY, translate_ioctl(handle, TRANSLATE_PID_GET_INFO, &info));
	EXPECT_EQ(-ENOTTY, translate_ioctl(handle, TRANSLATE_PID_BIND, &request));
	EXPECT_EQ(-ENOTTY, translate_ioctl(handle, _IO(TRANSLATE_PID_IOC_MAGIC, 0x42), NULL));
	/* Another direction, or a size, is another command. */
	EXPECT_EQ(-ENOTTY, translate_ioctl(handle, _IOR(TRANSLATE_PID_IOC_MAGIC, 0x40, int), NULL));
	EXPECT_EQ(-ENOTTY, translate_ioctl(handle, _IOC(0, TRANSLATE_PID_IOC_MAGIC, 0x41, 4), NULL));
	/* Nor are the handle's known elsewhere. */
	EXPECT_EQ(-ENOTTY, bound(translate_device(), TO_TARGET, 1));
	EXPECT_EQ(-ENOTTY, bound(translate_proc_file(), TO_SOURCE, 1));
	EXPECT_EQ(-ENOSYS, bound_as(NULL, true, translate_device(), TO_TARGET, 1));
	close(handle);
}

/* A pid is an int, whatever else is in a register of 64 bits. */
TEST_F(bind_handle, lower_half_counts)
{
	long handle = bind_as(NULL, &translate_by_ioctl, 0, 0);
	int found;

	ASSERT_LE(0, handle);
#ifdef __LP64__
	found = ioctl(handle, TRANSLATE_PID_BOUND_TO_TARGET, 0x1234567800000001UL);
	EXPECT_EQ(1, found);
#endif
	found = ioctl(handle, TRANSLATE_PID_BOUND_TO_TARGET, -1L);
	EXPECT_EQ(-1, found);
	EXPECT_EQ(ESRCH, errno);
	close(handle);
}

static long bind_with_full_table(void *data)
{
	struct rlimit limit = { 16, 16 };
	__u64 id = *(__u64 *)data;

	if (translate_device() < 0 || setrlimit(RLIMIT_NOFILE, &limit))
		return -errno;
	while (dup(0) >= 0)
		;
	return bind_as(NULL, &translate_by_ioctl, id, 0);
}

TEST_F(bind_handle, too_many_descriptors)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *caller = node_spawn(NULL, 0);
	__u64 id = node_ns_id(init);

	for (int i = 0; i < 10; i++)
		EXPECT_EQ(-EMFILE, node_call(caller, bind_with_full_table, &id, sizeof(id)));
	node_destroy(init);
	EXPECT_TRUE(id_dies(id));
}

static int ask_and_exit(void *argument)
{
	int handle = *(int *)argument;

	return bound(handle, TO_TARGET, getppid()) == getppid() ? 0 : 1;
}

/* A child has it, too, and what it closes stays open here. */
TEST_F(bind_handle, fork)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	int handle = bind_as(NULL, &translate_by_ioctl, 0, 0);
	int other = bind_as(NULL, &translate_by_ioctl, 0, node_ns_id(init));

	ASSERT_LE(0, handle);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(0, child_wait(child_start(ask_and_exit, &handle)));
	EXPECT_EQ(getpid(), bound(handle, TO_TARGET, getpid()));
	EXPECT_EQ(1, bound(other, TO_TARGET, init->pid));
	close(handle);
	close(other);
}

struct closer {
	atomic_int handle;
	atomic_ulong answers;
	atomic_bool stop, wrong;
};

static void *ask_what_is_open(void *argument)
{
	struct closer *closer = argument;

	while (!closer->stop) {
		long result = bound(closer->handle, TO_TARGET, 1);

		if (result == 1)
			closer->answers++;
		else if (result != -EBADF)
			closer->wrong = true;
	}
	return NULL;
}

/* The last close() comes while others are inside. */
TEST_F(bind_handle, closed_under_others)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct closer closer = {};
	__u64 id = node_ns_id(init);
	unsigned long seen = 0;
	pthread_t threads[2];

	closer.handle = -1;
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, ask_what_is_open, &closer));
	for (int i = 0; i < 200; i++) {
		__u64 end = observe_clock_ms() + PATIENCE_MS;
		int handle = bind_as(NULL, &translate_by_ioctl, id, id);

		ASSERT_LE(0, handle);
		closer.handle = handle;
		while (closer.answers == seen && observe_clock_ms() < end)
			sched_yield();
		EXPECT_NE(seen, closer.answers);
		seen = closer.answers;
		close(handle);
	}
	closer.stop = true;
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		pthread_join(threads[i], NULL);
	EXPECT_FALSE(closer.wrong);
}

TEST_HARNESS_MAIN
