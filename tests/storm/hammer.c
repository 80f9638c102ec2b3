// SPDX-License-Identifier: GPL-2.0-only
/*
 * Uses one interface of the module all the time, whether the module is there or
 * not, and judges every answer.
 *
 * Usage: hammer TALLY INDEX SEED MODE [PATH]
 * MODE: syscall, ioctl, link, directory, file, namespaces. PATH is the index
 * of the syscall path.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/nsfs.h>
#include <linux/sched.h>

#include "judge.h"
#include "keepers.h"
#include "listing.h"
#include "ns_link.h"
#include "observe.h"
#include "syscall_paths.h"
#include "translate.h"

#define BURST		12
#define DEEPEST		3

/* System calls. */

static const struct syscall_path *syscall_path;

static void call(void)
{
	long number = syscall_path_default_number(syscall_path);
	pid_t pid = getpid();

	for (int i = 0; i < BURST; i++) {
		judge("translation", syscall_path_translate(syscall_path, number, pid, 0, 0),
		      pid, -ENOSYS);
		/* Nothing has this id. */
		judge("dead id", syscall_path_translate(syscall_path, number, pid, 0,
							0x123456789abcdefULL),
		      -EINVAL, -ENOSYS);
	}
}

/* The device, open for a moment. */

static bool device_is_absent(long error)
{
	return error == -ENOENT || error == -ENODEV || error == -ENXIO;
}

static void use_device(void)
{
	struct keepers keepers = NO_KEEPERS;
	struct translate_pid_info info = {};
	__u64 id = 1;
	long answer;

	answer = translate_by_ioctl.translate(getpid(), 0, 0);
	if (device_is_absent(answer))
		answer = -ENOENT;
	judge("ioctl", answer, getpid(), -ENOENT);
	if (answer >= 0) {
		judge("id by pid", translate_by_ioctl.get_id(
			TRANSLATE_PID_BY_PID, getppid(), &id, NULL) ?: (long)id,
		      0, 0);
		judge("init pid", translate_by_ioctl.get_init_pid(
			TRANSLATE_PID_BY_SELF, 0), 1, 1);
		judge("info", translate_get_info(&info) ?:
		      (info.namespaces ? 0 : 1), 0, 0);
		/* Rarely enough that rmmod is not refused most of the time. */
		if (random_below(&random_state, 8) == 0)
			keepers_begin(&keepers);
	}
	translate_device_close();
	keepers_end(&keepers);
}

/* /proc/<pid>/ns/pidns_id: read and followed, of old and of new processes. */

static bool is_link_text(const char *text)
{
	/* Looked up before, and read after, the end. */
	return !strcmp(text, "[0]") || !strncmp(text, "pid:[", 5);
}

static pid_t sleeping_child(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return pid;
}

static void use_link_of(pid_t pid)
{
	char text[64], path[64];
	long length = ns_link_of(pid, NS_LINK, text, sizeof(text));
	int fd;

	judge("link", length > 0 && is_link_text(text) ? 0 : length, 0, -ENOENT);
	ns_link_path(pid, NS_LINK, path, sizeof(path));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	judge("followed link",
	      fd < 0 ? -errno : ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWPID, 0,
	      -ENOENT);
	if (fd >= 0)
		close(fd);
}

static void use_link(void)
{
	pid_t child = sleeping_child();

	use_link_of(getppid());
	if (child > 0)
		use_link_of(child);
	end_child(child);
}

static void list_directory(void)
{
	static int directory = -1;
	/* A small buffer takes several calls, a large one does not. */
	static const size_t sizes[] = { 40, 64, 4096 };
	struct listing listing = {};
	size_t size = sizes[random_below(&random_state, 3)];
	long error;

	if (directory < 0)
		directory = ns_directory(getppid());
	lseek(directory, 0, SEEK_SET);
	error = listing_read(directory, size, &listing);
	judge("listing", error ?: (long)listing_count(&listing, NS_LINK), 1, 0);
	if (!listing_count(&listing, "pid"))
		wrong("a listing without the kernel's own names");
}

/* /proc/pidns_id: opened anew, and a descriptor that may be of another load. */

static long read_file(int fd)
{
	char text[8] = "";
	ssize_t length = pread(fd, text, sizeof(text), 0);

	if (length < 0)
		return -errno;
	return length == 2 && !memcmp(text, "0\n", 2) ? 0 : 1;
}

