// SPDX-License-Identifier: GPL-2.0-only
/*
 * What names no namespace, for each command that is given one by kind and
 * value. ioctl_test.c has what is wrong with the structure around them.
 *
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <limits.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "commands.h"
#include "ns_question.h"
#include "test.h"

FIXTURE(request) {
	int device;
	struct node *init;
	struct ns_names names;
	__u64 id;
};

FIXTURE_VARIANT(request) {
	enum command_index index;
};

/* Each variant ends what stands before it. */
#define COMMAND(NAME, name)						\
	; FIXTURE_VARIANT_ADD(request, name) {				\
		.index = COMMAND_##NAME,				\
	}
struct command NAMING_COMMANDS(COMMAND);
#undef COMMAND

FIXTURE_SETUP(request)
{
	self->device = translate_device();
	ASSERT_LE(0, self->device);
	self->init = node_spawn(NULL, CLONE_NEWPID);
	self->names = ns_names_of(self->init);
	self->id = self->names.values[TRANSLATE_PID_BY_ID];
}

FIXTURE_TEARDOWN(request)
{
	nodes_destroy();
}

/* A new descriptor is closed; an error leaves everything as it was. */
static long ask_by(int device, const struct command *command, __u32 by,
		   __u64 value)
{
	union command_argument argument = command->valid, before;
	long result;

	argument.ns.by = by;
	argument.ns.value = value;
	for (size_t at = 0; at < command->size; at++)
		if (command_has(command->results, at))
			argument.bytes[at] = 0x5a;
	before = argument;
	result = translate_ioctl(device, command->number, &argument);
	if ((result < 0 || !command->results) &&
	    memcmp(&argument, &before, sizeof(before)))
		observe_die("the structure was written");
	if (result < 0 || !command->opens)
		return result;
	close(result);
	return 0;
}

#define ASK(by, value)							\
	ask_by(self->device, &commands[variant->index], by, value)

TEST_F(request, valid)
{
	EXPECT_EQ(0, ASK(TRANSLATE_PID_BY_SELF, 0));
	for (int by = TRANSLATE_PID_BY_PID; by < NS_NAMES; by++) {
		EXPECT_EQ(0, ASK(by, self->names.values[by])) {
			TH_LOG("by %d", by);
		}
	}
}

TEST_F(request, unknown_kind)
{
	static const __u32 kinds[] = {
		TRANSLATE_PID_BY_PROCFS + 1, 64, 100, 255, 256, 1U << 31, ~0U,
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		for (int by = TRANSLATE_PID_BY_SELF; by < NS_NAMES; by++)
			EXPECT_EQ(-EINVAL,
				  ASK(kinds[i], self->names.values[by]));
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
	for (int bit = 0; bit < 64; bit++) {
		EXPECT_EQ(-EINVAL, ASK(TRANSLATE_PID_BY_ID,
				       self->id ^ 1ULL << bit));
		EXPECT_EQ(-EINVAL, ASK(TRANSLATE_PID_BY_ID, 1ULL << bit));
	}
	/* The kernel's id is none of ours, nor the other way round. */
	EXPECT_EQ(-EINVAL, ASK(TRANSLATE_PID_BY_ID,
			       self->names.values[TRANSLATE_PID_BY_NS_ID]));
	EXPECT_EQ(-ESRCH, ASK(TRANSLATE_PID_BY_NS_ID, self->id));
}

static const char *const other_kinds[] = {
	"net", "user", "mnt", "uts", "ipc", "cgroup", "time",
};

TEST_F(request, kernel_ids_of_other_namespaces)
{
	for (size_t i = 0; i < ARRAY_SIZE(other_kinds); i++) {
		int fd = observe_open_ns(0, other_kinds[i]);
		__u64 ns_id;

		/* A kernel may be built without one of them. */
		if (fd < 0)
			continue;
		ns_id = observe_ns_id(fd);
		ASSERT_NE(0, ns_id);
		EXPECT_EQ(-ESRCH, ASK(TRANSLATE_PID_BY_NS_ID, ns_id)) {
			TH_LOG("%s", other_kinds[i]);
		}
		close(fd);
	}
	EXPECT_EQ(-ESRCH, ASK(TRANSLATE_PID_BY_NS_ID, 1ULL << 32));
}

TEST_F(request, descriptors_of_other_kinds)
{
	int pipes[2], fds[20];
	size_t count = 0;

	ASSERT_EQ(0, pipe(pipes));
	fds[count++] = pipes[0];
	fds[count++] = pipes[1];
	fds[count++] = open("/dev/null", O_RDWR);
	fds[count++] = open("/proc/self/status", O_RDONLY);
	fds[count++] = open("/proc/self/ns", O_RDONLY | O_DIRECTORY);
	fds[count++] = open("/proc/self", O_RDONLY | O_DIRECTORY);
	fds[count++] = eventfd(0, 0);
	fds[count++] = epoll_create1(0);
	fds[count++] = self->device;
	for (size_t i = 0; i < ARRAY_SIZE(other_kinds); i++) {
		int fd = observe_open_ns(self->init->pid, other_kinds[i]);

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
	long outer = translate_by_ioctl.translate(tid, self->id, 0);

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

TEST_HARNESS_MAIN
