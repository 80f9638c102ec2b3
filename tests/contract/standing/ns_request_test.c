// SPDX-License-Identifier: GPL-2.0-only
/*
 * Malformed input of the two commands with a struct translate_pid_ns_request,
 * each case otherwise valid. Both check it before anything else happens.
 *
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <limits.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "ns_question.h"
#include "test.h"

FIXTURE(request) {
	int device;
	struct node *init;
	struct ns_names names;
	struct translate_pid_ns_request valid;
};

FIXTURE_VARIANT(request) {
	unsigned long command;
};

FIXTURE_VARIANT_ADD(request, get_init_pid) {
	.command = TRANSLATE_PID_GET_INIT_PID,
};

FIXTURE_VARIANT_ADD(request, open_ns) {
	.command = TRANSLATE_PID_OPEN_NS,
};

FIXTURE_SETUP(request)
{
	self->device = translate_device();
	ASSERT_LE(0, self->device);
	self->init = node_spawn(NULL, CLONE_NEWPID);
	self->names = ns_names_of(self->init);
	self->valid.by = TRANSLATE_PID_BY_ID;
	self->valid.value = self->names.values[TRANSLATE_PID_BY_ID];
}

FIXTURE_TEARDOWN(request)
{
	nodes_destroy();
}

/* The result's value; descriptors among results are closed. */
static long ask(int device, unsigned long command,
		struct translate_pid_ns_request request)
{
	long error = translate_ioctl(device, command, &request);

	if (!error && command == TRANSLATE_PID_OPEN_NS)
		close(request.result);
	return error;
}

static long ask_by(int device, unsigned long command, __u32 by, __u64 value)
{
	return ask(device, command, (struct translate_pid_ns_request){
		.by = by, .value = value });
}

#define ASK(by, value)	ask_by(self->device, variant->command, by, value)

TEST_F(request, valid)
{
	EXPECT_EQ(0, ask(self->device, variant->command, self->valid));
	EXPECT_EQ(0, ASK(TRANSLATE_PID_BY_SELF, 0));
	/* What the result field held before does not matter. */
	self->valid.result = -1;
	EXPECT_EQ(0, ask(self->device, variant->command, self->valid));
}

TEST_F(request, flags_and_reserved)
{
	for (int bit = 0; bit < 32; bit++) {
		struct translate_pid_ns_request request = self->valid;

		request.flags = 1U << bit;
		EXPECT_EQ(-EINVAL, ask(self->device, variant->command,
				       request));
		request = self->valid;
		request.reserved = 1U << bit;
		EXPECT_EQ(-EINVAL, ask(self->device, variant->command,
				       request));
	}
}

