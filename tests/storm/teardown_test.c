// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unloading while a namespace is half gone, and while callers stand at the door
 * or wait for a grace period. See sleeper_test.c for what is tested elsewhere.
 */
#include <sys/ptrace.h>
#include <sys/user.h>

#include "child.h"
#include "moments.h"
#include "syscall_paths.h"
#include "stall.h"

MOMENT_FIXTURE(teardown)

/* Of the namespace nothing but the memory is left, kept by a descriptor. */
TEST_F(teardown, namespace_of_a_dead_init)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u64 before = namespace_count(), id;
	int fd = observe_open_ns(init->pid, "pid");

	ASSERT_LE(0, fd);
	node_kill(init);
	for (int reaped = 0; reaped < 2; reaped++) {
		module_must_unload();
		ASSERT_EQ(0, module_load(""));
		EXPECT_EQ(before, namespace_count());
		ASSERT_EQ(0, translate_by_ioctl.get_id(TRANSLATE_PID_BY_NSFD,
						       fd, &id, NULL));
		/* A zombie has its number until it is reaped. */
		EXPECT_EQ(reaped ? -ESRCH : init->pid,
			  translate_by_ioctl.translate(1, id, 0));
		if (!reaped)
			node_reap(init);
	}
	/* It dies while nobody looks on. */
	module_must_unload();
	close(fd);
	ASSERT_EQ(0, module_load(""));
	EXPECT_EQ(before - 1, namespace_count_settles(before - 1));
	EXPECT_EQ(-EINVAL, translate_by_ioctl.translate(1, id, 0));
}

struct waiting {
	pid_t pid;
	char state[64];
};

static bool waits_for_children(void *argument)
{
	struct waiting *w = argument;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/wchan", w->pid);
	return observe_read(path, w->state, sizeof(w->state)) > 0 &&
	       strstr(w->state, "zap_pid_ns");
}

static int be_in_namespace(void *argument)
{
	pid_t child;

	if (setns(*(int *)argument, CLONE_NEWPID))
		return 1;
	child = fork();
	if (child < 0)
		return 1;
	if (!child)
		child_idle(NULL);
	/* Does not wait for it until it is killed itself. */
	return child_idle(NULL);
}

/*
 * An init that dies waits until all of its namespace are reaped. One that
 * joined from outside has a parent outside, who takes his time.
 */
TEST_F(teardown, init_waits_in_zap_pid_ns_processes)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct waiting waiting = { .pid = init->pid };
	__u64 before = namespace_count(), id = node_ns_id(init);
	int fd = observe_open_ns(init->pid, "pid"), status;
	pid_t parent;

	ASSERT_LE(0, fd);
	parent = child_start(be_in_namespace, &fd);
	/* Its child is number 2 there. */
	for (__u64 end = observe_clock_ms() + PATIENCE_MS;
	     translate_by_ioctl.translate(2, id, 0) <= 0; usleep(1000))
		ASSERT_GT(end, observe_clock_ms());
	close(fd);
	kill(init->pid, SIGKILL);
	EXPECT_TRUE(observe_wait(waits_for_children, &waiting)) {
		TH_LOG("the init waits in \"%s\"", waiting.state);
	}
	EXPECT_EQ(0, waitpid(init->pid, &status, WNOHANG));
	for (int cycle = 0; cycle < 3; cycle++) {
		module_must_unload();
		EXPECT_TRUE(waits_for_children(&waiting));
		ASSERT_EQ(0, module_load(""));
		EXPECT_EQ(before, namespace_count());
		id = node_ns_id(init);
		EXPECT_EQ(init->pid, translate_by_ioctl.translate(1, id, 0));
	}
	module_must_unload();
	child_kill(parent);
	/* The orphan comes to the test process, a subreaper, and goes first. */
	ASSERT_LT(0, waitpid(-1, &status, 0));
	EXPECT_EQ(init->pid, waitpid(-1, &status, 0));
	init->exited = init->reaped = true;
	ASSERT_EQ(0, module_load(""));
	EXPECT_EQ(before - 1, namespace_count_settles(before - 1));
}

static int call_twice_when_told(void *argument)
{
	const struct syscall_path *path = argument;
	long number = syscall_path_default_number(path);
	pid_t pid = getpid();

	if (ptrace(PTRACE_TRACEME, 0, 0, 0) || raise(SIGSTOP))
		return 1;
	if (syscall_path_translate(path, number, pid, 0, 0) != -ENOSYS)
		return 2;
	return syscall_path_translate(path, number, pid, 0, 0) == pid ? 0 : 3;
}

