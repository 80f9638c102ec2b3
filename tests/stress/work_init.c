// SPDX-License-Identifier: GPL-2.0-only
/* Who is the init: while it dies, and while its threads exec. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "board.h"
#include "observe.h"
#include "stable.h"

#define BURST		32
#define THREADS		3
/* How often an init executes itself anew. */
#define EXECS_OF_AN_INIT 4

/* Right is who it was, or that there is none any more. */
static void ask_about(struct member *member, bool lives)
{
	long by_id = translate_by_ioctl.get_init_pid(TRANSLATE_PID_BY_ID,
						     member->id);

	board_count(INIT_PIDS, 1);
	if (by_id == member->host)
		return;
	if (lives || (by_id != -ESRCH && by_id != -EINVAL))
		board_fail("the init of %llu is %ld instead of %d", member->id,
			   by_id, member->host);
}

void work_init_pid(struct random *random)
{
	int level = random_below(random, PID_NS_LEVELS);
	long answer = translate_by_ioctl.get_init_pid(TRANSLATE_PID_BY_ID,
						      stable->ids[level]);

	if (answer != stable->inits[level])
		board_fail("stable: the init of level %d is %ld instead of %d",
			   level, answer, stable->inits[level]);
	for (int i = 0; i < BURST; i++) {
		int index = board_choose(random);

		if (index >= 0)
			ask_about(&population->members[index], false);
	}
	usleep(8000);
}

static void *sleep_in_thread(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static char *exec_argv[5];

/* Not the leader: the kernel makes it the leader, with the leader's number. */
static void *exec_in_thread(void *unused)
{
	execv("/proc/self/exe", exec_argv);
	/* The machine may be short of memory. */
	_exit(1);
	return unused;
}

/* Starts threads, the last of which executes the program anew. */
static void __attribute__((noreturn)) exec_again(int left, int done_fd)
{
	static char count[12], fd[12];
	pthread_t thread;

	snprintf(count, sizeof(count), "%d", left - 1);
	snprintf(fd, sizeof(fd), "%d", done_fd);
	exec_argv[0] = "stress";
	exec_argv[1] = "--exec";
	exec_argv[2] = count;
	exec_argv[3] = fd;
	for (int i = 0; i < THREADS; i++)
		pthread_create(&thread, NULL, sleep_in_thread, NULL);
	if (pthread_create(&thread, NULL, exec_in_thread, NULL))
		_exit(1);
	for (;;)
		pause();
}

/* argv: how often it is left to do, and where to say that it is over. */
int exec_main(char **argv)
{
	int left = atoi(argv[0]), done_fd = atoi(argv[1]);

	if (left > 0)
		exec_again(left, done_fd);
	if (getpid() != 1 || write(done_fd, "", 1) != 1)
		return 1;
	for (;;)
		pause();
}

static bool has_ended(pid_t pid)
{
	siginfo_t info = {};

	return waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) ||
	       info.si_pid;
}

static void watch_execs(struct member *member, int done_fd)
{
	long error = translate_by_ioctl.get_id(TRANSLATE_PID_BY_PID,
					       member->host, &member->id, NULL);
	char byte;

	if (error) {
		if (error != -ENOMEM)
			board_fail("no id by the living pid %d: error %ld",
				   member->host, -error);
		return;
	}
	for (int i = 0; i < BURST; i++)
		ask_about(member, !has_ended(member->host));
	if (read(done_fd, &byte, 1) == 1) {
		ask_about(member, true);
		board_count(EXECS, EXECS_OF_AN_INIT);
	}
	kill(member->host, SIGKILL);
	waitpid(member->host, NULL, 0);
	board_count(INIT_KILLS, 1);
	ask_about(member, false);
}

void work_exec(struct random *random)
{
	struct member member = { .parent = -1 };
	int ends[2];

	if (pipe(ends))
		observe_die("no pipe");
	member.host = board_clone(CLONE_NEWPID);
	if (member.host == 0) {
		close(ends[0]);
		exec_again(EXECS_OF_AN_INIT, ends[1]);
	}
	close(ends[1]);
	if (member.host > 0) {
		board_count(NAMESPACES, 1);
		watch_execs(&member, ends[0]);
	}
	close(ends[0]);
	usleep(random_below(random, 4000));
}