static void use_file(void)
{
	static int old = -1;
	int fd;
	long answer;

	if (old >= 0) {
		answer = read_file(old);
		/* Once removed, such a file stays unreadable. */
		if (answer != -EIO)
			judge("old file", answer, 0, 0);
		if (answer || !random_below(&random_state, 100)) {
			close(old);
			old = -1;
		}
	}
	fd = open("/proc/pidns_id", O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		judge("file", -errno, 0, -ENOENT);
		return;
	}
	judge("file", read_file(fd), 0, -EIO);
	if (old < 0)
		old = fd;
	else
		close(fd);
}

/* /proc/translate_pid: likewise. */

static long ask_file(int fd)
{
	struct translate_pid_request request = { .pid = getpid() };
	long error = translate_ioctl(fd, TRANSLATE_PID_TRANSLATE, &request);

	return error ?: request.result;
}

static void use_proc_file(void)
{
	static int old = -1;
	int fd;
	long answer;

	if (old >= 0) {
		answer = ask_file(old);
		/* Once removed, such a file answers no more. */
		if (answer != -ENOTTY)
			judge("old file of commands", answer, getpid(), getpid());
		if (answer < 0 || !random_below(&random_state, 100)) {
			close(old);
			old = -1;
		}
	}
	fd = open(TRANSLATE_PID_PROC_FILE, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		judge("file of commands", -errno, getpid(), -ENOENT);
		return;
	}
	judge("file of commands", ask_file(fd), getpid(), -ENOTTY);
	if (old < 0)
		old = fd;
	else
		close(fd);
}

/* Namespaces come and go, and their inits know who they are. */

static void check_own_namespace(void)
{
	char host[16] = "";
	long answer;
	__u64 id;

	answer = translate_by_ioctl.get_id(TRANSLATE_PID_BY_SELF, 0, &id, NULL);
	translate_device_close();
	if (device_is_absent(answer)) {
		judge("own id", -ENOENT, 0, -ENOENT);
		return;
	}
	judge("own id", answer ?: id == 0, 0, 0);
	/* The mounted /proc is the initial namespace's, and so is its "self". */
	if (readlink("/proc/self", host, sizeof(host) - 1) < 0)
		wrong("no number in the initial namespace");
	answer = syscall_path_translate(&syscall_paths[0], syscall_path_default_number(&syscall_paths[0]), 1,
					id, 0);
	/* Loaded anew, the module gives other ids. */
	if (answer == -EINVAL && phases() != phases_before)
		answer = -ENOSYS;
	judge("own number", answer, atoi(host), -ENOSYS);
}

static void make_namespaces(int depth)
{
	struct clone_args args = {
		.flags = CLONE_NEWPID, .exit_signal = SIGCHLD,
	};
	pid_t pid = syscall(__NR_clone3, &args, sizeof(args));

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		phases_before = phases();
		check_own_namespace();
		if (depth > 1)
			make_namespaces(depth - 1);
		_exit(0);
	}
	if (pid < 0)
		return;
	/* Some are killed on their way. */
	if (!random_below(&random_state, 4)) {
		usleep(random_below(&random_state, 3000));
		kill(pid, SIGKILL);
	}
	waitpid(pid, NULL, 0);
}

static void churn(void)
{
	make_namespaces(1 + random_below(&random_state, DEEPEST));
}

static const struct mode {
	const char *name;
	void (*burst)(void);
	unsigned int pause_us;	/* so that all of them get their share */
} modes[] = {
	{ "syscall", call, 6000 },
	{ "ioctl", use_device, 6000 },
	{ "link", use_link, 12000 },
	{ "directory", list_directory, 10000 },
	{ "file", use_file, 6000 },
	{ "file of commands", use_proc_file, 6000 },
	{ "namespaces", churn, 12000 },
};

static const struct mode *mode_named(const char *name)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcmp(modes[i].name, name))
			return &modes[i];
	observe_die("there is no mode %s", name);
}

int main(int argc, char **argv)
{
	const struct mode *mode;

	if (argc < 5)
		observe_die("usage: hammer TALLY INDEX SEED MODE [PATH]");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	tally = tally_open(argv[1]);
	record = &tally->hammers[atoi(argv[2])];
	random_state.state = strtoull(argv[3], NULL, 0);
	mode = mode_named(argv[4]);
	if (argc > 5) {
		if (atoi(argv[5]) >= (int)syscall_path_count)
			observe_die("there is no syscall path %s", argv[5]);
		syscall_path = &syscall_paths[atoi(argv[5])];
		if (!syscall_path_is_open(syscall_path)) {
			record->closed = 1;
			return 0;
		}
	}
	while (!__atomic_load_n(&tally->stop, __ATOMIC_RELAXED)) {
		phases_before = phases();
		mode->burst();
		usleep(mode->pause_us / 2 +
		       random_below(&random_state, mode->pause_us));
	}
	return 0;
}
