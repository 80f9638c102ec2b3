// SPDX-License-Identifier: GPL-2.0-only
/* How what TRANSLATE_PID_WATCH tells is read: sizes, buffers, waiting, several readers. */
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "child.h"
#include "lives.h"
#include "test.h"
#include "user_memory.h"

TREE_FIXTURE_WITH(watch_read, NO_VARIANTS)

static int request_watch(__u32 record_size, __u32 flags)
{
	struct translate_pid_watch_request request = {
		.flags = flags,
		.record_size = record_size,
	};

	return translate_ioctl(translate_device(), TRANSLATE_PID_WATCH, &request);
}

/* Records of another version of the structure: filled up with zeros. */
TEST_F(watch_read, sizes)
{
	static const __u32 wrong[] = { 8, 64, 71, 73, 76, 1032, 1 << 20, ~0U };
	int longer = request_watch(TRANSLATE_PID_WATCH_RECORD_MOST, TRANSLATE_PID_WATCH_NONBLOCK);
	int first = request_watch(0, TRANSLATE_PID_WATCH_NONBLOCK);
	unsigned char buffer[5 * TRANSLATE_PID_WATCH_RECORD_MOST];
	struct translate_pid_watch_record record;
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u64 id = node_ns_id(init);

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		EXPECT_EQ(-EINVAL, request_watch(wrong[i], 0));
	node_destroy(init);
	ASSERT_TRUE(watch_tells_end(first, id));
	memset(buffer, 0xff, sizeof(buffer));
	ASSERT_EQ(4 * TRANSLATE_PID_WATCH_RECORD_MOST, read(longer, buffer, sizeof(buffer)));
	for (int i = 0; i < 4; i++) {
		unsigned char *at = buffer + i * TRANSLATE_PID_WATCH_RECORD_MOST;

		memcpy(&record, at, sizeof(record));
		EXPECT_EQ(id, record.id);
		EXPECT_EQ(i + 1, record.event);
		for (size_t j = sizeof(record); j < TRANSLATE_PID_WATCH_RECORD_MOST; j++)
			ASSERT_EQ(0, at[j]);
	}
	EXPECT_EQ(0xff, buffer[4 * TRANSLATE_PID_WATCH_RECORD_MOST]);
	close(longer);
	close(first);
}

/* What cannot be written is not taken out; what is no whole record is not written. */
TEST_F(watch_read, buffers)
{
	int watch = watch_of(NULL, &translate_by_ioctl), all = watch_of(NULL, &translate_by_ioctl);
	struct translate_pid_watch_record records[3];
	/* The compiler would say that this cannot be. */
	void *volatile nowhere = UNMAPPED;
	struct edge edge = edge_map();
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u64 id = node_ns_id(init);

	node_destroy(init);
	ASSERT_TRUE(watch_tells_end(all, id));
	EXPECT_EQ(-1, read(watch, records, sizeof(records[0]) - 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, read(watch, records, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, read(watch, nowhere, sizeof(records[0])));
	EXPECT_EQ(EFAULT, errno);
	/* Room for one and a half, then nothing is mapped. */
	EXPECT_EQ(sizeof(records[0]),
		  read(watch, edge.end - sizeof(records[0]) * 3 / 2, sizeof(records)));
	memcpy(&records[0], edge.end - sizeof(records[0]) * 3 / 2, sizeof(records[0]));
	EXPECT_EQ(TRANSLATE_PID_EVENT_CREATED, records[0].event);
	EXPECT_EQ(2 * sizeof(records[0]), read(watch, records, sizeof(records) - 1));
	EXPECT_EQ(TRANSLATE_PID_EVENT_INIT_BORN, records[0].event);
	EXPECT_EQ(TRANSLATE_PID_EVENT_INIT_DIED, records[1].event);
	EXPECT_EQ(sizeof(records[0]), read(watch, records, sizeof(records)));
	EXPECT_EQ(TRANSLATE_PID_EVENT_DESTROYED, records[0].event);
	EXPECT_EQ(-1, read(watch, records, sizeof(records)));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(-1, write(watch, records, sizeof(records)));
	EXPECT_EQ(-ENOTTY, translate_ioctl(watch, TRANSLATE_PID_GET_INFO, records));
	close(watch);
	close(all);
}

struct reader {
	int watch;
	volatile bool waits;
	bool (*wait)(int watch);
};

static int read_in_child(void *argument)
{
	struct reader *reader = argument;

	reader->waits = true;
	return !reader->wait(reader->watch);
}

static bool by_read(int watch)
{
	struct translate_pid_watch_record record;

	return read(watch, &record, sizeof(record)) == sizeof(record);
}

static bool by_poll(int watch)
{
	struct pollfd ask = { .fd = watch, .events = POLLIN };

	return poll(&ask, 1, PATIENCE_MS) == 1 && ask.revents == POLLIN;
}

static bool by_select(int watch)
{
	struct timeval patience = { .tv_sec = PATIENCE_MS / 1000 };
	fd_set set;

	FD_ZERO(&set);
	FD_SET(watch, &set);
	return select(watch + 1, &set, NULL, NULL, &patience) == 1;
}

static bool by_epoll(int watch)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET }, got = {};
	int epoll = epoll_create1(0);

	return !epoll_ctl(epoll, EPOLL_CTL_ADD, watch, &event) &&
	       epoll_wait(epoll, &got, 1, PATIENCE_MS) == 1 && got.events == EPOLLIN;
}

