// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "clock.h"
#include "command.h"
#include "file.h"
#include "port.h"
#include "verdict.h"

#define KILL_PATIENCE 15

static void __attribute__((noreturn)) become_command(char **argv, const int out[2], const int err[2])
{
	int null = open("/dev/null", O_RDONLY);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	dup2(null, 0);
	dup2(out[1], 1);
	dup2(err[1], 2);
	if (null > 2)
		close(null);
	execvp(argv[0], argv);
	dprintf(2, "%s: cannot be run in the guest: %s\n", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/*
 * Pipes stand between the command and the ports, so that it sees no terminal and the reader sees the end.
 * Moves what one read gives; false when there is nothing more at the moment.
 */
static bool pump(int from, int to)
{
	char data[16384];
	ssize_t got = read(from, data, sizeof(data));

	if (got > 0)
		write_all(to, data, got);
	return got > 0;
}

/* Reaps whatever has ended; true when the command was among it. */
static bool reap(pid_t command, int *status)
{
	bool found = false;
	int raw;
	pid_t pid;

	while ((pid = waitpid(-1, &raw, WNOHANG | __WALL)) > 0)
		if (pid == command) {
			*status = WIFSIGNALED(raw) ? 128 + WTERMSIG(raw) : WEXITSTATUS(raw);
			found = true;
		}
	return found;
}

static int count_processes(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *process;
	int count = 0;

	while (proc && (process = readdir(proc))) {
		char path[300], target[2];

		/* Kernel threads have no executable. */
		snprintf(path, sizeof(path), "/proc/%s/exe", process->d_name);
		count += atoi(process->d_name) > 1 && readlink(path, target, sizeof(target)) > 0;
	}
	if (proc)
		closedir(proc);
	return count;
}

/*
 * Every process is a descendant of PID 1, so the end of all is reached when PID 1 has no child left.
 * Returns the number of those that are left: SIGKILL does not end a process stuck inside the kernel.
 */
static int kill_everything(void)
{
	siginfo_t info;
	int status;

	for (int tries = 0; tries < KILL_PATIENCE * 100; tries++) {
		/* Repeated, because a process may have forked while the last round ran. */
		kill(-1, SIGKILL);
		reap(0, &status);
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) && errno == ECHILD)
			return 0;
		pause_ms(10);
	}
	/* Makes the log say where they are stuck. */
	write_file("/proc/sysrq-trigger", "w");
	return count_processes();
}

bool run_command(char **argv)
{
	int out_port = open_port(1, 3), err_port = open_port(3, 7);
	int out[2], err[2], status = 0, survivors, children;
	sigset_t child;
	pid_t command;

	if (out_port < 0 || err_port < 0)
		fault("ttyS1 or ttyS3 cannot be opened: %s", strerror(errno));
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	children = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	if (children < 0 || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
		fault("the command's pipes cannot be made: %s", strerror(errno));
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	fcntl(err[0], F_SETFL, O_NONBLOCK);
	tell("run");
	command = fork();
	if (command < 0)
		fault("fork failed: %s", strerror(errno));
	if (command == 0)
		become_command(argv, out, err);
	close(out[1]);
	close(err[1]);
	struct pollfd events[] = {
		{ .fd = out[0], .events = POLLIN },
		{ .fd = err[0], .events = POLLIN },
		{ .fd = children, .events = POLLIN },
	};

	for (bool ended = false; !ended;) {
		struct signalfd_siginfo info;

		poll(events, 3, -1);
		/* A pipe whose writers are gone is always ready: leave it out then. */
		if (events[0].revents && !pump(out[0], out_port))
			events[0].fd = -1;
		if (events[1].revents && !pump(err[0], err_port))
			events[1].fd = -1;
		if (events[2].revents) {
			while (read(children, &info, sizeof(info)) > 0)
				;
			ended = reap(command, &status);
		}
	}
	tell("exit %d", status);
	survivors = kill_everything();
	tell("survivors %d", survivors);
	while (pump(out[0], out_port) || pump(err[0], err_port))
		;
	tcdrain(out_port);
	tcdrain(err_port);
	return survivors == 0;
}
