// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a handle: ESTALE and POLLHUP when one of its namespaces has died, for
 * those who wait and those who ask later; and that it delays no end.
 */
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <linux/nsfs.h>

#include "child.h"
#include "handle.h"
#include "ns_question.h"
#include "test.h"

#ifndef EPOLLEXCLUSIVE
#define EPOLLEXCLUSIVE	(1U << 28)
#endif
#ifndef SYS_listns
#define SYS_listns	(470 | (SYS_read & 0x40000000))
#endif

#define MANY	50

TREE_FIXTURE_WITH(bind_end, NO_VARIANTS)

static int bind_ids(__u64 source, __u64 target)
{
	return bind_as(NULL, &translate_by_ioctl, source, target);
}

static void expect_stale(struct __test_metadata *_metadata, int handle)
{
	static const pid_t any[] = { 1, 2, 0, -1, 4194304 };

	for (size_t i = 0; i < ARRAY_SIZE(any); i++) {
		EXPECT_EQ(-ESTALE, bound(handle, TO_TARGET, any[i]));
		EXPECT_EQ(-ESTALE, bound(handle, TO_SOURCE, any[i]));
	}
	EXPECT_EQ(-ESTALE, bound(handle, TO_TARGET, getpid()));
	EXPECT_EQ(-ENOTTY, translate_ioctl(handle, TRANSLATE_PID_GET_INFO, NULL));
	EXPECT_EQ(POLLHUP, handle_events(handle));
}

/* The source, the target, or both in one: whichever dies, it is over for both ways. */
TEST_F(bind_end, either_side)
{
	struct node *one = node_spawn(NULL, CLONE_NEWPID);
	struct node *other = node_spawn(NULL, CLONE_NEWPID);
	__u64 a = node_ns_id(one), b = node_ns_id(other);
	int from = bind_ids(a, b), into = bind_ids(b, a), within = bind_ids(a, a);
	int to_initial = bind_ids(b, 0), living = bind_ids(0, 0);

	ASSERT_LE(0, from);
	ASSERT_LE(0, into);
	ASSERT_LE(0, within);
	EXPECT_EQ(0, bound(from, TO_TARGET, 1));
	node_destroy(one);
	EXPECT_TRUE(handle_is_over(from));
	EXPECT_TRUE(handle_is_over(into));
	EXPECT_TRUE(handle_is_over(within));
	expect_stale(_metadata, from);
	expect_stale(_metadata, into);
	expect_stale(_metadata, within);
	EXPECT_EQ(other->pid, bound(to_initial, TO_TARGET, 1));
	EXPECT_EQ(0, handle_events(to_initial));
	node_destroy(other);
	EXPECT_TRUE(handle_is_over(to_initial));
	expect_stale(_metadata, to_initial);
	expect_stale(_metadata, from);
	/* The initial namespace does not die. */
	EXPECT_EQ(1, bound(living, TO_TARGET, 1));
	EXPECT_EQ(0, handle_events(living));
	close(from);
	close(into);
	close(within);
	close(to_initial);
	close(living);
}

/* As an id that is EINVAL: from the last reference on, not only when the kernel gets to it. */
TEST_F(bind_end, at_once)
{
	struct node *maker = node_spawn(NULL, 0);
	int handles[8], fd;
	__u64 id;

	for (size_t i = 0; i < ARRAY_SIZE(handles); i++) {
		node_unshare(maker, CLONE_NEWPID);
		fd = observe_open_ns(maker->pid, "pid_for_children");
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, translate_by_ioctl.get_id(TRANSLATE_PID_BY_NSFD, fd, &id, NULL));
		node_destroy(maker);
		handles[i] = bind_ids(id, 0);
		EXPECT_EQ(-ESRCH, bound(handles[i], TO_TARGET, 1));
		close(fd);
		/* Unless another descriptor is on its way out, it was the last. */
		ASSERT_TRUE(id_dies(id));
		expect_stale(_metadata, handles[i]);
		close(handles[i]);
		maker = node_spawn(NULL, 0);
	}
}

struct waiter {
	int handle;
	volatile bool waits;
	int (*wait)(int handle);
};

static int wait_in_child(void *argument)
{
	struct waiter *waiter = argument;

	waiter->waits = true;
	return waiter->wait(waiter->handle);
}

static int by_poll(int handle)
{
	struct pollfd ask = { .fd = handle, .events = POLLIN };

	return poll(&ask, 1, PATIENCE_MS) == 1 && ask.revents == POLLHUP ? 0 : 1;
}

static int by_select(int handle)
{
	struct timeval patience = { .tv_sec = PATIENCE_MS / 1000 };
	fd_set set;

	FD_ZERO(&set);
	FD_SET(handle, &set);
	return select(handle + 1, &set, NULL, NULL, &patience) == 1 && FD_ISSET(handle, &set) ?
		       0 : 1;
}

