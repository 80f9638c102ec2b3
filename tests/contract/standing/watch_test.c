// SPDX-License-Identifier: GPL-2.0-only
/* TRANSLATE_PID_WATCH: what is told of the lives of pid namespaces, and to whom. */
#include "boot_clock.h"
#include "lives.h"
#include "test.h"

#define USER		1000
#define OTHER_USER	1001

#define CREATED		(1U << TRANSLATE_PID_EVENT_CREATED)
#define BORN		(1U << TRANSLATE_PID_EVENT_INIT_BORN)
#define DIED		(1U << TRANSLATE_PID_EVENT_INIT_DIED)
#define DESTROYED	(1U << TRANSLATE_PID_EVENT_DESTROYED)
#define WHOLE_LIFE	(CREATED | BORN | DIED | DESTROYED)

#define OF_A_USER	64

TREE_FIXTURE_WITH(watch, NAMING_VARIANTS)

/* The whole life of a namespace of the test process, field by field. */
TEST_F(watch, a_life)
{
	int watch = watch_of(NULL, variant->interface);
	struct translate_pid_watch_record seen[4], record;
	struct node *init;
	__u64 id, ns_id, last = 0;
	int nsfd;

	EXPECT_EQ(0, watch_events(watch));
	EXPECT_EQ(-1, read(watch, &record, sizeof(record)));
	EXPECT_EQ(EAGAIN, errno);
	init = node_spawn(NULL, CLONE_NEWPID);
	id = node_ns_id(init);
	nsfd = observe_open_ns(init->pid, "pid");
	ns_id = observe_ns_id(nsfd);
	close(nsfd);
	node_destroy(init);
	for (int i = 0; i < 4; i++) {
		ASSERT_TRUE(watch_next_of(watch, id, &seen[i]));
		EXPECT_EQ(i + 1, seen[i].event);
		EXPECT_EQ(ns_id, seen[i].ns_id);
		EXPECT_EQ(1, seen[i].level);
		EXPECT_EQ(1, seen[i].parent_known);
		EXPECT_EQ(0, seen[i].parent);
		EXPECT_EQ(0, seen[i].lost);
		EXPECT_EQ(0, seen[i].reserved);
		EXPECT_EQ(i == 1 || i == 2 ? init->pid : 0, seen[i].init_pid);
		EXPECT_LT(last, seen[i].time);
		last = seen[i].time;
		EXPECT_EQ(seen[0].sequence + i, seen[i].sequence);
	}
	/* As wait(2) has it: node_destroy() kills. */
	EXPECT_EQ(SIGKILL, seen[2].exit_status);
	EXPECT_EQ(0, watch_events(watch));
	close(watch);
}

/* Of the time of the call, as all that is the opener's; also of what was lost. */
TEST_F(watch, clock_of_the_opener)
{
	struct translate_pid_watch_record seen, record;
	int plain, later, early, few;
	struct node *ahead, *init;

	if (!boot_clock_can_be_moved()) {
		TH_LOG("this kernel has no time namespaces");
		return;
	}
	ahead = node_with_clock(5000);
	plain = watch_of(NULL, variant->interface);
	later = watch_of(ahead, variant->interface);
	early = watch_of(node_with_clock(-(long long)(boot_time() / SECOND)), variant->interface);
	few = node_take_fd(ahead, watch_as(ahead, variant->interface, 0, 1,
					   TRANSLATE_PID_WATCH_NONBLOCK));
	init = node_spawn(NULL, CLONE_NEWPID);
	for (int i = 0; i < 2; i++) {
		ASSERT_TRUE(watch_next_of(plain, node_ns_id(init), &seen));
		ASSERT_TRUE(watch_next_of(later, node_ns_id(init), &record));
		EXPECT_EQ(seen.time + 5000 * SECOND, record.time);
		ASSERT_TRUE(watch_next_of(early, node_ns_id(init), &record));
		EXPECT_LT(record.time, boot_time() - SECOND);
		EXPECT_LE(1, record.time);
	}
	ASSERT_TRUE(watch_next(few, &record, PATIENCE_MS));
	ASSERT_TRUE(watch_next(few, &record, PATIENCE_MS));
	EXPECT_EQ(TRANSLATE_PID_EVENT_LOST, record.event);
	EXPECT_LT(5000 * SECOND, record.time);
	close(plain);
	close(later);
	close(early);
	close(few);
}

