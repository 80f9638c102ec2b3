// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * A program as it would be written for the 2020 patch: it knows the number and
 * ioctl(), and neither the library nor the module.
 *
 *	preload_test answered	NS_GET_INIT_PID is answered
 *	preload_test refused	it gets ENOTTY, as from a kernel without the patch
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "namespaces.h"
#include "tap.h"

#define NS_GET_INIT_PID	_IO(0xb7, 0x5)
#define CLOSED		987

static struct nested nested;

static void answers(void)
{
	int own = open_namespace(getpid(), "pid"), outer = open_namespace(nested.outer, "pid");
	int inner = open_namespace(nested.inner, "pid"), net = open_namespace(getpid(), "net");

	errno = EDOM;
	check_value(ioctl(own, NS_GET_INIT_PID), 1, "own init");
	check_value(ioctl(outer, NS_GET_INIT_PID), nested.outer, "outer init");
	check_value(ioctl(inner, NS_GET_INIT_PID, 77L), nested.inner, "inner init, with an argument");
	check_value(errno, EDOM, "success leaves errno alone");
	check_error(ioctl(net, NS_GET_INIT_PID), EINVAL, "not of a network namespace");
}

static void answers_nobody(void)
{
	int own = open_namespace(getpid(), "pid"), outer = open_namespace(nested.outer, "pid");

	become_nobody();
	check_value(ioctl(own, NS_GET_INIT_PID), 1, "nobody: own init");
	check_error(ioctl(outer, NS_GET_INIT_PID), EPERM, "nobody: outer init");
}

static void answers_inside(void)
{
	int own = open_namespace(getpid(), "pid"), outer = open_namespace(nested.outer, "pid");
	int status = 1;
	pid_t child;

	if (setns(outer, CLONE_NEWPID))
		cannot("setns");
	child = fork();
	if (child == 0) {
		check_value(ioctl(own, NS_GET_INIT_PID), 0, "inside: an init outside is not visible");
		check_value(ioctl(outer, NS_GET_INIT_PID), 1, "inside: own init");
		_exit(0);
	}
	check(waitpid(child, &status, 0) == child && status == 0, "inside: came to its end");
}

static void answers_dead(void)
{
	struct nested dying = nested_start();
	int fd = open_namespace(dying.outer, "pid");

	nested_stop(&dying);
	check_error(ioctl(fd, NS_GET_INIT_PID), ESRCH, "no init any more");
	close(fd);
}

static void refuses(void)
{
	int own = open_namespace(getpid(), "pid"), net = open_namespace(getpid(), "net");

	check_error(ioctl(own, NS_GET_INIT_PID), ENOTTY, "own init: ENOTTY");
	check_error(ioctl(net, NS_GET_INIT_PID), ENOTTY, "network namespace: ENOTTY");
}

/* The number on anything but nsfs is the kernel's business. */
static void elsewhere(void)
{
	int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC), ends[2];

	if (pipe2(ends, O_CLOEXEC))
		cannot("pipe2");
	check_error(ioctl(CLOSED, NS_GET_INIT_PID), EBADF, "a closed descriptor: EBADF");
	check_error(ioctl(-1, NS_GET_INIT_PID), EBADF, "descriptor -1: EBADF");
	check_error(ioctl(zero, NS_GET_INIT_PID), ENOTTY, "a device: ENOTTY");
	check_error(ioctl(ends[0], NS_GET_INIT_PID), ENOTTY, "a pipe: ENOTTY");
}