static int by_epoll_with(int handle, __u32 events)
{
	struct epoll_event event = { .events = events, .data.u64 = 7 }, got = {};
	int epoll = epoll_create1(0);

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, handle, &event))
		return 2;
	return epoll_wait(epoll, &got, 1, PATIENCE_MS) == 1 && got.events == EPOLLHUP &&
	       got.data.u64 == 7 ? 0 : 1;
}

static int by_epoll(int handle)
{
	return by_epoll_with(handle, 0);
}

static int by_epoll_edge(int handle)
{
	return by_epoll_with(handle, EPOLLIN | EPOLLET);
}

static int by_epoll_exclusive(int handle)
{
	return by_epoll_with(handle, EPOLLIN | EPOLLEXCLUSIVE);
}

static int (*const ways[])(int handle) = {
	by_poll, by_select, by_epoll, by_epoll_edge, by_epoll_exclusive, by_epoll_exclusive,
};

/* All who wait are woken up, also those who want to be the only one. */
TEST_F(bind_end, those_who_wait)
{
	struct waiter *waiters = shared_memory(sizeof(*waiters) * ARRAY_SIZE(ways));
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	int handle = bind_ids(0, node_ns_id(init));
	pid_t children[ARRAY_SIZE(ways)];

	ASSERT_LE(0, handle);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		waiters[i] = (struct waiter){ .handle = handle, .wait = ways[i] };
		children[i] = child_start(wait_in_child, &waiters[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		while (!waiters[i].waits)
			usleep(1000);
	/* They sleep by now; and nobody is woken up for nothing. */
	usleep(200000);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		EXPECT_EQ(0, waitpid(children[i], NULL, WNOHANG));
	node_destroy(init);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		EXPECT_EQ(0, child_wait(children[i])) {
			TH_LOG("way %zu", i);
		}
	}
	close(handle);
}

TEST_F(bind_end, those_who_come_later)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	int handle = bind_ids(node_ns_id(init), 0);

	ASSERT_LE(0, handle);
	node_destroy(init);
	ASSERT_TRUE(handle_is_over(handle));
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		EXPECT_EQ(0, ways[i](handle)) {
			TH_LOG("way %zu", i);
		}
	}
	close(handle);
}

/* Of many handles and many namespaces each is told of its own. */
TEST_F(bind_end, each_of_many)
{
	struct node *inits[3];
	int epoll = epoll_create1(EPOLL_CLOEXEC), handles[3][MANY], left[3];
	struct epoll_event events[16];

	for (__u64 i = 0; i < 3; i++) {
		inits[i] = node_spawn(NULL, CLONE_NEWPID);
		left[i] = MANY;
	}
	for (__u64 i = 0; i < 3; i++)
		for (int j = 0; j < MANY; j++) {
			struct epoll_event event = { .data.u64 = i };

			handles[i][j] = bind_ids(j % 2 ? node_ns_id(inits[i]) : 0,
						 node_ns_id(inits[i]));
			ASSERT_LE(0, handles[i][j]);
			ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, handles[i][j], &event));
		}
	/* Some are closed while others wait at the same namespace. */
	for (int j = 0; j < MANY; j += 5)
		for (int i = 0; i < 3; i++, left[i - 1]--)
			close(handles[i][j]);
	for (__u64 i = 0; i < 3; i++) {
		__u64 end = observe_clock_ms() + PATIENCE_MS;

		EXPECT_EQ(0, epoll_wait(epoll, events, 16, 0));
		node_destroy(inits[i]);
		while (left[i] && observe_clock_ms() < end) {
			int count = epoll_wait(epoll, events, 16, 100);

			for (int k = 0; k < count; k++) {
				ASSERT_EQ(i, events[k].data.u64);
				ASSERT_EQ(EPOLLHUP, events[k].events);
			}
			/* Told of again until it is closed. */
			for (int j = 0; count > 0 && j < MANY; j++)
				if (j % 5 && handles[i][j] >= 0 &&
				    handle_events(handles[i][j]) == POLLHUP) {
					close(handles[i][j]);
					handles[i][j] = -1;
					left[i]--;
				}
		}
		EXPECT_EQ(0, left[i]);
	}
	close(epoll);
}

/* Closed while an epoll instance has it, in either order. */
TEST_F(bind_end, closed_while_waited_for)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct epoll_event event = {};
	int epoll = epoll_create1(EPOLL_CLOEXEC), handle;

	for (int i = 0; i < 20; i++) {
		handle = bind_ids(node_ns_id(init), i % 2 ? 0 : node_ns_id(init));
		ASSERT_LE(0, handle);
		ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, handle, &event));
		if (i % 3) {
			close(handle);
			continue;
		}
		close(epoll);
		epoll = epoll_create1(EPOLL_CLOEXEC);
		close(handle);
	}
	node_destroy(init);
	close(epoll);
}