TEST_F(watch, how_the_init_ended)
{
	int watch = watch_of(NULL, variant->interface);
	struct node *killed = node_spawn(NULL, CLONE_NEWPID);
	struct node *led = node_spawn(NULL, CLONE_NEWPID);
	struct translate_pid_watch_record record;
	__u64 killed_id = node_ns_id(killed), led_id = node_ns_id(led);

	node_kill(killed);
	do {
		ASSERT_TRUE(watch_next_of(watch, killed_id, &record));
	} while (record.event != TRANSLATE_PID_EVENT_INIT_DIED);
	EXPECT_EQ(SIGKILL, record.exit_status);
	EXPECT_EQ(killed->pid, record.init_pid);
	node_reap(killed);
	/* The first thread goes; the init lives on in another one, and so does its number. */
	node_leave_leader(led);
	EXPECT_EQ(1, translate_by_ioctl.translate(led->pid, 0, led_id));
	EXPECT_EQ(0, watch_events_of(watch, led_id) & DIED);
	node_destroy(led);
	ASSERT_TRUE(watch_next_of(watch, led_id, &record));
	EXPECT_EQ(TRANSLATE_PID_EVENT_INIT_DIED, record.event);
	EXPECT_EQ(led->pid, record.init_pid);
	close(watch);
}

/* Made by unshare(2): it has no init until somebody forks, which may never be. */
TEST_F(watch, without_an_init)
{
	int watch = watch_of(NULL, variant->interface), nsfd;
	struct node *maker = node_spawn(NULL, 0);
	struct translate_pid_watch_record record;
	__u64 id;

	node_unshare(maker, CLONE_NEWPID);
	nsfd = observe_open_ns(maker->pid, "pid_for_children");
	ASSERT_EQ(0, translate_by_ioctl.get_id(TRANSLATE_PID_BY_NSFD, nsfd, &id, NULL));
	close(nsfd);
	ASSERT_TRUE(watch_next_of(watch, id, &record));
	EXPECT_EQ(TRANSLATE_PID_EVENT_CREATED, record.event);
	node_destroy(maker);
	ASSERT_TRUE(watch_next_of(watch, id, &record));
	EXPECT_EQ(TRANSLATE_PID_EVENT_DESTROYED, record.event);
	EXPECT_EQ(0, record.init_pid);
	close(watch);
}

TEST_F(watch, chosen_events)
{
	int births = watch_as(NULL, variant->interface, BORN, 0, TRANSLATE_PID_WATCH_NONBLOCK);
	int all = watch_of(NULL, variant->interface);
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u64 id = node_ns_id(init);
	struct translate_pid_watch_record record;

	ASSERT_LE(0, births);
	node_destroy(init);
	ASSERT_TRUE(watch_tells_end(all, id));
	ASSERT_TRUE(watch_next(births, &record, 0));
	EXPECT_EQ(id, record.id);
	EXPECT_EQ(1, record.sequence);
	EXPECT_EQ(TRANSLATE_PID_EVENT_INIT_BORN, record.event);
	EXPECT_EQ(0, watch_events(births));
	EXPECT_EQ(-EINVAL, watch_as(NULL, variant->interface, 1 << TRANSLATE_PID_EVENT_LOST, 0, 0));
	EXPECT_EQ(-EINVAL, watch_as(NULL, variant->interface, 1, 0, 0));
	EXPECT_EQ(-EINVAL, watch_as(NULL, variant->interface, 1ULL << 63, 0, 0));
	close(births);
	close(all);
}

/*
 * What is told is what the rule of all commands allows at that moment: by the init,
 * if one is born or dies, else by the capability over the owner.
 */
