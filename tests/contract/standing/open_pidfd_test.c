// SPDX-License-Identifier: GPL-2.0-only
/*
 * TRANSLATE_PID_OPEN_PIDFD: a pidfd of what has a number in a namespace. What can be compared is
 * compared with what pidfd_open(2) gives for the number in the test process's own namespace.
 */
#include <dirent.h>
#include <limits.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <linux/capability.h>

#include "../../../shim/lib/translate_pid.h"
#include "ns_question.h"
#include "test.h"

#define USER	1000

TREE_FIXTURE_WITH(open_pidfd, NAMING_VARIANTS)

/* Of the command alone. */
TREE_FIXTURE_WITH(open_pidfd_command, NO_VARIANTS)

struct pidfd_question {
	const struct translate_interface *interface;
	__u64 value;
	__u32 by;
	__u32 flags;
	pid_t pid;
};

static long ask(void *data)
{
	struct pidfd_question *q = data;
	struct translate_pid_pidfd_request request = {
		.by = q->by, .value = q->value, .flags = q->flags, .pid = q->pid,
	};
	int file, fd;

	if (q->interface == &translate_by_library) {
		int module = q->by == TRANSLATE_PID_BY_ID ? -1 : pidns_open_module();

		if (q->by != TRANSLATE_PID_BY_ID && module < 0)
			return -errno;
		fd = q->by == TRANSLATE_PID_BY_ID ?
			     pidns_open_pidfd(q->value, q->pid, q->flags) :
			     pidns_open_pidfd_at(module, q->by, q->value, q->pid, q->flags);
		fd = fd < 0 ? -errno : fd;
		if (module >= 0)
			close(module);
		return fd;
	}
	file = q->interface == &translate_by_proc ? translate_proc_file() : translate_device();
	return file < 0 ? file : translate_ioctl(file, TRANSLATE_PID_OPEN_PIDFD, &request);
}

/* The new descriptor in the caller, or the negative error number. */
static long open_by(struct node *caller, const struct translate_interface *interface, __u32 by,
		    __u64 value, pid_t pid, __u32 flags)
{
	struct pidfd_question q = {
		.interface = interface, .by = by, .value = value, .flags = flags, .pid = pid,
	};

	return node_call(caller, ask, &q, sizeof(q));
}

#define OPEN(caller, id, pid, flags)					\
	open_by(caller, variant->interface, TRANSLATE_PID_BY_ID, id, pid, flags)

/* What the kernel says to the number in the test process's own namespace. */
static long kernels(pid_t pid, unsigned int flags)
{
	int fd = syscall(__NR_pidfd_open, pid, flags);

	return fd < 0 ? -errno : fd;
}

/* The kernel gives each process an inode of its own, and no two the same. */
static bool is_of_one_process(int one, int other)
{
	struct stat a, b;

	if (fstat(one, &a) || fstat(other, &b))
		observe_die("no status of a pidfd: %s", strerror(errno));
	return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Both descriptors name the same, or both errors are the same; closes them. */
static bool agree(long ours, long theirs)
{
	bool same = ours < 0 || theirs < 0 ? ours == theirs : is_of_one_process(ours, theirs);

	if (!same)
		printf("# %ld here, %ld by pidfd_open()\n", ours, theirs);
	if (ours >= 0)
		close(ours);
	if (theirs >= 0)
		close(theirs);
	return same;
}

static long send(int pidfd, int signal)
{
	return syscall(__NR_pidfd_send_signal, pidfd, signal, NULL, 0) ? -errno : 0;
}

static int events(int pidfd, int ms)
{
	struct pollfd ask = { .fd = pidfd, .events = POLLIN };

	return poll(&ask, 1, ms) < 0 ? -errno : ask.revents;
}

static int open_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

TEST_F(open_pidfd, by_everything_that_names_the_namespace)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *child = node_spawn(init, 0);
	struct ns_names names = ns_names_of(init);

	for (__u32 by = TRANSLATE_PID_BY_PID; by < NS_NAMES; by++) {
		EXPECT_TRUE(agree(open_by(NULL, variant->interface, by, names.values[by], 1, 0),
				  kernels(init->pid, 0))) {
			TH_LOG("by %u", by);
		}
		EXPECT_TRUE(agree(open_by(NULL, variant->interface, by, names.values[by],
					  child->own, 0), kernels(child->pid, 0))) {
			TH_LOG("by %u", by);
		}
	}
	ns_names_close(&names);
	EXPECT_TRUE(agree(open_by(NULL, variant->interface, TRANSLATE_PID_BY_SELF, 0, getpid(), 0),
			  kernels(getpid(), 0)));
}

