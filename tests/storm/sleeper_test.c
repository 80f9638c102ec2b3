// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unloading while something of the module is held by nobody in sight, or while
 * somebody sleeps inside of it, and is shown to be there.
 *
 * Moments that have their tests elsewhere: descriptors in processes, load_test;
 * a listing of /proc/<pid>/ns that waits for a page, cached and held links,
 * proc_link_unload_test; lookups inside of their read section,
 * drain_unload_test; a load that fails, load_failure_test.
 */
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <linux/nsfs.h>

#include "moments.h"
#include "ns_link.h"
#include "withheld_page.h"

MOMENT_FIXTURE(sleeper)

static int open_proc_file(struct __test_metadata *_metadata)
{
	int fd = open(TRANSLATE_PID_PROC_FILE, O_RDONLY | O_CLOEXEC);

	ASSERT_LE(0, fd);
	return fd;
}

static int open_device(struct __test_metadata *_metadata)
{
	int fd = open(TRANSLATE_PID_DEVICE, O_RDWR | O_CLOEXEC);

	ASSERT_LE(0, fd);
	return fd;
}

/* Refused at once, each time, and everything goes on working. */
static void must_be_refused(struct __test_metadata *_metadata)
{
	for (int i = 0; i < 20; i++) {
		__u64 start = observe_clock_ms();

		EXPECT_EQ(-EAGAIN, module_unload());
		EXPECT_GT(PATIENCE_MS / 2, observe_clock_ms() - start);
	}
	EXPECT_TRUE(module_is_loaded());
	EXPECT_EQ(getpid(), translate_by_ioctl.translate(getpid(), 0, 0));
	EXPECT_EQ(-EAGAIN, module_unload());
}

/* Loaded again, with the namespaces that are there. */
static void must_work_anew(struct __test_metadata *_metadata)
{
	__u64 id;
	struct node *init;

	ASSERT_EQ(0, module_load(""));
	init = node_spawn(NULL, CLONE_NEWPID);
	id = node_ns_id(init);
	EXPECT_EQ(init->pid, translate_by_ioctl.translate(1, id, 0));
	node_destroy(init);
	EXPECT_TRUE(id_dies(id));
}

TEST_F(sleeper, device_in_a_socket_queue)
{
	int fd = open_device(_metadata), ends[2];
	char control[CMSG_SPACE(sizeof(int))] = {};
	struct iovec byte = { .iov_base = "", .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &byte, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends));
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(rights), &fd, sizeof(int));
	ASSERT_EQ(1, sendmsg(ends[0], &message, 0));
	close(fd);
	/* Now it is in no process. */
	must_be_refused(_metadata);
	close(ends[0]);
	close(ends[1]);
	module_must_unload();
	must_work_anew(_metadata);
}

TEST_F(sleeper, device_in_an_epoll_set)
{
	int fd = open_device(_metadata), set = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLPRI };

	ASSERT_LE(0, set);
	ASSERT_EQ(0, epoll_ctl(set, EPOLL_CTL_ADD, fd, &event));
	EXPECT_EQ(0, epoll_wait(set, &event, 1, 10));
	must_be_refused(_metadata);
	close(fd);
	/* The set is open, and empty. */
	EXPECT_EQ(0, module_unload());
	EXPECT_EQ(0, epoll_wait(set, &event, 1, 10));
	must_work_anew(_metadata);
	close(set);
}

/* One call in a thread of the test, which shares its memory. */
struct sleeper {
	pthread_t thread;
	long (*call)(struct sleeper *sleeper);
	int fd;
	unsigned long command;
	struct withheld_page page;
	long result;
};

static void *run_sleeper(void *argument)
{
	struct sleeper *sleeper = argument;

	sleeper->result = sleeper->call(sleeper);
	if (sleeper->result < 0)
		sleeper->result = -errno;
	return NULL;
}

static long call_ioctl(struct sleeper *sleeper)
{
	return ioctl(sleeper->fd, sleeper->command, sleeper->page.memory);
}

static long call_read(struct sleeper *sleeper)
{
	return read(sleeper->fd, sleeper->page.memory, sleeper->page.size);
}

static long call_readlink(struct sleeper *sleeper)
{
	return readlink("/proc/self/ns/" NS_LINK, sleeper->page.memory,
			sleeper->page.size);
}

static void fall_asleep(struct __test_metadata *_metadata, struct sleeper *s)
{
	ASSERT_EQ(0, pthread_create(&s->thread, NULL, run_sleeper, s));
	withheld_wait_for_sleeper(&s->page);
}

static long wake_up(struct sleeper *sleeper)
{
	pthread_join(sleeper->thread, NULL);
	return sleeper->result;
}

static struct translate_pid_request own_request(void)
{
	return (struct translate_pid_request){ .pid = getpid() };
}

static void check_own_number(struct __test_metadata *_metadata,
			     const struct sleeper *s)
{
	const struct translate_pid_request *answer = (void *)s->page.memory;

	EXPECT_EQ(getpid(), answer->result);
}