TEST_F(watch, user_of_the_init)
{
	struct node *same = node_spawn_user(NULL, 0, USER, 0);
	struct node *other = node_spawn_user(NULL, 0, OTHER_USER, 0);
	struct node *tracer = node_spawn_user(NULL, 0, OTHER_USER, 1ULL << 19 /* CAP_SYS_PTRACE */);
	struct node *owner = node_spawn_user(NULL, 0, USER, 0);
	int same_sees = watch_of(same, variant->interface);
	int other_sees = watch_of(other, variant->interface);
	int tracer_sees = watch_of(tracer, variant->interface);
	/* Told in this order: when the last one is, all are. So in the tests below. */
	int root_sees = watch_of(NULL, variant->interface);
	struct node *plain = node_spawn(NULL, CLONE_NEWPID), *rootless;
	struct translate_pid_watch_record record;
	__u64 id = node_ns_id(plain), rootless_id;

	/* Root made it, whose init it was when it was born; then it became the user's. */
	node_become_user(plain, USER, 0);
	node_destroy(plain);
	ASSERT_TRUE(watch_tells_end(root_sees, id));
	EXPECT_EQ(WHOLE_LIFE, watch_events_of(tracer_sees, id));
	EXPECT_EQ(DIED, watch_events_of(same_sees, id));
	EXPECT_EQ(0, watch_events_of(other_sees, id));

	/* What a user makes with a user namespace is the user's from the beginning to the end. */
	rootless = node_spawn(owner, CLONE_NEWUSER | CLONE_NEWPID);
	rootless_id = node_ns_id(rootless);
	ASSERT_TRUE(watch_next(same_sees, &record, PATIENCE_MS));
	EXPECT_EQ(rootless_id, record.id);
	EXPECT_EQ(TRANSLATE_PID_EVENT_CREATED, record.event);
	/* The next one is of the same moment, and tells of the same parent: one's own. */
	ASSERT_TRUE(watch_next(same_sees, &record, PATIENCE_MS));
	EXPECT_EQ(TRANSLATE_PID_EVENT_INIT_BORN, record.event);
	EXPECT_EQ(rootless->pid, record.init_pid);
	EXPECT_EQ(1, record.parent_known);
	EXPECT_EQ(0, record.parent);
	node_destroy(rootless);
	ASSERT_TRUE(watch_tells_end(root_sees, rootless_id));
	EXPECT_EQ(DIED | DESTROYED, watch_events_of(same_sees, rootless_id));
	EXPECT_EQ(0, watch_events_of(other_sees, rootless_id));
	/* Nothing at all, not even that something was left out. */
	EXPECT_EQ(0, watch_events(other_sees));
	close(root_sees);
	close(same_sees);
	close(other_sees);
	close(tracer_sees);
}

TEST_F(watch, init_that_is_not_dumpable)
{
	struct node *same = node_spawn_user(NULL, 0, USER, 0);
	struct node *maker = node_spawn_user(NULL, 0, USER, 1ULL << 21 /* CAP_SYS_ADMIN */);
	int same_sees = watch_of(same, variant->interface);
	int root_sees = watch_of(NULL, variant->interface);
	struct node *init;
	__u64 id;

	/* When it is born it has more capabilities than the opener, then it hides itself. */
	init = node_spawn(maker, CLONE_NEWPID);
	id = node_ns_id(init);
	node_become_user(init, USER, 0);
	node_set_dumpable(init, false);
	node_destroy(init);
	ASSERT_TRUE(watch_tells_end(root_sees, id));
	/* Before 7.3, a process is not hidden any more once it has given its memory back. */
	EXPECT_EQ(0, watch_events_of(same_sees, id) & ~DIED);
	close(root_sees);
	close(same_sees);
}

/* In a container: what is outside is not told, nor the parent of what is its own. */
TEST_F(watch, in_a_container)
{
	struct node *owner = node_spawn_user(NULL, 0, USER, 0);
	struct node *container = node_spawn(owner, CLONE_NEWUSER | CLONE_NEWPID);
	struct node *inside = node_spawn(container, 0);
	int container_sees = watch_of(inside, variant->interface);
	int root_sees = watch_of(NULL, variant->interface);
	struct node *outside = node_spawn(NULL, CLONE_NEWPID);
	struct node *nested = node_spawn(container, CLONE_NEWPID);
	struct translate_pid_watch_record record;
	__u64 container_id = node_ns_id(container), outside_id = node_ns_id(outside);
	__u64 nested_id = node_ns_id(nested);

	ASSERT_TRUE(watch_next(container_sees, &record, PATIENCE_MS));
	EXPECT_EQ(nested_id, record.id);
	EXPECT_EQ(TRANSLATE_PID_EVENT_CREATED, record.event);
	EXPECT_EQ(2, record.level);
	EXPECT_EQ(1, record.parent_known);
	EXPECT_EQ(container_id, record.parent);
	ASSERT_TRUE(watch_next(container_sees, &record, PATIENCE_MS));
	EXPECT_EQ(TRANSLATE_PID_EVENT_INIT_BORN, record.event);
	/* The number is that of the opener's namespace, not of the test's, which reads. */
	EXPECT_EQ(nested->in_parent, record.init_pid);
	node_destroy(nested);
	node_destroy(outside);
	ASSERT_TRUE(watch_tells_end(root_sees, outside_id));
	ASSERT_TRUE(watch_next(container_sees, &record, PATIENCE_MS));
	EXPECT_EQ(nested_id, record.id);
	EXPECT_EQ(TRANSLATE_PID_EVENT_INIT_DIED, record.event);
	ASSERT_TRUE(watch_next(container_sees, &record, PATIENCE_MS));
	EXPECT_EQ(nested_id, record.id);
	EXPECT_EQ(TRANSLATE_PID_EVENT_DESTROYED, record.event);
	/* Its own is told of to the end, which only those outside can read. */
	node_destroy(container);
	do {
		ASSERT_TRUE(watch_next(container_sees, &record, PATIENCE_MS));
		EXPECT_EQ(container_id, record.id);
		EXPECT_EQ(0, record.parent_known);
		EXPECT_EQ(0, record.parent);
	} while (record.event != TRANSLATE_PID_EVENT_DESTROYED);
	close(root_sees);
	close(container_sees);
}

