// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/sched.h>

#include "child.h"
#include "observe.h"
#include "translate.h"

void *shared_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		observe_die("no shared memory: %s", strerror(errno));
	return memory;
}

pid_t child_start(int (*body)(void *argument), void *argument)
{
	pid_t parent = getpid(), pid;

	fflush(NULL);
	/* Or the child keeps the module by the parent's descriptor. */
	translate_device_close();
	pid = fork();
	if (pid < 0)
		observe_die("fork failed: %s", strerror(errno));
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	_exit(body(argument));
}

pid_t child_clone(__u64 flags)
{
	struct clone_args args = { .flags = flags, .exit_signal = SIGCHLD };
	pid_t pid = syscall(__NR_clone3, &args, sizeof(args));

	if (pid == 0) {
		translate_device_close();
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	}
	return pid;
}

int child_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			observe_die("cannot wait for process %d: %s", pid,
				    strerror(errno));
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   128 + WTERMSIG(status);
}

void child_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	child_wait(pid);
}

int child_idle(void *argument)
{
	(void)argument;
	for (;;)
		pause();
}

/* With a stack alone: no call that would touch what belongs to the caller's thread. */
static int wait_for_end(void *argument)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return child_idle(argument);
}

void child_crowd(unsigned int count)
{
	const size_t stack = 16384;
	char *stacks = mmap(NULL, count * stack, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (stacks == MAP_FAILED)
		observe_die("no memory for %u children: %s", count, strerror(errno));
	translate_device_close();
	for (unsigned int i = 1; i <= count; i++)
		if (clone(wait_for_end, stacks + i * stack, CLONE_VM | SIGCHLD, NULL) < 0)
			observe_die("child %u of %u: %s", i, count, strerror(errno));
}