TEST_F(sleeper, ioctl_reads_a_missing_page)
{
	struct translate_pid_request request = own_request();
	struct sleeper s = {
		.call = call_ioctl, .command = TRANSLATE_PID_TRANSLATE,
		.fd = open_device(_metadata), .page = withheld_missing(),
	};

	fall_asleep(_metadata, &s);
	must_be_refused(_metadata);
	withheld_fill(&s.page, &request, sizeof(request));
	EXPECT_EQ(0, wake_up(&s));
	check_own_number(_metadata, &s);
	close(s.fd);
	EXPECT_EQ(0, module_unload());
	must_work_anew(_metadata);
	withheld_free(&s.page);
}

TEST_F(sleeper, ioctl_writes_to_a_missing_page)
{
	struct translate_pid_info info;
	struct sleeper s = {
		.call = call_ioctl, .command = TRANSLATE_PID_GET_INFO,
		.fd = open_device(_metadata), .page = withheld_missing(),
	};

	fall_asleep(_metadata, &s);
	must_be_refused(_metadata);
	withheld_fill(&s.page, NULL, 0);
	EXPECT_EQ(0, wake_up(&s));
	memcpy(&info, s.page.memory, sizeof(info));
	EXPECT_EQ(TRANSLATE_PID_VERSION, info.version);
	EXPECT_LE(1, info.namespaces);
	close(s.fd);
	EXPECT_EQ(0, module_unload());
	must_work_anew(_metadata);
	withheld_free(&s.page);
}

TEST_F(sleeper, ioctl_writes_to_a_protected_page)
{
	struct translate_pid_request request = own_request();
	struct sleeper s = {
		.call = call_ioctl, .command = TRANSLATE_PID_TRANSLATE,
		.fd = open_device(_metadata),
		.page = withheld_read_only(&request, sizeof(request)),
	};

	fall_asleep(_metadata, &s);
	must_be_refused(_metadata);
	withheld_allow_writing(&s.page);
	EXPECT_EQ(0, wake_up(&s));
	check_own_number(_metadata, &s);
	close(s.fd);
	EXPECT_EQ(0, module_unload());
	withheld_free(&s.page);
}

/* The array waits, not the structure: between two parts of the work. */
static long call_many(struct sleeper *sleeper)
{
	struct translate_pid_many_request request = {
		.pids = (unsigned long)sleeper->page.memory - sleeper->page.front,
		.count = (sleeper->page.front + sleeper->page.size) / sizeof(__s32),
	};

	return ioctl(sleeper->fd, TRANSLATE_PID_TRANSLATE_MANY, &request);
}

static void sleep_in_array(struct __test_metadata *_metadata, struct sleeper *s, long answer)
{
	fall_asleep(_metadata, s);
	must_be_refused(_metadata);
	withheld_fill(&s->page, NULL, 0);
	EXPECT_EQ(answer, wake_up(s));
	close(s->fd);
	EXPECT_EQ(0, module_unload());
	must_work_anew(_metadata);
}

static void sleep_in_many(struct __test_metadata *_metadata, int fd)
{
	struct sleeper s = {
		.call = call_many, .fd = fd, .page = withheld_missing_behind_a_page(),
	};

	sleep_in_array(_metadata, &s, 0);
	EXPECT_EQ(-ESRCH, *(__s32 *)s.page.memory);
	withheld_free(&s.page);
}

TEST_F(sleeper, many_of_the_device_read_a_missing_page)
{
	sleep_in_many(_metadata, open_device(_metadata));
}

TEST_F(sleeper, many_of_procfs_read_a_missing_page)
{
	sleep_in_many(_metadata, open_proc_file(_metadata));
}

/* Room for one entry in front of the page, for the other one it waits. */
static long call_list(struct sleeper *sleeper)
{
	struct translate_pid_list_request request = {
		.entries = (unsigned long)sleeper->page.memory -
			   sizeof(struct translate_pid_list_entry),
		.count = 2,
	};
	long error = ioctl(sleeper->fd, TRANSLATE_PID_LIST_PIDS, &request);

	return error ? error : (long)request.done;
}

/* The same with a namespace, the initial one, whose entry lies across the edge of the page. */
static long call_list_ns(struct sleeper *sleeper)
{
	struct translate_pid_list_ns_request request = {
		.entries = (unsigned long)sleeper->page.memory -
			   sizeof(struct translate_pid_ns_entry) / 2,
		.count = 1,
	};
	long error = ioctl(sleeper->fd, TRANSLATE_PID_LIST_NS, &request);

	return error ? error : (long)request.done + 1;
}

static void sleep_in_list(struct __test_metadata *_metadata, int fd,
			  long (*call)(struct sleeper *sleeper))
{
	struct sleeper s = {
		.call = call, .fd = fd, .page = withheld_missing_behind_a_page(),
	};

	sleep_in_array(_metadata, &s, 2);
	withheld_free(&s.page);
}

TEST_F(sleeper, list_of_the_device_writes_to_a_missing_page)
{
	sleep_in_list(_metadata, open_device(_metadata), call_list);
}