/* The opener's credentials of the time of the call, whoever reads, and whatever becomes of it. */
TEST_F(watch, credentials_are_the_openers)
{
	struct node *was_root = node_spawn(NULL, 0);
	struct node *user = node_spawn_user(NULL, 0, OTHER_USER, 0);
	int user_sees = watch_of(user, variant->interface);
	int root_sees = watch_of(was_root, variant->interface);
	struct node *init;
	__u64 id;

	node_become_user(was_root, USER, 0);
	init = node_spawn(NULL, CLONE_NEWPID);
	id = node_ns_id(init);
	node_destroy(was_root);
	node_destroy(init);
	ASSERT_TRUE(watch_tells_end(root_sees, id));
	EXPECT_EQ(0, watch_events(user_sees));
	close(root_sees);
	close(user_sees);
}

/* Bounded memory: what has no room is counted, at its place, and the numbers go on. */
TEST_F(watch, more_than_there_is_room_for)
{
	int few = watch_as(NULL, variant->interface, 0, 3, TRANSLATE_PID_WATCH_NONBLOCK);
	int all = watch_of(NULL, variant->interface);
	struct translate_pid_watch_record record;
	__u64 id = 0, expected = 1;
	struct node *init;

	ASSERT_LE(0, few);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 5; i++) {
			init = node_spawn(NULL, CLONE_NEWPID);
			id = node_ns_id(init);
			node_destroy(init);
			ASSERT_TRUE(watch_tells_end(all, id));
		}
		for (int i = 0; i < 3; i++) {
			ASSERT_TRUE(watch_next(few, &record, 0));
			EXPECT_EQ(i + 1, record.event);
			EXPECT_EQ(expected++, record.sequence);
		}
		ASSERT_TRUE(watch_next(few, &record, 0));
		EXPECT_EQ(TRANSLATE_PID_EVENT_LOST, record.event);
		EXPECT_EQ(17, record.lost);
		EXPECT_EQ(expected, record.sequence);
		EXPECT_EQ(0, record.id);
		EXPECT_LT(0, record.time);
		expected += record.lost;
		EXPECT_EQ(0, watch_events(few));
	}
	close(few);
	close(all);
}

TEST_F(watch, room)
{
	int most = watch_as(NULL, variant->interface, 0, TRANSLATE_PID_WATCH_MOST, 0);

	EXPECT_LE(0, most);
	EXPECT_EQ(-EINVAL, watch_as(NULL, variant->interface, 0, TRANSLATE_PID_WATCH_MOST + 1, 0));
	EXPECT_EQ(-EINVAL, watch_as(NULL, variant->interface, 0, ~0U, 0));
	EXPECT_EQ(-EINVAL, watch_as(NULL, variant->interface, 0, 0, 1));
	close(most);
}

/* One user cannot have them all. */
TEST_F(watch, many_of_a_user)
{
	struct node *user = node_spawn_user(NULL, 0, USER, 0);
	struct node *same = node_spawn_user(NULL, 0, USER, 0);
	struct node *other = node_spawn_user(NULL, 0, OTHER_USER, 0);

	for (int i = 0; i < OF_A_USER; i++)
		ASSERT_LE(0, watch_as(user, variant->interface, 0, 1, 0));
	EXPECT_EQ(-EMFILE, watch_as(user, variant->interface, 0, 1, 0));
	EXPECT_EQ(-EMFILE, watch_as(same, variant->interface, 0, 1, 0));
	EXPECT_LE(0, watch_as(other, variant->interface, 0, 1, 0));
	node_destroy(user);
	EXPECT_LE(0, watch_as(same, variant->interface, 0, 1, 0));
}

/* It keeps no namespace, neither the opener's nor what it tells of. */
TEST_F(watch, keeps_nothing_alive)
{
	int watch = watch_of(NULL, variant->interface);
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	int theirs = watch_of(init, variant->interface);
	__u64 id = node_ns_id(init);

	node_destroy(init);
	EXPECT_TRUE(id_dies(id));
	EXPECT_EQ(1, namespace_count_settles(1));
	close(watch);
	close(theirs);
}

TEST_HARNESS_MAIN