/* A pidfd keeps a number known after the process, and with it the namespace: not yet over. */
TEST_F(bind_end, pidfd_puts_it_off)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	int pidfd = syscall(SYS_pidfd_open, init->pid, 0);
	int handle = bind_ids(node_ns_id(init), 0);

	ASSERT_LE(0, pidfd);
	ASSERT_LE(0, handle);
	node_destroy(init);
	/* As long as others' deaths take to be told of. */
	for (int i = 0; i < 3; i++) {
		struct node *other = node_spawn(NULL, CLONE_NEWPID);
		int others = bind_ids(node_ns_id(other), 0);

		node_destroy(other);
		EXPECT_TRUE(handle_is_over(others));
		close(others);
	}
	EXPECT_EQ(0, handle_events(handle));
	EXPECT_EQ(-ESRCH, bound(handle, TO_TARGET, 1));
	close(pidfd);
	EXPECT_TRUE(handle_is_over(handle));
	expect_stale(_metadata, handle);
	close(handle);
}

struct ns_id_req {
	__u32 size;
	__u32 spare;
	__u64 ns_id;
	struct {
		__u32 ns_type;
		__u32 spare2;
		__u64 user_ns_id;
	};
};

/* Whether the kernel lists it; -1 if it lists nothing. */
static int is_listed(__u64 ns_id)
{
	struct ns_id_req request = { .size = 32, .ns_type = CLONE_NEWPID };
	__u64 listed[64];
	long count = syscall(SYS_listns, &request, listed, ARRAY_SIZE(listed), 0);

	for (long i = 0; i < count; i++)
		if (listed[i] == ns_id)
			return 1;
	return count < 0 ? -1 : 0;
}

/* The kernel's own eyes: neither an id nor listns(2) nor the count of namespaces shows it. */
TEST_F(bind_end, keeps_nothing_alive)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *inner = node_spawn(init, CLONE_NEWPID);
	struct ns_names names = ns_names_of(inner);
	__u64 ns_id = names.values[TRANSLATE_PID_BY_NS_ID], id = node_ns_id(inner);
	int handles[MANY], listed;

	ns_names_close(&names);
	for (int i = 0; i < MANY; i++) {
		handles[i] = bind_ids(id, i % 2 ? node_ns_id(init) : id);
		ASSERT_LE(0, handles[i]);
	}
	EXPECT_EQ(0, get_id_as(NULL, &translate_by_ioctl, TRANSLATE_PID_BY_NS_ID, ns_id, NULL, NULL));
	listed = is_listed(ns_id);
	EXPECT_NE(0, listed);
	node_destroy(init);
	EXPECT_TRUE(id_dies(id));
	EXPECT_EQ(-ESRCH, get_id_as(NULL, &translate_by_ioctl, TRANSLATE_PID_BY_NS_ID, ns_id, NULL,
				    NULL));
	EXPECT_EQ(listed < 0 ? -1 : 0, is_listed(ns_id));
	EXPECT_EQ(self->namespaces_before, namespace_count_settles(self->namespaces_before));
	for (int i = 0; i < MANY; i++) {
		EXPECT_TRUE(handle_is_over(handles[i]));
		close(handles[i]);
	}
}

struct asker {
	int handle;
	pid_t pid;
	long expected;
	volatile bool asks, stop;
};

/* Right until it is stale, and then for ever. */
static int ask_until_stale(void *argument)
{
	struct asker *asker = argument;
	bool was_gone = false;

	while (!asker->stop) {
		long result = bound(asker->handle, TO_TARGET, asker->pid);

		asker->asks = true;
		if (result == -ESTALE)
			break;
		/* Its number goes before its namespace. */
		if (result == -ESRCH)
			was_gone = true;
		else if (was_gone || result != asker->expected)
			return 1;
	}
	for (int i = 0; i < 1000; i++)
		if (bound(asker->handle, TO_TARGET, asker->pid) != -ESTALE)
			return 2;
	return 0;
}

TEST_F_TIMEOUT(bind_end, under_those_who_ask, 60)
{
	struct asker *askers = shared_memory(2 * sizeof(*askers));

	for (int i = 0; i < 20; i++) {
		struct node *init = node_spawn(NULL, CLONE_NEWPID);
		int there = bind_ids(node_ns_id(init), 0), back = bind_ids(0, node_ns_id(init));
		pid_t children[2];

		ASSERT_LE(0, there);
		ASSERT_LE(0, back);
		askers[0] = (struct asker){ .handle = there, .pid = 1, .expected = init->pid };
		askers[1] = (struct asker){ .handle = back, .pid = init->pid, .expected = 1 };
		for (int j = 0; j < 2; j++)
			children[j] = child_start(ask_until_stale, &askers[j]);
		while (!askers[0].asks || !askers[1].asks)
			usleep(500);
		node_destroy(init);
		for (int j = 0; j < 2; j++)
			EXPECT_EQ(0, child_wait(children[j]));
		close(there);
		close(back);
	}
}

TEST_HARNESS_MAIN