/* The container's init, in one call from any of its processes. */
TEST_F(open_pidfd, init_beside_a_process)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *child = node_spawn(node_spawn(init, 0), 0);

	EXPECT_TRUE(agree(open_by(NULL, variant->interface, TRANSLATE_PID_BY_PID, child->pid, 1, 0),
			  kernels(init->pid, 0)));
}

TEST_F(open_pidfd, at_every_level)
{
	struct node *chain[4];
	pid_t numbers[PID_NS_LEVELS];

	node_spawn_chain(NULL, chain, 4);
	ASSERT_EQ(5, observe_numbers(chain[3]->pid, numbers));
	for (int level = 0; level <= 4; level++) {
		__u64 id = level ? node_ns_id(chain[level - 1]) : TRANSLATE_PID_INIT_NS;

		EXPECT_TRUE(agree(OPEN(NULL, id, numbers[level], 0), kernels(chain[3]->pid, 0)));
	}
}

/* The lowest free number, as for any descriptor, and none of exec's. */
TEST_F(open_pidfd, descriptor)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u64 id = node_ns_id(init);
	int lowest;
	long fd;

	translate_device();
	translate_proc_file();
	lowest = dup(0);
	close(lowest);
	fd = OPEN(NULL, id, 1, 0);
	/* The library opens the device meanwhile. */
	EXPECT_TRUE(fd == lowest || variant->interface == &translate_by_library);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	EXPECT_EQ(O_RDWR, fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK | PIDFD_THREAD));
	close(fd);
	fd = OPEN(NULL, id, 1, TRANSLATE_PID_PIDFD_NONBLOCK);
	ASSERT_LE(0, fd);
	EXPECT_EQ(O_NONBLOCK, fcntl(fd, F_GETFL) & (O_NONBLOCK | PIDFD_THREAD));
	EXPECT_EQ(-1, waitid(P_PIDFD, fd, &(siginfo_t){}, WEXITED));
	EXPECT_EQ(EAGAIN, errno);
	close(fd);
	fd = OPEN(NULL, id, 1, TRANSLATE_PID_PIDFD_THREAD | TRANSLATE_PID_PIDFD_NONBLOCK);
	ASSERT_LE(0, fd);
	EXPECT_EQ(O_NONBLOCK | PIDFD_THREAD, fcntl(fd, F_GETFL) & (O_NONBLOCK | PIDFD_THREAD));
	close(fd);
}

TEST_F(open_pidfd, does_what_pidfds_do)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *child = node_spawn(init, 0);
	long fd = OPEN(NULL, node_ns_id(init), child->own, 0);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, send(fd, 0));
	EXPECT_EQ(0, events(fd, 0));
	EXPECT_EQ(0, send(fd, SIGKILL));
	EXPECT_EQ(POLLIN, events(fd, PATIENCE_MS));
	node_reap(child);
	EXPECT_EQ(-ESRCH, send(fd, 0));
	EXPECT_EQ(POLLIN | POLLHUP, events(fd, 0));
	close(fd);
}