static void other_nsfs_commands(void)
{
	int own = open_namespace(getpid(), "pid"), outer = open_namespace(nested.outer, "pid");
	int mount = open_namespace(getpid(), "mnt");
	__u64 id = 0;
	int fd;

	check_value(ioctl(own, NS_GET_NSTYPE), CLONE_NEWPID, "NS_GET_NSTYPE returns a value");
	fd = ioctl(outer, NS_GET_PARENT);
	check(fd >= 0 && close(fd) == 0, "NS_GET_PARENT returns a descriptor");
	check_error(ioctl(own, NS_GET_PARENT), EPERM, "NS_GET_PARENT fails");
	/* The command with the same ordinal. */
	check(ioctl(mount, _IOR(NSIO, 5, __u64), &id) == 0 && id, "NS_GET_MNTNS_ID writes");
	check_error(ioctl(own, _IOR(NSIO, 5, __u64), &id), EINVAL, "NS_GET_MNTNS_ID fails");
	check_error(ioctl(mount, _IOR(NSIO, 5, __u64), NULL), EFAULT, "NS_GET_MNTNS_ID gets the pointer");
	check_error(ioctl(own, _IOR(NSIO, 5, int), &id), ENOTTY, "another command 5 of nsfs");
	check_error(ioctl(own, _IO(NSIO - 1, 5), &id), ENOTTY, "a command 5 of something else");
}

static void files(void)
{
	int ends[2], bytes = -1, on = 1;
	char byte;

	if (pipe2(ends, O_CLOEXEC) || write(ends[1], "abc", 3) != 3)
		cannot("pipe2");
	errno = EDOM;
	check(ioctl(ends[0], FIONREAD, &bytes) == 0 && bytes == 3, "FIONREAD writes");
	check(ioctl(ends[0], FIONBIO, &on) == 0 && (fcntl(ends[0], F_GETFL) & O_NONBLOCK),
	      "FIONBIO reads");
	check(ioctl(ends[0], FIONCLEX) == 0 && fcntl(ends[0], F_GETFD) == 0,
	      "FIONCLEX needs no argument");
	check_value(errno, EDOM, "success leaves errno alone");
	check(read(ends[0], &byte, 1) == 1 && ioctl(ends[0], FIONREAD, &bytes) == 0 && bytes == 2,
	      "FIONREAD writes again");
	check_error(ioctl(ends[0], TIOCGWINSZ, &bytes), ENOTTY, "TIOCGWINSZ on a pipe");
	check_error(ioctl(ends[0], FIONREAD, NULL), EFAULT, "FIONREAD gets the pointer");
	check_error(ioctl(CLOSED, FIONREAD, &bytes), EBADF, "FIONREAD on a closed descriptor");
}

static void terminal(void)
{
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct winsize set = { .ws_row = 33, .ws_col = 77 }, got = { 0 };
	struct termios settings;
	unsigned int number = ~0U;

	if (master < 0)
		cannot("/dev/ptmx");
	check(ioctl(master, TCGETS, &settings) == 0 && settings.c_cflag, "TCGETS writes");
	settings.c_lflag ^= ECHO;
	check(ioctl(master, TCSETS, &settings) == 0, "TCSETS reads");
	check(ioctl(master, TIOCSWINSZ, &set) == 0 && ioctl(master, TIOCGWINSZ, &got) == 0 &&
		      !memcmp(&set, &got, sizeof(set)),
	      "TIOCSWINSZ and TIOCGWINSZ");
	/* A command with its highest bit set. */
	check(ioctl(master, TIOCGPTN, &number) == 0 && number != ~0U, "TIOCGPTN writes");
	close(master);
}

int main(int count, char **arguments)
{
	bool answered = count == 2 && !strcmp(arguments[1], "answered");

	if (!answered && (count != 2 || strcmp(arguments[1], "refused"))) {
		fputs("preload_test: say whether NS_GET_INIT_PID will be answered or refused.\n", stderr);
		return 2;
	}
	tap_begin();
	nested = nested_start();
	if (answered) {
		in_child(answers, "answers");
		in_child(answers_nobody, "nobody");
		in_child(answers_inside, "inside");
		in_child(answers_dead, "dead");
	} else {
		in_child(refuses, "refuses");
	}
	in_child(elsewhere, "elsewhere");
	in_child(other_nsfs_commands, "other commands of nsfs");
	in_child(files, "files");
	in_child(terminal, "terminal");
	nested_stop(&nested);
	return tap_end();
}