static bool (*const ways[])(int watch) = { by_read, by_poll, by_select, by_epoll };

TEST_F(watch_read, those_who_wait)
{
	struct reader *readers = shared_memory(sizeof(*readers) * ARRAY_SIZE(ways));
	pid_t children[ARRAY_SIZE(ways)];
	struct node *init;

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		readers[i] = (struct reader){ .watch = request_watch(0, 0), .wait = ways[i] };
		ASSERT_LE(0, readers[i].watch);
		children[i] = child_start(read_in_child, &readers[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		while (!readers[i].waits)
			usleep(1000);
	usleep(200000);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		EXPECT_EQ(0, waitpid(children[i], NULL, WNOHANG));
	init = node_spawn(NULL, CLONE_NEWPID);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		EXPECT_EQ(0, child_wait(children[i])) {
			TH_LOG("way %zu", i);
		}
		close(readers[i].watch);
	}
	node_destroy(init);
}

/* Of several readers of one descriptor each record goes to one. */
static int read_many(void *argument)
{
	struct reader *reader = argument;
	struct translate_pid_watch_record record;
	int count = 0;

	while (read(reader->watch, &record, sizeof(record)) == sizeof(record) &&
	       record.event != TRANSLATE_PID_EVENT_DESTROYED)
		count++;
	return count;
}

TEST_F(watch_read, several_readers)
{
	struct reader *reader = shared_memory(sizeof(*reader));
	pid_t children[3];
	int count = 0;

	reader->watch = request_watch(0, 0);
	ASSERT_LE(0, reader->watch);
	for (int i = 0; i < 3; i++)
		children[i] = child_start(read_many, reader);
	/* Each namespace ends one reader. */
	for (int i = 0; i < 3; i++) {
		struct node *init = node_spawn(NULL, CLONE_NEWPID);
		__u64 id = node_ns_id(init);

		node_destroy(init);
		ASSERT_TRUE(id_dies(id));
	}
	for (int i = 0; i < 3; i++)
		count += child_wait(children[i]);
	EXPECT_EQ(9, count);
	EXPECT_EQ(0, watch_events(reader->watch));
	close(reader->watch);
}

/* Begun and ended again and again, while namespaces come and go. */
TEST_F_TIMEOUT(watch_read, begun_and_ended, 60)
{
	pid_t churn = child_clone(0);

	if (!churn) {
		for (;;) {
			pid_t pid = child_clone(CLONE_NEWPID);

			if (!pid)
				_exit(0);
			waitpid(pid, NULL, 0);
		}
	}
	for (int i = 0; i < 20; i++) {
		int watches[3];
		struct translate_pid_watch_record record;

		for (int j = 0; j < 3; j++)
			watches[j] = watch_of(NULL, &translate_by_ioctl);
		for (int j = 0; j < 3; j++) {
			EXPECT_TRUE(watch_next(watches[j], &record, PATIENCE_MS));
			EXPECT_EQ(1, record.sequence);
			close(watches[j]);
		}
	}
	child_kill(churn);
}

TEST_HARNESS_MAIN