static void run_to_next_stop(struct __test_metadata *_metadata, pid_t pid)
{
	int status;

	ASSERT_EQ(0, ptrace(PTRACE_SYSCALL, pid, 0, 0));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WIFSTOPPED(status));
	ASSERT_EQ(SIGTRAP | 0x80, WSTOPSIG(status));
}

static void run_to_entry(struct __test_metadata *_metadata, pid_t pid,
			 const struct syscall_path *path)
{
	long number = syscall_path_default_number(path);

	if (path->abi == SYSCALL_PATH_X32)
		number |= SYSCALL_PATH_X32_BIT;
	do {
		run_to_next_stop(_metadata, pid);
	} while (ptrace(PTRACE_PEEKUSER, pid,
			offsetof(struct user, regs.orig_rax), 0) != number);
}

/* Stopped at the door of one call, and when it has just left another one. */
TEST_F_TIMEOUT(teardown, callers_are_stopped_by_a_tracer, 60)
{
	for (size_t i = 0; i < syscall_path_count; i++) {
		pid_t caller;
		int status;

		if (!syscall_path_is_open(&syscall_paths[i]))
			continue;
		caller = child_start(call_twice_when_told, (void *)&syscall_paths[i]);
		ASSERT_EQ(caller, waitpid(caller, &status, 0));
		ASSERT_EQ(0, ptrace(PTRACE_SETOPTIONS, caller, 0,
				    PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
		run_to_entry(_metadata, caller, &syscall_paths[i]);
		/* It has not reached the module, and will not find it. */
		EXPECT_EQ(0, module_unload());
		run_to_next_stop(_metadata, caller);
		ASSERT_EQ(0, module_load(""));
		run_to_entry(_metadata, caller, &syscall_paths[i]);
		run_to_next_stop(_metadata, caller);
		/* It has its answer, and has not left the kernel. */
		EXPECT_EQ(0, module_unload());
		ASSERT_EQ(0, ptrace(PTRACE_CONT, caller, 0, 0));
		EXPECT_EQ(0, child_wait(caller)) {
			TH_LOG("by %s", syscall_paths[i].name);
		}
		ASSERT_EQ(0, module_load(""));
	}
}

static int unload_in_child(void *argument)
{
	(void)argument;
	return module_unload() ? 1 : 0;
}

static int call_with_own_pid(void *argument)
{
	const struct syscall_path *path = argument;
	pid_t pid = getpid();

	/* Or this process, too, keeps the namespace that is to go. */
	close_range(STDERR_FILENO + 1, ~0U, 0);
	stall(pid);
	return syscall_path_translate(path, syscall_path_default_number(path), pid, 0, 0) == pid ?
	       0 : 1;
}

static bool is_absent(void *argument)
{
	const struct syscall_path *path = argument;

	return syscall_path_translate(path, syscall_path_default_number(path), -1, 0, 0) ==
	       -ENOSYS;
}

/* Whoever holds up the grace period of a dead entry holds up the unloading. */
TEST_F_TIMEOUT(teardown, dead_entry_waits_for_its_grace_period, 60)
{
	pid_t caller, unloader;
	long before;
	__u64 end;
	int fd;

	if (!module_is_debug_build())
		SKIP(return, "needs a module built by make DEBUG=1");
	if (syscall_path_holds_module())
		SKIP(return, "a real-time kernel refuses as long as a system call is inside");
	ASSERT_TRUE(entries_settle(1));
	fd = namespace_without_processes(&(__u64){ 0 });
	nodes_destroy();
	ASSERT_TRUE(entries_settle(2));
	before = freed();
	caller = child_start(call_with_own_pid, (void *)&syscall_paths[0]);
	ASSERT_TRUE(counter_reaches(stalled, 1));
	close(fd);
	ASSERT_TRUE(counter_reaches(removed, before + 1));
	unloader = child_start(unload_in_child, NULL);
	EXPECT_TRUE(observe_wait(is_absent, (void *)&syscall_paths[0]));
	/* On its way out, with the entry in the queue; the caller stalls for ten seconds. */
	end = observe_clock_ms() + 500;
	while (observe_clock_ms() < end) {
		EXPECT_EQ(1, stalled());
		EXPECT_EQ(before, freed());
		EXPECT_EQ(0, waitpid(unloader, NULL, WNOHANG));
		usleep(5000);
	}
	stall(0);
	EXPECT_EQ(0, child_wait(unloader));
	EXPECT_EQ(0, child_wait(caller));
	ASSERT_EQ(0, module_load(""));
	EXPECT_EQ(1, namespace_count_settles(1));
}

TEST_HARNESS_MAIN