/* Each of these the kernel refuses or gives in its own way, and so it is here. */
TEST_F(open_pidfd, threads)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *process = node_spawn(init, 0);
	__u64 id = node_ns_id(init);
	pid_t tid = node_thread(process);
	pid_t outside = translate_by_ioctl.translate(tid, id, 0);

	EXPECT_EQ(-ENOENT, OPEN(NULL, id, tid, 0));
	EXPECT_TRUE(agree(OPEN(NULL, id, tid, 0), kernels(outside, 0)));
	EXPECT_TRUE(agree(OPEN(NULL, id, tid, PIDFD_THREAD), kernels(outside, PIDFD_THREAD)));
	EXPECT_TRUE(agree(OPEN(NULL, id, process->own, PIDFD_THREAD),
			  kernels(process->pid, PIDFD_THREAD)));
	node_leave_leader(process);
	EXPECT_TRUE(agree(OPEN(NULL, id, process->own, 0), kernels(process->pid, 0)));
	EXPECT_TRUE(agree(OPEN(NULL, id, process->own, PIDFD_THREAD),
			  kernels(process->pid, PIDFD_THREAD)));
}

TEST_F(open_pidfd, zombies_and_reaped)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *child = node_spawn(init, 0);
	__u64 id = node_ns_id(init);
	long fd;

	node_exit(child);
	fd = OPEN(NULL, id, child->own, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(POLLIN, events(fd, 0));
	EXPECT_TRUE(agree(fd, kernels(child->pid, 0)));
	node_reap(child);
	EXPECT_EQ(-ESRCH, OPEN(NULL, id, child->own, 0));
	EXPECT_EQ(-ESRCH, kernels(child->pid, 0));
}

TEST_F(open_pidfd, number_that_only_a_session_keeps)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *leader = node_spawn(init, 0), *member;
	__u64 id = node_ns_id(init);

	node_lead_session(leader);
	member = node_spawn(leader, 0);
	node_outlive_parent(member);
	node_destroy(leader);
	ASSERT_EQ(leader->pid, translate_by_ioctl.translate(leader->own, id, 0));
	EXPECT_EQ(-ESRCH, OPEN(NULL, id, leader->own, 0));
	EXPECT_TRUE(agree(OPEN(NULL, id, leader->own, PIDFD_THREAD),
			  kernels(leader->pid, PIDFD_THREAD)));
}

TEST_F(open_pidfd, numbers_that_nobody_has)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u64 id = node_ns_id(init);
	int before;

	translate_device();
	translate_proc_file();
	before = open_descriptors();
	EXPECT_EQ(-EINVAL, OPEN(NULL, id, 0, 0));
	EXPECT_EQ(-EINVAL, OPEN(NULL, id, -1, 0));
	EXPECT_EQ(-EINVAL, OPEN(NULL, id, INT_MIN, 0));
	EXPECT_EQ(-EINVAL, kernels(-1, 0));
	EXPECT_EQ(-ESRCH, OPEN(NULL, id, INT_MAX, 0));
	EXPECT_EQ(-ESRCH, OPEN(NULL, id, 4194303, 0));
	/* It has one, but not there. */
	EXPECT_EQ(-ESRCH, OPEN(NULL, id, getpid(), 0));
	/* Other flags of pidfds that the kernel has for itself, and all others. */
	for (int bit = 0; bit < 32; bit++)
		if (1U << bit != PIDFD_THREAD && 1U << bit != O_NONBLOCK)
			EXPECT_EQ(-EINVAL, OPEN(NULL, id, 1, 1U << bit));
	EXPECT_EQ(before, open_descriptors());
}

/* The number may be given away, the process may not. */
TEST_F(open_pidfd, number_is_reused)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID), *first, *second;
	const pid_t number = 300;
	__u64 id = node_ns_id(init);
	int error = 0;
	long fd, other;

	first = node_try_spawn(init, 0, &number, 1, &error);
	ASSERT_EQ(0, error);
	fd = OPEN(NULL, id, number, 0);
	ASSERT_LE(0, fd);
	node_destroy(first);
	second = node_try_spawn(init, 0, &number, 1, &error);
	ASSERT_EQ(0, error);
	ASSERT_EQ(number, second->own);
	other = OPEN(NULL, id, number, 0);
	ASSERT_LE(0, other);
	EXPECT_FALSE(is_of_one_process(fd, other));
	EXPECT_EQ(0, send(other, 0));
	EXPECT_EQ(-ESRCH, send(fd, 0));
	close(other);
	close(fd);
}

