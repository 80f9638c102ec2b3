// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads what is told of the lives of namespaces while all others make and end
 * them: numbered without a gap that is not told, and each life in its order.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "board.h"
#include "observe.h"

#define BURST		64
#define LIVES		8192

/* The last event of ids, as many as there is room for. */
struct life {
	__u64 id;
	__u32 event;
};

static struct {
	int fd;
	__u64 next_sequence;
	struct life *lives;
} watch = { .fd = -1 };

/* Some have so little room that records are missing most of the time. */
static bool open_watch(struct random *random)
{
	struct translate_pid_watch_request request = {
		.flags = TRANSLATE_PID_WATCH_NONBLOCK,
		.room = random_below(random, 2) ? 4096 : 1 + random_below(random, 8),
		.record_size = sizeof(struct translate_pid_watch_record),
	};
	long fd = translate_ioctl(translate_device(), TRANSLATE_PID_WATCH, &request);

	if (!watch.lives)
		watch.lives = calloc(LIVES, sizeof(*watch.lives));
	if (fd == -ENOMEM || !watch.lives) {
		board_count(OUT_OF_MEMORY, 1);
		return false;
	}
	if (fd < 0) {
		board_fail("there is no watch: error %ld", -fd);
		return false;
	}
	watch.fd = fd;
	watch.next_sequence = 1;
	memset(watch.lives, 0, LIVES * sizeof(*watch.lives));
	return true;
}

static void close_watch(void)
{
	close(watch.fd);
	watch.fd = -1;
}

static void look_at(const struct translate_pid_watch_record *record)
{
	struct life *life = &watch.lives[record->id % LIVES];

	if (record->sequence != watch.next_sequence)
		board_fail("record %llu comes instead of %llu", record->sequence,
			   watch.next_sequence);
	watch.next_sequence = record->sequence + 1;
	if (record->event == TRANSLATE_PID_EVENT_LOST) {
		board_count(LOSSES, 1);
		watch.next_sequence = record->sequence + record->lost;
		if (!record->lost || record->id || record->ns_id)
			board_fail("a loss of %llu in %llu", record->lost, record->id);
		return;
	}
	board_count(RECORDS, 1);
	if (!record->id || !record->ns_id || record->lost || !record->time || !record->level ||
	    record->event < TRANSLATE_PID_EVENT_CREATED ||
	    record->event > TRANSLATE_PID_EVENT_DESTROYED)
		board_fail("event %u of %llu, level %u", record->event, record->id, record->level);
	/* A life goes on, whatever was missing. */
	if (life->id == record->id && life->event >= record->event)
		board_fail("event %u of %llu comes behind %u", record->event, record->id, life->event);
	*life = (struct life){ .id = record->id, .event = record->event };
}

static bool read_some(void)
{
	struct translate_pid_watch_record records[16];
	ssize_t size = read(watch.fd, records, sizeof(records));

	if (size < 0) {
		if (errno == ENOMEM)
			board_count(OUT_OF_MEMORY, 1);
		else if (errno != EAGAIN)
			board_fail("a watch cannot be read: errno %d", errno);
		return false;
	}
	for (size_t i = 0; i < size / sizeof(records[0]); i++)
		look_at(&records[i]);
	return size > 0;
}

void work_watch(struct random *random)
{
	struct pollfd ask = { .events = POLLIN };

	if (watch.fd < 0 && !open_watch(random)) {
		usleep(8000);
		return;
	}
	ask.fd = watch.fd;
	/* Not for ever: in the end nothing happens any more. */
	poll(&ask, 1, 100);
	for (int i = 0; i < BURST && read_some(); i++)
		;
	if (random_below(random, 100) == 0)
		close_watch();
}
