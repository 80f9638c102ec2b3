// SPDX-License-Identifier: GPL-2.0-only
/*
 * Three pid namespaces inside one another, made by a user without privilege:
 * each comes with a user namespace. Runs until it is killed.
 *
 *   outer-init   outer-sleep
 *     middle-init   middle-sleep
 *       inner-init   inner-worker with inner-thread   inner-zombie
 *
 * Usage: containers DIRECTORY
 *
 * Files appear in DIRECTORY: NAME.id, what the init of NAME reads from its
 * /proc/pidns_id, when its processes are there, and "heard", what inner-worker
 * has to say about a SIGUSR1. If the init of a level dies, the level above
 * starts it anew.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/sched.h>

static const char *const levels[] = { "outer", "middle", "inner" };
#define LEVELS 3

static const char *directory;

static _Noreturn void give_up(const char *what)
{
	fprintf(stderr, "containers: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		give_up(path);
	close(fd);
}

/* By renaming, so that a reader never sees half of it. */
static void __attribute__((format(printf, 2, 3))) report(const char *name, const char *format, ...)
{
	char path[256], partial[264], text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	snprintf(partial, sizeof(partial), "%s.new", path);
	write_file(partial, text);
	if (rename(partial, path))
		give_up(path);
}

static void set_name(const char *level, const char *role)
{
	char name[16];

	snprintf(name, sizeof(name), "%s-%s", level, role);
	prctl(PR_SET_NAME, name);
}

static pid_t start(__u64 flags)
{
	struct clone_args args = { .flags = flags, .exit_signal = SIGCHLD };
	pid_t pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid < 0)
		give_up("a process cannot be started");
	return pid;
}

static _Noreturn void sleep_for_ever(void)
{
	for (;;)
		pause();
}

static void *be_thread(void *started)
{
	set_name("inner", "thread");
	pthread_barrier_wait(started);
	sleep_for_ever();
}

/* Tells through the pipe when it listens. */
static _Noreturn void be_worker(int ready)
{
	pthread_barrier_t started;
	pthread_t thread;
	sigset_t signals;
	siginfo_t info;

	set_name("inner", "worker");
	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	pthread_barrier_init(&started, NULL, 2);
	errno = pthread_create(&thread, NULL, be_thread, &started);
	if (errno)
		give_up("the worker's thread cannot be started");
	pthread_barrier_wait(&started);
	if (write(ready, "", 1) != 1)
		give_up("the worker cannot report");
	while (sigwaitinfo(&signals, &info) == SIGUSR1)
		report("heard",
		       "inner-worker: \"I am pid %d. SIGUSR1 came from pid %d: from outside.\"\n",
		       getpid(), info.si_pid);
	give_up("the worker cannot wait for signals");
}

/* The worker is the first child of its namespace: pid 2. */
static void start_worker(void)
{
	int ready[2];
	char byte;

	if (pipe(ready))
		give_up("a pipe cannot be made");
	if (start(0) == 0)
		be_worker(ready[1]);
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		give_up("the worker did not start");
	close(ready[0]);
}

static void start_zombie(void)
{
	pid_t zombie = start(0);
	siginfo_t info;

	if (zombie == 0) {
		set_name("inner", "zombie");
		_exit(0);
	}
	/* Waits for its end, but leaves it there. */
	waitid(P_PID, zombie, &info, WEXITED | WNOWAIT);
}

static void become_root_inside(uid_t uid, gid_t gid)
{
	char line[64];

	write_file("/proc/self/setgroups", "deny");
	snprintf(line, sizeof(line), "0 %u 1", uid);
	write_file("/proc/self/uid_map", line);
	snprintf(line, sizeof(line), "0 %u 1", gid);
	write_file("/proc/self/gid_map", line);
}

static void report_id(const char *level)
{
	char name[32], id[32] = "";
	int fd = open("/proc/pidns_id", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, id, sizeof(id) - 1) < 0)
		give_up("/proc/pidns_id");
	close(fd);
	snprintf(name, sizeof(name), "%s.id", level);
	report(name, "%s", id);
}

static void keep_running(int level);

static _Noreturn void be_init(int level)
{
	set_name(levels[level], "init");
	if (level == LEVELS - 1) {
		start_worker();
		start_zombie();
		report_id(levels[level]);
		sleep_for_ever();
	}
	if (start(0) == 0) {
		set_name(levels[level], "sleep");
		sleep_for_ever();
	}
	report_id(levels[level]);
	keep_running(level + 1);
	exit(0);
}

/* The supervisor of a level lives one level above. */
static void keep_running(int level)
{
	for (;;) {
		uid_t uid = geteuid();
		gid_t gid = getegid();
		pid_t init = start(CLONE_NEWUSER | CLONE_NEWPID);

		if (init == 0) {
			become_root_inside(uid, gid);
			be_init(level);
		}
		if (level == 0)
			report("outer.pid", "%d\n", init);
		if (waitpid(init, NULL, 0) != init)
			give_up("waiting for an init");
	}
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "Usage: containers DIRECTORY\n");
		return 2;
	}
	directory = argv[1];
	keep_running(0);
}