/* As any pidfd keeps it; it is no process of it. */
TEST_F(open_pidfd, keeps_the_id_alive)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u64 id = node_ns_id(init);
	long fd = OPEN(NULL, id, 1, 0);

	ASSERT_LE(0, fd);
	node_destroy(init);
	EXPECT_EQ(-ESRCH, OPEN(NULL, id, 1, 0));
	EXPECT_EQ(-ESRCH, translate_by_ioctl.translate(1, id, id));
	close(fd);
	EXPECT_TRUE(id_dies(id));
	EXPECT_EQ(-EINVAL, OPEN(NULL, id, 1, 0));
}

TEST_F(open_pidfd, errors_come_in_order)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *user = node_spawn_user(NULL, 0, USER, 0);
	__u64 id = node_ns_id(init);

	EXPECT_EQ(-EINVAL, OPEN(user, id, 0, 0));
	EXPECT_EQ(-EINVAL, OPEN(user, ~0ULL, 1, 0));
	EXPECT_EQ(-EPERM, OPEN(user, id, 1, 0));
	/* Nothing is told of who is there. */
	EXPECT_EQ(-EPERM, OPEN(user, id, INT_MAX, 0));
	EXPECT_EQ(-EPERM, open_by(user, variant->interface, TRANSLATE_PID_BY_PID, init->pid, 1, 0));
	EXPECT_EQ(-ESRCH, open_by(user, variant->interface, TRANSLATE_PID_BY_PID, INT_MAX, 1, 0));
	EXPECT_EQ(-EBADF, open_by(user, variant->interface, TRANSLATE_PID_BY_NSFD, 999, 1, 0));
	/* In the own one, as pidfd_open() does: whose process it is does not matter. */
	EXPECT_LE(0, open_by(user, variant->interface, TRANSLATE_PID_BY_SELF, 0, 1, 0));
}

/* To be told of a number is less than to be given a pidfd. */
static void check_told_only(struct __test_metadata *_metadata,
			    const struct translate_interface *interface, struct node *caller,
			    struct node *of, const char *who)
{
	__u64 id = node_ns_id(of);

	EXPECT_EQ(1, translate_as(caller, &translate_by_ioctl, 1, id, id)) {
		TH_LOG("%s", who);
	}
	EXPECT_EQ(-EPERM, open_by(caller, interface, TRANSLATE_PID_BY_ID, id, 1, 0)) {
		TH_LOG("%s", who);
	}
}

static void check_given(struct __test_metadata *_metadata,
			const struct translate_interface *interface, struct node *caller,
			struct node *of, const char *who)
{
	__u64 id = of ? node_ns_id(of) : TRANSLATE_PID_INIT_NS;

	EXPECT_LE(0, open_by(caller, interface, TRANSLATE_PID_BY_ID, id, 1, 0)) {
		TH_LOG("%s", who);
	}
}

/* All inits belong to the user, so the access rule allows all of them. */
TEST_F(open_pidfd, outside_of_the_own_subtree)
{
	struct node *nest = node_spawn(NULL, CLONE_NEWPID);
	struct node *inner = node_spawn(nest, CLONE_NEWPID);
	struct node *sibling = node_spawn(nest, CLONE_NEWPID);
	struct node *child = node_spawn(inner, CLONE_NEWPID);
	struct node *capable = node_spawn(nest, CLONE_NEWPID);
	const struct translate_interface *interface = variant->interface;

	check_given(_metadata, interface, inner, NULL, "root: initial");
	check_given(_metadata, interface, inner, sibling, "root: sibling");
	node_become_user(child, USER, 0);
	node_become_user(inner, USER, 0);
	node_become_user(sibling, USER, 0);
	node_become_user(capable, USER, 1ULL << CAP_SYS_PTRACE);
	node_become_user(nest, USER, 0);
	check_given(_metadata, interface, inner, inner, "own");
	check_given(_metadata, interface, inner, child, "child");
	check_told_only(_metadata, interface, inner, nest, "parent");
	check_told_only(_metadata, interface, inner, sibling, "sibling");
	check_given(_metadata, interface, capable, nest, "capable: parent");
	check_given(_metadata, interface, capable, sibling, "capable: sibling");
}

