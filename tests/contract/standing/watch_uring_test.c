// SPDX-License-Identifier: GPL-2.0-only
/* Reading a watch by io_uring, which waits without a thread of its own. */
#include <sys/mman.h>
#include <sys/syscall.h>
#include <linux/io_uring.h>

#include "lives.h"
#include "test.h"

TREE_FIXTURE_WITH(watch_uring, NO_VARIANTS)

/* A ring with room for one. */
struct ring {
	int fd;
	struct io_uring_params params;
	char *submissions;
	char *completions;
	struct io_uring_sqe *entries;
};

static void *map(const struct ring *ring, size_t size, __u64 offset)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd,
			offset);

	if (at == MAP_FAILED)
		observe_die("a ring cannot be mapped: %s", strerror(errno));
	return at;
}

/* False if the kernel has none, or does not let us. */
static bool ring_open(struct ring *ring)
{
	const struct io_uring_params *params = &ring->params;

	memset(ring, 0, sizeof(*ring));
	ring->fd = syscall(SYS_io_uring_setup, 1, &ring->params);
	if (ring->fd < 0)
		return false;
	ring->submissions = map(ring, params->sq_off.array + params->sq_entries * sizeof(__u32),
				IORING_OFF_SQ_RING);
	ring->completions = map(ring, params->cq_off.cqes +
				      params->cq_entries * sizeof(struct io_uring_cqe),
				IORING_OFF_CQ_RING);
	ring->entries = map(ring, params->sq_entries * sizeof(struct io_uring_sqe),
			    IORING_OFF_SQES);
	return true;
}

static __u32 *word(char *ring, __u32 offset)
{
	return (__u32 *)(ring + offset);
}

static void ring_read(struct ring *ring, int fd, void *buffer, unsigned int size)
{
	const struct io_sqring_offsets *at = &ring->params.sq_off;
	__u32 tail = *word(ring->submissions, at->tail);
	__u32 index = tail & *word(ring->submissions, at->ring_mask);

	ring->entries[index] = (struct io_uring_sqe){
		.opcode = IORING_OP_READ,
		.fd = fd,
		.off = ~0ULL,
		.addr = (uintptr_t)buffer,
		.len = size,
	};
	word(ring->submissions, at->array)[index] = index;
	__atomic_store_n(word(ring->submissions, at->tail), tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring->fd, 1, 0, 0, NULL, 0) != 1)
		observe_die("a read cannot be submitted: %s", strerror(errno));
}

/* The result of the read, in *result; false if it is not done. */
static bool ring_is_done(struct ring *ring, int *result)
{
	const struct io_cqring_offsets *at = &ring->params.cq_off;
	__u32 head = *word(ring->completions, at->head);
	const struct io_uring_cqe *entries = (const void *)(ring->completions + at->cqes);

	/* What happens in the task's own context happens here. */
	syscall(SYS_io_uring_enter, ring->fd, 0, 0, IORING_ENTER_GETEVENTS, NULL, 0);
	if (head == __atomic_load_n(word(ring->completions, at->tail), __ATOMIC_ACQUIRE))
		return false;
	*result = entries[head & *word(ring->completions, at->ring_mask)].res;
	__atomic_store_n(word(ring->completions, at->head), head + 1, __ATOMIC_RELEASE);
	return true;
}

TEST_F(watch_uring, a_read_waits)
{
	struct translate_pid_watch_record record = {};
	int watch = watch_as(NULL, &translate_by_ioctl, 0, 0, 0), result = 0;
	__u64 end;
	struct node *init = NULL;
	struct ring ring;

	ASSERT_LE(0, watch);
	if (!ring_open(&ring)) {
		close(watch);
		SKIP(return, "io_uring cannot be used here");
	}
	for (int event = 1; event <= 2; event++) {
		memset(&record, 0, sizeof(record));
		ring_read(&ring, watch, &record, sizeof(record));
		if (event == 1) {
			usleep(100000);
			EXPECT_FALSE(ring_is_done(&ring, &result));
			init = node_spawn(NULL, CLONE_NEWPID);
		}
		end = observe_clock_ms() + PATIENCE_MS;
		while (!ring_is_done(&ring, &result) && observe_clock_ms() < end)
			usleep(1000);
		EXPECT_EQ((int)sizeof(record), result);
		EXPECT_EQ(event, record.event);
	}
	EXPECT_EQ(node_ns_id(init), record.id);
	close(ring.fd);
	close(watch);
}

TEST_HARNESS_MAIN