TEST_F(request, unknown_kind)
{
	static const __u32 kinds[] = {
		TRANSLATE_PID_BY_ID + 1, 100, 1U << 31, ~0U,
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		EXPECT_EQ(-EINVAL, ASK(kinds[i], self->valid.value));
}

/* Nothing beyond 31 bits aliases a pid or a descriptor. */
TEST_F(request, values_out_of_range)
{
	const __u64 valid[] = {
		[TRANSLATE_PID_BY_PID] = self->init->pid,
		[TRANSLATE_PID_BY_PIDFD] =
			self->names.values[TRANSLATE_PID_BY_PIDFD],
		[TRANSLATE_PID_BY_NSFD] =
			self->names.values[TRANSLATE_PID_BY_NSFD],
	};

	for (int by = TRANSLATE_PID_BY_PID; by <= TRANSLATE_PID_BY_NSFD; by++) {
		EXPECT_EQ(0, ASK(by, valid[by]));
		for (int bit = 31; bit < 64; bit++) {
			EXPECT_EQ(-EINVAL, ASK(by, valid[by] | 1ULL << bit)) {
				TH_LOG("by %d, bit %d", by, bit);
			}
		}
		EXPECT_EQ(-EINVAL, ASK(by, ~0ULL));
		EXPECT_EQ(-EINVAL, ASK(by, 1ULL << 31));
	}
	for (int bit = 0; bit < 64; bit++)
		EXPECT_EQ(-EINVAL, ASK(TRANSLATE_PID_BY_SELF, 1ULL << bit));
}

TEST_F(request, pids_that_nobody_has)
{
	EXPECT_EQ(-ESRCH, ASK(TRANSLATE_PID_BY_PID, 0));
	EXPECT_EQ(-ESRCH, ASK(TRANSLATE_PID_BY_PID, INT_MAX));
	EXPECT_EQ(-ESRCH, ASK(TRANSLATE_PID_BY_PID, 1 << 22));
	EXPECT_EQ(-ESRCH, ASK(TRANSLATE_PID_BY_NS_ID, ~0ULL));
	EXPECT_EQ(-ESRCH, ASK(TRANSLATE_PID_BY_NS_ID, 0));
	EXPECT_EQ(-EINVAL, ASK(TRANSLATE_PID_BY_ID, ~0ULL));
	EXPECT_EQ(-EINVAL, ASK(TRANSLATE_PID_BY_ID, 1));
	/* The kernel's id is none of ours, nor the other way round. */
	EXPECT_EQ(-EINVAL, ASK(TRANSLATE_PID_BY_ID,
			       self->names.values[TRANSLATE_PID_BY_NS_ID]));
	EXPECT_EQ(-ESRCH, ASK(TRANSLATE_PID_BY_NS_ID, self->valid.value));
}

TEST_F(request, descriptors_of_other_kinds)
{
	int pipes[2], fds[16];
	size_t count = 0;
	static const char *const kinds[] = {
		"net", "user", "mnt", "uts", "ipc", "cgroup", "time",
	};

	ASSERT_EQ(0, pipe(pipes));
	fds[count++] = pipes[0];
	fds[count++] = open("/dev/null", O_RDWR);
	fds[count++] = open("/proc/self/status", O_RDONLY);
	fds[count++] = open("/proc/self/ns", O_RDONLY | O_DIRECTORY);
	fds[count++] = eventfd(0, 0);
	fds[count++] = self->device;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		int fd = observe_open_ns(self->init->pid, kinds[i]);

		/* A kernel may be built without one of them. */
		if (fd >= 0)
			fds[count++] = fd;
	}
	for (size_t i = 0; i < count; i++) {
		ASSERT_LE(0, fds[i]);
		EXPECT_EQ(-EINVAL, ASK(TRANSLATE_PID_BY_NSFD, fds[i])) {
			TH_LOG("descriptor %zu as namespace", i);
		}
		EXPECT_EQ(-EINVAL, ASK(TRANSLATE_PID_BY_PIDFD, fds[i])) {
			TH_LOG("descriptor %zu as pidfd", i);
		}
	}
	/* Each kind is none of the other. */
	EXPECT_EQ(-EINVAL,
		  ASK(TRANSLATE_PID_BY_PIDFD,
		      self->names.values[TRANSLATE_PID_BY_NSFD]));
	EXPECT_EQ(-EINVAL,
		  ASK(TRANSLATE_PID_BY_NSFD,
		      self->names.values[TRANSLATE_PID_BY_PIDFD]));
}

TEST_F(request, descriptors_that_are_not_open)
{
	int fd = open("/dev/null", O_RDONLY), path;
	char name[64];

	close(fd);
	EXPECT_EQ(-EBADF, ASK(TRANSLATE_PID_BY_NSFD, fd));
	EXPECT_EQ(-EBADF, ASK(TRANSLATE_PID_BY_PIDFD, fd));
	EXPECT_EQ(-EBADF, ASK(TRANSLATE_PID_BY_NSFD, INT_MAX));
	EXPECT_EQ(-EBADF, ASK(TRANSLATE_PID_BY_PIDFD, INT_MAX));
	/* As for any operation on the file, O_PATH does not count as open. */
	snprintf(name, sizeof(name), "/proc/%d/ns/pid", self->init->pid);
	path = open(name, O_PATH);
	ASSERT_LE(0, path);
	EXPECT_EQ(-EBADF, ASK(TRANSLATE_PID_BY_NSFD, path));
	close(path);
	path = open(name, O_PATH | O_NOFOLLOW);
	ASSERT_LE(0, path);
	EXPECT_EQ(-EBADF, ASK(TRANSLATE_PID_BY_NSFD, path));
	EXPECT_EQ(-EBADF, ASK(TRANSLATE_PID_BY_PIDFD, path));
	close(path);
}