TEST_F(sleeper, list_of_procfs_writes_to_a_missing_page)
{
	sleep_in_list(_metadata, open_proc_file(_metadata), call_list);
}

TEST_F(sleeper, list_of_namespaces_by_the_device_writes_to_a_missing_page)
{
	sleep_in_list(_metadata, open_device(_metadata), call_list_ns);
}

TEST_F(sleeper, list_of_namespaces_by_procfs_writes_to_a_missing_page)
{
	sleep_in_list(_metadata, open_proc_file(_metadata), call_list_ns);
}

/* The call itself is the last that has the device open. */
TEST_F(sleeper, device_closed_under_a_sleeping_ioctl)
{
	struct translate_pid_ns_request request = {
		.by = TRANSLATE_PID_BY_SELF
	};
	struct sleeper s = {
		.call = call_ioctl, .command = TRANSLATE_PID_OPEN_NS,
		.fd = open_device(_metadata), .page = withheld_missing(),
	};
	long opened;

	fall_asleep(_metadata, &s);
	close(s.fd);
	must_be_refused(_metadata);
	withheld_fill(&s.page, &request, sizeof(request));
	opened = wake_up(&s);
	EXPECT_LE(0, opened);
	module_must_unload();
	/* What the module opened is the kernel's own, and outlives it. */
	EXPECT_EQ(CLONE_NEWPID, ioctl(opened, NS_GET_NSTYPE));
	EXPECT_EQ(0, setns(opened, CLONE_NEWPID));
	close(opened);
	withheld_free(&s.page);
}

/* A reader may sleep for as long as it likes; rmmod must not sleep with it. */
TEST_F(sleeper, id_file_is_read_to_a_missing_page)
{
	struct sleeper s = {
		.call = call_read, .page = withheld_missing(),
		.fd = open("/proc/pidns_id", O_RDONLY | O_CLOEXEC),
	};
	char again[8];

	ASSERT_LE(0, s.fd);
	fall_asleep(_metadata, &s);
	must_be_refused(_metadata);
	withheld_fill(&s.page, NULL, 0);
	EXPECT_EQ(2, wake_up(&s));
	EXPECT_EQ(0, memcmp(s.page.memory, "0\n", 2));
	/* An open file that nobody reads is no reason to refuse. */
	EXPECT_EQ(0, module_unload());
	EXPECT_GT(0, pread(s.fd, again, sizeof(again), 0));
	close(s.fd);
	must_work_anew(_metadata);
	withheld_free(&s.page);
}

/*
 * The same of the other file of procfs, which every container shows: it may
 * sleep before the command, and behind it.
 */
static void sleep_in_a_command(struct __test_metadata *_metadata, struct sleeper *s,
			       void (*wake)(const struct sleeper *s))
{
	struct translate_pid_request request = own_request();

	fall_asleep(_metadata, s);
	must_be_refused(_metadata);
	wake(s);
	EXPECT_EQ(0, wake_up(s));
	check_own_number(_metadata, s);
	/* A descriptor on which nobody asks is no reason to refuse. */
	EXPECT_EQ(0, module_unload());
	EXPECT_EQ(-ENOTTY, translate_ioctl(s->fd, TRANSLATE_PID_TRANSLATE, &request));
	must_work_anew(_metadata);
	EXPECT_EQ(-ENOTTY, translate_ioctl(s->fd, TRANSLATE_PID_TRANSLATE, &request));
	close(s->fd);
	withheld_free(&s->page);
}

static void give_request(const struct sleeper *s)
{
	struct translate_pid_request request = own_request();

	withheld_fill(&s->page, &request, sizeof(request));
}

static void allow_result(const struct sleeper *s)
{
	withheld_allow_writing(&s->page);
}

TEST_F(sleeper, proc_command_reads_a_missing_page)
{
	struct sleeper s = {
		.call = call_ioctl, .command = TRANSLATE_PID_TRANSLATE,
		.fd = open_proc_file(_metadata), .page = withheld_missing(),
	};

	sleep_in_a_command(_metadata, &s, give_request);
}

TEST_F(sleeper, proc_command_writes_to_a_protected_page)
{
	struct translate_pid_request request = own_request();
	struct sleeper s = {
		.call = call_ioctl, .command = TRANSLATE_PID_TRANSLATE,
		.fd = open_proc_file(_metadata),
		.page = withheld_read_only(&request, sizeof(request)),
	};

	sleep_in_a_command(_metadata, &s, allow_result);
}

/* The module has given the text; what sleeps is the kernel's own code. */
TEST_F(sleeper, link_is_read_to_a_missing_page)
{
	struct sleeper s = {
		.call = call_readlink, .page = withheld_missing(),
	};

	fall_asleep(_metadata, &s);
	EXPECT_EQ(0, module_unload());
	EXPECT_FALSE(module_is_loaded());
	withheld_fill(&s.page, NULL, 0);
	EXPECT_EQ(3, wake_up(&s));
	EXPECT_EQ(0, memcmp(s.page.memory, "[0]", 3));
	must_work_anew(_metadata);
	withheld_free(&s.page);
}

TEST_HARNESS_MAIN