#define PIDFD_GET_INFO_VER0	_IOC(_IOC_READ | _IOC_WRITE, 0xff, 11, 64)

static long use(void *data)
{
	int fd = *(int *)data;
	__u64 info[8] = {};

	if (send(fd, 0) != -EINVAL || send(fd, SIGKILL) != -EINVAL)
		return -1;
	if (ioctl(fd, PIDFD_GET_INFO_VER0, info) != -1 || errno != EREMOTE)
		return -2;
	return events(fd, 0);
}

/* The kernel shields what the holder does not see: the pages say what is left. */
TEST_F(open_pidfd_command, of_what_is_not_visible)
{
	struct node *holder = node_spawn(NULL, CLONE_NEWPID);
	struct node *beside = node_spawn(NULL, CLONE_NEWPID);
	long fd = open_by(holder, &translate_by_ioctl, TRANSLATE_PID_BY_ID, node_ns_id(beside), 1,
			  0);
	int handle = fd;

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, node_call(holder, use, &handle, sizeof(handle)));
	node_kill(beside);
	EXPECT_EQ(POLLIN, node_call(holder, use, &handle, sizeof(handle)));
	/* What it is a process of can be named by it, but not accessed without the right. */
	node_become_user(holder, USER, 0);
	EXPECT_EQ(-EPERM, get_id_as(holder, &translate_by_ioctl, TRANSLATE_PID_BY_PIDFD, fd, NULL,
				    NULL));
}

static long open_with_full_table(void *data)
{
	struct rlimit limit = { 16, 16 };
	__u64 id = *(__u64 *)data;

	if (translate_device() < 0 || setrlimit(RLIMIT_NOFILE, &limit))
		return -errno;
	while (dup(0) >= 0)
		;
	return open_by(NULL, &translate_by_ioctl, TRANSLATE_PID_BY_ID, id, 1, 0);
}

/* Nothing is left behind: neither the process nor its namespace has a reference more. */
TEST_F(open_pidfd_command, too_many_descriptors)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *caller = node_spawn(NULL, 0);
	__u64 id = node_ns_id(init);

	for (int i = 0; i < 10; i++)
		EXPECT_EQ(-EMFILE, node_call(caller, open_with_full_table, &id, sizeof(id)));
	node_destroy(init);
	EXPECT_TRUE(id_dies(id));
}

/* The result is the call's own, so memory that cannot be written does not matter. */
TEST_F(open_pidfd_command, nothing_is_written)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	size_t size = sysconf(_SC_PAGESIZE);
	struct translate_pid_pidfd_request *request;
	__u64 id = node_ns_id(init);
	int device = translate_device();

	ASSERT_LE(0, device);
	request = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, request);
	request->by = TRANSLATE_PID_BY_ID;
	request->value = id;
	request->pid = 1;
	ASSERT_EQ(0, mprotect(request, size, PROT_READ));
	for (int i = 0; i < 100; i++)
		EXPECT_TRUE(agree(translate_ioctl(device, TRANSLATE_PID_OPEN_PIDFD, request),
				  kernels(init->pid, 0)));
	munmap(request, size);
	node_destroy(init);
	EXPECT_TRUE(id_dies(id));
}

TEST_F(open_pidfd_command, is_a_feature)
{
	struct translate_pid_info info;

	ASSERT_EQ(0, translate_get_info(&info));
	EXPECT_NE(0, info.features & TRANSLATE_PID_FEATURE_PIDFD);
}

TEST_HARNESS_MAIN