TEST_F(request, pidfds)
{
	struct node *child = node_spawn(self->init, 0);
	int pidfd = observe_pidfd(child->pid, 0), thread;
	pid_t tid = node_thread(self->init);
	long outer = translate_by_ioctl.translate(tid, self->valid.value, 0);

	EXPECT_EQ(0, ASK(TRANSLATE_PID_BY_PIDFD, pidfd));
	node_kill(child);
	EXPECT_EQ(0, ASK(TRANSLATE_PID_BY_PIDFD, pidfd));
	node_reap(child);
	EXPECT_EQ(-ESRCH, ASK(TRANSLATE_PID_BY_PIDFD, pidfd));
	close(pidfd);
	thread = observe_pidfd(outer, PIDFD_THREAD);
	EXPECT_EQ(0, ASK(TRANSLATE_PID_BY_PIDFD, thread));
	close(thread);
}

/* The size is part of the number. */
TEST_F(request, sizes)
{
	struct {
		struct translate_pid_ns_request request;
		char tail[64];
	} larger = { .request = self->valid };
	const unsigned int known = sizeof(struct translate_pid_ns_request);
	unsigned int number = _IOC_NR(variant->command);

	for (unsigned int size = 0; size < known; size++) {
		EXPECT_EQ(-EINVAL,
			  translate_ioctl(self->device,
					  _IOC(_IOC_READ | _IOC_WRITE,
					       TRANSLATE_PID_IOC_MAGIC, number,
					       size), &larger)) {
			TH_LOG("size %u", size);
		}
	}
	for (unsigned int size = known; size <= sizeof(larger); size++) {
		unsigned long command = _IOC(_IOC_READ | _IOC_WRITE,
					     TRANSLATE_PID_IOC_MAGIC, number,
					     size);

		larger.request = self->valid;
		EXPECT_EQ(0, translate_ioctl(self->device, command, &larger));
		if (variant->command == TRANSLATE_PID_OPEN_NS)
			close(larger.request.result);
		for (unsigned int at = 0; at < size - known; at++) {
			larger.request = self->valid;
			larger.tail[at] = 1;
			EXPECT_EQ(-E2BIG, translate_ioctl(self->device, command,
							  &larger)) {
				TH_LOG("byte %u behind size %u", at, size);
			}
			larger.tail[at] = 0;
		}
	}
}

TEST_F(request, directions)
{
	static const unsigned int directions[] = {
		_IOC_NONE, _IOC_READ, _IOC_WRITE,
	};

	for (size_t i = 0; i < ARRAY_SIZE(directions); i++) {
		struct translate_pid_ns_request request = self->valid;

		EXPECT_EQ(-ENOTTY,
			  translate_ioctl(self->device,
					  _IOC(directions[i],
					       TRANSLATE_PID_IOC_MAGIC,
					       _IOC_NR(variant->command),
					       sizeof(request)), &request));
	}
}

TEST_F(request, addresses)
{
	size_t size = sysconf(_SC_PAGESIZE);
	struct translate_pid_ns_request *request;
	char *pages = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, pages);
	munmap(pages + size, size);
	EXPECT_EQ(-EFAULT, translate_ioctl(self->device, variant->command,
					   NULL));
	EXPECT_EQ(-EFAULT, translate_ioctl(self->device, variant->command,
					   pages + size));
	/* Across the end of what is mapped. */
	for (size_t inside = 1; inside < sizeof(*request); inside++) {
		char *at = pages + size - inside;

		memcpy(at, &self->valid, inside);
		EXPECT_EQ(-EFAULT, translate_ioctl(self->device,
						   variant->command, at));
	}
	/* Up to the end, and at any alignment. */
	for (size_t distance = 0; distance < 16; distance++) {
		request = (void *)(pages + size - sizeof(*request) - distance);
		memcpy(request, &self->valid, sizeof(*request));
		EXPECT_EQ(0, translate_ioctl(self->device, variant->command,
					     request)) {
			TH_LOG("%zu bytes before the end", distance);
		}
	}
	/* Read-only: the result has no place. */
	request = (void *)pages;
	*request = self->valid;
	ASSERT_EQ(0, mprotect(pages, size, PROT_READ));
	EXPECT_EQ(-EFAULT, translate_ioctl(self->device, variant->command,
					   request));
	EXPECT_EQ(0, request->result);
	munmap(pages, size);
}

/* A failed command leaves the structure as it was. */
TEST_F(request, untouched_on_failure)
{
	struct translate_pid_ns_request request = self->valid, before;

	request.value = 1;
	request.result = 4711;
	before = request;
	EXPECT_EQ(-EINVAL, translate_ioctl(self->device, variant->command,
					   &request));
	EXPECT_EQ(0, memcmp(&before, &request, sizeof(request)));
}

TEST_HARNESS_MAIN
