// SPDX-License-Identifier: GPL-2.0-only
/*
 * seccomp filters see the system call as any other, on every syscall path.
 *
 * RUNS: also with x32 asleep, because its numbers must lead nowhere then, as distributions boot.
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <poll.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "child.h"
#include "syscall_paths.h"
#include "test.h"

/* The filter's action is for this pid; translations of others pass. */
#define MARKED	77777

#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1	/* si_code of SIGSYS */
#endif

FIXTURE(filter) {
};

FIXTURE_VARIANT(filter) {
	size_t path;
};

FIXTURE_VARIANT_ADD(filter, first_road) {
	.path = 0,
};

FIXTURE_VARIANT_ADD(filter, second_road) {
	.path = 1,
};

FIXTURE_VARIANT_ADD(filter, third_road) {
	.path = 2,
};

FIXTURE_SETUP(filter)
{
	ASSERT_EQ(0, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

FIXTURE_TEARDOWN(filter)
{
}

/* NULL if this program has no such syscall path, or it is closed. */
static const struct syscall_path *open_road(size_t index)
{
	if (index >= syscall_path_count || !syscall_path_is_open(&syscall_paths[index]))
		return NULL;
	return &syscall_paths[index];
}

static __u32 number_for_filter(const struct syscall_path *path)
{
	return syscall_path_default_number(path) |
	       (path->abi == SYSCALL_PATH_X32 ? SYSCALL_PATH_X32_BIT : 0);
}

/* Returns what seccomp(2) does: 0, or a listener's descriptor. */
static int install(const struct syscall_path *path, __u32 action, unsigned int flags)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, syscall_path_arch(path), 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number_for_filter(path), 0,
			 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MARKED, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {
		.len = ARRAY_SIZE(code),
		.filter = code,
	};
	int result = syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, flags,
			     &program);

	if (result < 0)
		observe_die("no seccomp filter: %s", strerror(errno));
	return result;
}

static long call(const struct syscall_path *path, pid_t pid)
{
	return syscall_path_translate(path, syscall_path_default_number(path), pid, 0, 0);
}

/* The syscall path need not exist in each ABI; the other tests then have no object. */
#define ROAD_OR_RETURN(path)						\
	const struct syscall_path *path = open_road(variant->path);	\
	if (!path)							\
		return

TEST_F(filter, error)
{
	ROAD_OR_RETURN(path);

	EXPECT_EQ(-ESRCH, call(path, MARKED));
	install(path, SECCOMP_RET_ERRNO | EXDEV, 0);
	EXPECT_EQ(-EXDEV, call(path, MARKED));
	EXPECT_EQ(getpid(), call(path, getpid()));
	/* A filter may also claim success. */
	install(path, SECCOMP_RET_ERRNO | 0, 0);
	EXPECT_EQ(0, call(path, MARKED));
}

TEST_F(filter, log_and_allow)
{
	ROAD_OR_RETURN(path);

	install(path, SECCOMP_RET_LOG, 0);
	EXPECT_EQ(-ESRCH, call(path, MARKED));
	EXPECT_EQ(getpid(), call(path, getpid()));
}

/* Without a tracer, as for any system call. */
TEST_F(filter, trace)
{
	ROAD_OR_RETURN(path);

	install(path, SECCOMP_RET_TRACE, 0);
	EXPECT_EQ(-ENOSYS, call(path, MARKED));
	EXPECT_EQ(getpid(), call(path, getpid()));
}

static int call_marked(void *argument)
{
	call(argument, MARKED);
	return 0;
}

TEST_F(filter, kill)
{
	ROAD_OR_RETURN(path);

	install(path, SECCOMP_RET_KILL_PROCESS, 0);
	EXPECT_EQ(128 + SIGSYS,
		  child_wait(child_start(call_marked, (void *)path)));
	EXPECT_EQ(getpid(), call(path, getpid()));
}

static siginfo_t trapped;

static void on_trap(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	trapped = *info;
}

