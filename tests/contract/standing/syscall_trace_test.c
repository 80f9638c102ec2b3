// SPDX-License-Identifier: GPL-2.0-only
/*
 * ptrace(2) sees and changes the system call as any other, on every syscall path.
 *
 * RUNS: also with x32 asleep, because its numbers must lead nowhere then, as distributions boot.
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "child.h"
#include "syscall_paths.h"
#include "test.h"

/* The C library's headers may be older than these. */
#define GET_SYSCALL_INFO	0x420e
#define SET_SYSCALL_INFO	0x4212

enum { STOP_NONE, STOP_ENTRY, STOP_EXIT };

/* struct ptrace_syscall_info of linux/ptrace.h. */
struct stop {
	__u8 op;
	__u8 reserved;
	__u16 flags;
	__u32 arch;
	__u64 instruction_pointer;
	__u64 stack_pointer;
	union {
		struct {
			__u64 nr;
			__u64 arguments[6];
		} entry;
		struct {
			__s64 result;
			__u8 is_error;
		} exit;
		__u64 space[8];
	};
};

FIXTURE(trace) {
};

FIXTURE_SETUP(trace)
{
}

FIXTURE_TEARDOWN(trace)
{
	nodes_destroy();
}

#define FOR_EACH_SYSCALL_PATH(path)					\
	for (const struct syscall_path *path = syscall_paths; path < syscall_paths + syscall_path_count; path++) \
		if (syscall_path_is_open(path))

static __u64 number_of(const struct syscall_path *path, long number)
{
	return number | (path->abi == SYSCALL_PATH_X32 ? SYSCALL_PATH_X32_BIT : 0);
}

/* What the traced process calls, once, and what it got. */
struct traced {
	const struct syscall_path *path;
	__u64 number;
	__u64 arguments[6];
	__s64 result;
};

static int be_traced(void *argument)
{
	struct traced *t = argument;

	if (ptrace(PTRACE_TRACEME, 0, 0, 0))
		return 1;
	raise(SIGSTOP);
	t->result = t->path->call(t->number, t->arguments);
	return 0;
}

static void begin(struct __test_metadata *_metadata, pid_t pid)
{
	int status;

	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WIFSTOPPED(status));
	ASSERT_EQ(0, ptrace(PTRACE_SETOPTIONS, pid, 0,
			    PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
}

/*
 * Goes on to the next entry of the system call @number, or, with -1, to the
 * exit of the one that is under way.
 */
static void go_to(struct __test_metadata *_metadata, pid_t pid, __s64 number,
		  struct stop *stop)
{
	int status;

	do {
		ASSERT_EQ(0, ptrace(PTRACE_SYSCALL, pid, 0, 0));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		ASSERT_TRUE(WIFSTOPPED(status)) {
			TH_LOG("the call was never seen");
		}
		ASSERT_EQ(SIGTRAP | 0x80, WSTOPSIG(status));
		ASSERT_LT(0, ptrace(GET_SYSCALL_INFO, pid, sizeof(*stop),
				    stop));
	} while (number >= 0 && (stop->op != STOP_ENTRY ||
				 stop->entry.nr != (__u64)number));
}

static void finish(struct __test_metadata *_metadata, pid_t pid)
{
	ASSERT_EQ(0, ptrace(PTRACE_DETACH, pid, 0, 0));
	EXPECT_EQ(0, child_wait(pid));
}

static struct traced *prepare(const struct syscall_path *path, __u64 number,
			      pid_t pid, __u64 source, __u64 target)
{
	struct traced *t = shared_memory(sizeof(*t));

	t->path = path;
	t->number = number;
	syscall_path_arguments(path, pid, source, target, t->arguments);
	return t;
}

TEST_F(trace, entry_and_exit)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u64 id = node_ns_id(init);

	FOR_EACH_SYSCALL_PATH(path) {
		long number = syscall_path_default_number(path);
		struct traced *t = prepare(path, number, 1, id, 0);
		int count = path->abi == SYSCALL_PATH_I386 ? 5 : 3;
		struct stop stop;
		pid_t pid = child_start(be_traced, t);

		begin(_metadata, pid);
		go_to(_metadata, pid, number_of(path, number), &stop);
		EXPECT_EQ(syscall_path_arch(path), stop.arch);
		for (int i = 0; i < count; i++) {
			EXPECT_EQ(t->arguments[i], stop.entry.arguments[i]) {
				TH_LOG("by %s: argument %d", path->name, i);
			}
		}
		go_to(_metadata, pid, -1, &stop);
		ASSERT_EQ(STOP_EXIT, stop.op);
		EXPECT_EQ(init->pid, stop.exit.result);
		EXPECT_EQ(0, stop.exit.is_error);
		finish(_metadata, pid);
		EXPECT_EQ(init->pid, t->result) {
			TH_LOG("by %s", path->name);
		}
	}
}