TEST_F(filter, trap)
{
	struct sigaction action = {
		.sa_sigaction = on_trap,
		.sa_flags = SA_SIGINFO,
	};

	ROAD_OR_RETURN(path);

	ASSERT_EQ(0, sigaction(SIGSYS, &action, NULL));
	install(path, SECCOMP_RET_TRAP | 4321, 0);
	call(path, MARKED);
	EXPECT_EQ(SIGSYS, trapped.si_signo);
	EXPECT_EQ(SYS_SECCOMP, trapped.si_code);
	EXPECT_EQ(4321, trapped.si_errno);
	EXPECT_EQ(number_for_filter(path), (__u32)trapped.si_syscall);
	EXPECT_EQ(syscall_path_arch(path), trapped.si_arch);
	EXPECT_EQ(getpid(), call(path, getpid()));
}

struct supervised {
	const struct syscall_path *path;
	__u64 source;
	__u64 target;
	long result;
};

static int call_supervised(void *argument)
{
	struct supervised *s = argument;

	s->result = syscall_path_translate(s->path, syscall_path_default_number(s->path),
					   MARKED, s->source, s->target);
	return 0;
}

/* The supervisor sees number and arguments, and answers or lets pass. */
TEST_F(filter, notify)
{
	struct supervised *s = shared_memory(sizeof(*s));
	static const struct {
		struct seccomp_notif_resp response;
		long expected;
	} cases[] = {
		{ { .val = 4242 }, 4242 },
		{ { .error = -EDOM }, -EDOM },
		{ { .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE }, -ESRCH },
	};
	__u64 arguments[6];
	int listener, count;

	ROAD_OR_RETURN(path);

	*s = (struct supervised){ .path = path };
	listener = install(path, SECCOMP_RET_USER_NOTIF,
			   SECCOMP_FILTER_FLAG_NEW_LISTENER);
	count = syscall_path_arguments(path, MARKED, s->source, s->target, arguments);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		pid_t caller = child_start(call_supervised, s);
		struct pollfd wait = { .fd = listener, .events = POLLIN };
		struct seccomp_notif seen = {};
		struct seccomp_notif_resp response = cases[i].response;

		ASSERT_EQ(1, poll(&wait, 1, PATIENCE_MS));
		ASSERT_EQ(0, ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &seen));
		EXPECT_EQ(caller, seen.pid);
		EXPECT_EQ(number_for_filter(path), (__u32)seen.data.nr);
		EXPECT_EQ(syscall_path_arch(path), seen.data.arch);
		for (int j = 0; j < count; j++)
			EXPECT_EQ(arguments[j], seen.data.args[j]);
		response.id = seen.id;
		ASSERT_EQ(0, ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND,
				   &response));
		EXPECT_EQ(0, child_wait(caller));
		EXPECT_EQ(cases[i].expected, s->result) {
			TH_LOG("case %zu", i);
		}
	}
}

/* The halves of both ids reach the filter in their registers. */
TEST_F(filter, notified_ids)
{
	struct supervised *s = shared_memory(sizeof(*s));
	struct seccomp_notif_resp response = {
		.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE,
	};
	struct seccomp_notif seen = {};
	__u64 arguments[6];
	pid_t caller;
	int listener, count;

	ROAD_OR_RETURN(path);

	*s = (struct supervised){
		.path = path,
		.source = 0x1122334455667788ULL,
		.target = 0x99aabbccddeeff00ULL,
	};
	listener = install(path, SECCOMP_RET_USER_NOTIF,
			   SECCOMP_FILTER_FLAG_NEW_LISTENER);
	caller = child_start(call_supervised, s);
	ASSERT_EQ(0, ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &seen));
	count = syscall_path_arguments(path, MARKED, s->source, s->target, arguments);
	for (int j = 0; j < count; j++)
		EXPECT_EQ(arguments[j], seen.data.args[j]);
	response.id = seen.id;
	ASSERT_EQ(0, ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response));
	EXPECT_EQ(0, child_wait(caller));
	EXPECT_EQ(-EINVAL, s->result);
}

/* The strict mode allows four calls, and this is none of them. */
static int call_strictly(void *argument)
{
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
	call(argument, MARKED);
	syscall(__NR_exit, 0);
	return 0;
}

TEST_F(filter, strict_mode)
{
	ROAD_OR_RETURN(path);

	EXPECT_EQ(128 + SIGKILL,
		  child_wait(child_start(call_strictly, (void *)path)));
}

TEST_HARNESS_MAIN