TEST_F(trace, error_at_exit)
{
	FOR_EACH_SYSCALL_PATH(path) {
		long number = syscall_path_default_number(path);
		struct traced *t = prepare(path, number, 1, 1, 0);
		struct stop stop;
		pid_t pid = child_start(be_traced, t);

		begin(_metadata, pid);
		go_to(_metadata, pid, number_of(path, number), &stop);
		go_to(_metadata, pid, -1, &stop);
		ASSERT_EQ(STOP_EXIT, stop.op);
		EXPECT_EQ(-EINVAL, stop.exit.result);
		EXPECT_EQ(1, stop.exit.is_error);
		/* The tracer may lie about it. */
		stop.exit.result = 1234;
		stop.exit.is_error = 0;
		EXPECT_EQ(0, ptrace(SET_SYSCALL_INFO, pid, sizeof(stop), &stop));
		finish(_metadata, pid);
		EXPECT_EQ(1234, t->result) {
			TH_LOG("by %s", path->name);
		}
	}
}

/* Runs a call of @number that the tracer changes to @changed at its entry. */
static __s64 run_changed(struct __test_metadata *_metadata,
			 struct traced *t, __u64 changed, pid_t *caller)
{
	struct stop stop;
	pid_t pid = child_start(be_traced, t);

	*caller = pid;
	begin(_metadata, pid);
	go_to(_metadata, pid, number_of(t->path, t->number), &stop);
	stop.entry.nr = changed;
	EXPECT_EQ(0, ptrace(SET_SYSCALL_INFO, pid, sizeof(stop), &stop));
	go_to(_metadata, pid, -1, &stop);
	EXPECT_EQ(STOP_EXIT, stop.op);
	finish(_metadata, pid);
	return t->result;
}

TEST_F(trace, changed_to_it)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u64 id = node_ns_id(init);
	pid_t caller;

	FOR_EACH_SYSCALL_PATH(path) {
		struct traced *t = prepare(path, syscall_path_getppid_number(path), 1,
					   id, 0);
		long number = syscall_path_default_number(path);

		EXPECT_EQ(init->pid, run_changed(_metadata, t,
						 number_of(path, number),
						 &caller)) {
			TH_LOG("by %s", path->name);
		}
	}
}

TEST_F(trace, changed_from_it)
{
	FOR_EACH_SYSCALL_PATH(path) {
		struct traced *t = prepare(path, syscall_path_default_number(path), 1,
					   0, 0);
		pid_t caller;

		EXPECT_EQ(getpid(),
			  run_changed(_metadata, t,
				      number_of(path, syscall_path_getppid_number(path)),
				      &caller)) {
			TH_LOG("by %s: to getppid", path->name);
		}
		/* To a number that is nobody's, and to none. */
		EXPECT_EQ(-ENOSYS, run_changed(_metadata, t,
					       number_of(path, t->number + 1),
					       &caller)) {
			TH_LOG("by %s: to another hole", path->name);
		}
		EXPECT_EQ(-ENOSYS, run_changed(_metadata, t, ~0ULL, &caller)) {
			TH_LOG("by %s: to -1", path->name);
		}
	}
}

TEST_F(trace, changed_arguments)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u64 id = node_ns_id(init);

	FOR_EACH_SYSCALL_PATH(path) {
		long number = syscall_path_default_number(path);
		struct traced *t = prepare(path, number, 1, 0, 0);
		struct stop stop;
		pid_t pid = child_start(be_traced, t);

		begin(_metadata, pid);
		go_to(_metadata, pid, number_of(path, number), &stop);
		syscall_path_arguments(path, init->pid, 0, id, stop.entry.arguments);
		EXPECT_EQ(0, ptrace(SET_SYSCALL_INFO, pid, sizeof(stop), &stop));
		go_to(_metadata, pid, -1, &stop);
		finish(_metadata, pid);
		EXPECT_EQ(1, t->result) {
			TH_LOG("by %s", path->name);
		}
	}
}

/* Suspended system calls (PTRACE_SYSEMU) are not made at all. */
TEST_F(trace, emulated)
{
	FOR_EACH_SYSCALL_PATH(path) {
		long number = syscall_path_default_number(path);
		struct traced *t = prepare(path, number, getpid(), 0, 0);
		struct stop stop;
		int status;
		pid_t pid = child_start(be_traced, t);

		begin(_metadata, pid);
		do {
			ASSERT_EQ(0, ptrace(31 /* PTRACE_SYSEMU */, pid, 0, 0));
			ASSERT_EQ(pid, waitpid(pid, &status, 0));
			ASSERT_TRUE(WIFSTOPPED(status));
			ASSERT_LT(0, ptrace(GET_SYSCALL_INFO, pid,
					    sizeof(stop), &stop));
		} while (stop.entry.nr != number_of(path, number));
		finish(_metadata, pid);
		EXPECT_EQ(-ENOSYS, t->result) {
			TH_LOG("by %s", path->name);
		}
	}
}

TEST_HARNESS_MAIN
