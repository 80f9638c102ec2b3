// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 of the test guest: prepare a small system, load the module, run one command, put everything
 * away again, hand the kernel log to the host and write the verdict last.
 *
 * Ports: ttyS0 kernel console, ttyS1 the command's stdout, ttyS2 verdict, ttyS3 the command's stderr.
 * Every line on the verdict port begins with the run's random token, so that nothing the command does by
 * accident can look like a verdict. qemu/machine.py reads the port; both ends list the same events:
 *
 *   boot                      the guest is prepared
 *   fault TEXT                the guest could not be prepared; nothing more follows
 *   load ERRNO FILE           a module file was loaded (0) or refused
 *   run                       the command starts
 *   exit STATUS               the command ended, 128+n when signal n killed it
 *   survivors COUNT           processes that SIGKILL did not end
 *   unload ERRNO              the module was removed (0) or not
 *   leaks / leaks-end BYTES   around kmemleak's report
 *   log / log-end BYTES       around the records of /dev/kmsg
 *   done                      the verdict is complete
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "init.h"

#define MODULE_NAME "translate_pid"
#define CONFIG_FILE "/vm/config"
#define KMEMLEAK "/sys/kernel/debug/kmemleak"
/* Just-killed processes may hold the module's device for a moment: their exit work runs asynchronously. */
#define UNLOAD_PATIENCE 15
#define KILL_PATIENCE 15

static int verdict = -1;
static const char *token = "";

/* What the host asks for: NUL-terminated NAME=VALUE strings in CONFIG_FILE, some of them repeated. */
static struct {
	int settle;
	const char *module_params;	/* NULL: do not load the module */
	const char *module_file;
	char *dependencies[64];		/* stock modules, in load order */
	size_t dependency_count;
	char **argv;
} config;

static void write_all(int fd, const char *data, size_t length)
{
	while (length) {
		ssize_t written = write(fd, data, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return;
		data += written;
		length -= written;
	}
}

void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		return;
	write_all(fd, text, strlen(text));
	close(fd);
}

/* One write per line keeps lines whole. */
static void __attribute__((format(printf, 1, 2))) tell(const char *format, ...)
{
	char line[512];
	int length = snprintf(line, sizeof(line), "%s ", token);
	va_list args;

	va_start(args, format);
	length += vsnprintf(line + length, sizeof(line) - length, format, args);
	va_end(args);
	if (length > (int)sizeof(line) - 2)
		length = sizeof(line) - 2;
	line[length++] = '\n';
	write_all(verdict, line, length);
}

static void __attribute__((noreturn)) stop(void)
{
	if (verdict >= 0)
		tcdrain(verdict);
	/* The host runs QEMU with -no-reboot, so a reset ends it, and needs no ACPI in the kernel. */
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

void fault(const char *format, ...)
{
	char text[400];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	tell("fault %s", text);
	/* For the case that the verdict port is what is missing. */
	write_file("/dev/kmsg", text);
	stop();
}

bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static void pause_ms(long ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&time, &time) && errno == EINTR)
		;
}

static char *read_whole(const char *path, size_t *length)
{
	size_t room = 1 << 16, used = 0;
	char *data = malloc(room);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0 || !data)
		return NULL;
	while ((got = read(fd, data + used, room - used - 1)) > 0) {
		used += got;
		if (room - used < 2) {
			data = realloc(data, room *= 2);
			if (!data)
				return NULL;
		}
	}
	close(fd);
	data[used] = '\0';
	*length = used;
	return data;
}

/* Finds the value of a NAME=VALUE string when NAME is the one asked for. */
static bool get_value(char *entry, const char *name, char **value)
{
	size_t length = strlen(name);

	if (strncmp(entry, name, length) || entry[length] != '=')
		return false;
	*value = entry + length + 1;
	return true;
}

static void read_config(void)
{
	size_t length, argc = 0;
	char *data = read_whole(CONFIG_FILE, &length), *value;

	if (!data)
		fault("%s is unreadable: %s", CONFIG_FILE, strerror(errno));
	config.argv = calloc(length + 1, sizeof(char *));
	if (!config.argv)
		fault("out of memory");
	for (char *entry = data; entry < data + length; entry += strlen(entry) + 1) {
		if (get_value(entry, "token", &value))
			token = value;
		else if (get_value(entry, "settle", &value))
			config.settle = atoi(value);
		else if (get_value(entry, "module", &value))
			config.module_file = value;
		else if (get_value(entry, "params", &value))
			config.module_params = value;
		else if (get_value(entry, "dependency", &value) && config.dependency_count < 64)
			config.dependencies[config.dependency_count++] = value;
		else if (get_value(entry, "arg", &value))
			config.argv[argc++] = value;
	}
	/* The command must not meet the token by reading through the file system. */
	unlink(CONFIG_FILE);
	rmdir("/vm");
}

static void prepare(void)
{
	umask(0);
	make_devices();
	verdict = open_port(2, 6);
	read_config();
	umask(022);
	prepare_system();
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	setenv("USER", "root", 1);
	setenv("LANG", "C.UTF-8", 1);
	setenv("TERM", "dumb", 1);
	if (config.module_file)
		setenv("TRANSLATE_PID_KO", config.module_file, 1);
}

/*
 * The error number of a module system call, made by a process that ends at once: pointers left behind on a
 * living process's kernel stack would hide leaks from kmemleak.
 */
static int in_passing(long call, long first, long second, long third)
{
	pid_t child = fork();
	int raw;

	if (child < 0)
		return errno;
	if (child == 0)
		_exit(syscall(call, first, second, third) ? errno : 0);
	while (waitpid(child, &raw, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(raw) ? WEXITSTATUS(raw) : EFAULT;
}

static bool load(const char *path, const char *params)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int error = fd < 0 ? errno : in_passing(SYS_finit_module, fd, (long)params, 0);

	if (fd >= 0)
		close(fd);
	tell("load %d %s", error, path);
	return error == 0;
}

static bool load_modules(void)
{
	for (size_t i = 0; i < config.dependency_count; i++)
		if (!load(config.dependencies[i], ""))
			return false;
	return !config.module_params || load(config.module_file, config.module_params);
}

static void __attribute__((noreturn)) become_command(const int out[2], const int err[2])
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
	execvp(config.argv[0], config.argv);
	dprintf(2, "%s: cannot be run in the guest: %s\n", config.argv[0], strerror(errno));
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
	struct dirent *entry;
	int count = 0;

	while (proc && (entry = readdir(proc))) {
		char path[300], target[2];

		/* Kernel threads have no executable. */
		snprintf(path, sizeof(path), "/proc/%s/exe", entry->d_name);
		count += atoi(entry->d_name) > 1 && readlink(path, target, sizeof(target)) > 0;
	}
	if (proc)
		closedir(proc);
	return count;
}

/*
 * Every process is a descendant of PID 1, so the end of all is reached when PID 1 has no child left.
 * Returns the number of those left all the same: SIGKILL does not end a process stuck inside the kernel.
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
	/* The log shall say where they are stuck. */
	write_file("/proc/sysrq-trigger", "w");
	return count_processes();
}

/* True when the command and all that it left behind are gone. */
static bool run_command(void)
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
		become_command(out, err);
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
		/* A pipe whose writers are gone is ready for ever: leave it out then. */
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

static void unload_module(void)
{
	int error = 0;

	/* initstate tells a loaded module from one that is built in. */
	if (!exists("/sys/module/" MODULE_NAME "/initstate"))
		return;
	for (int tries = 0; tries < UNLOAD_PATIENCE * 10; tries++) {
		error = in_passing(SYS_delete_module, (long)MODULE_NAME, O_NONBLOCK, 0);
		if (error != EBUSY && error != EAGAIN)
			break;
		pause_ms(100);
	}
	tell("unload %d", error);
	/* What the module left to RCU runs after a grace period; if it crashes, the log shall still show it. */
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
	pause_ms(200);
}

static void send_file(const char *name, int fd)
{
	static char record[1 << 14];
	size_t bytes = 0;
	ssize_t got;

	tell("%s", name);
	/* /dev/kmsg answers EPIPE when old records were overwritten; the next read goes on. */
	while ((got = read(fd, record, sizeof(record))) > 0 || (got < 0 && errno == EPIPE))
		if (got > 0) {
			write_all(verdict, record, got);
			bytes += got;
		}
	write_all(verdict, "\n", 1);
	tell("%s-end %zu", name, bytes);
}

/*
 * kmemleak reports an object only when its checksum stood still between two scans, and none younger
 * than five seconds. If it has given up and does not scan, its words are in the log.
 */
static void scan_for_leaks(void)
{
	pause_ms(5500);
	write_file(KMEMLEAK, "scan");
	write_file(KMEMLEAK, "scan");
}

static void report_leaks(void)
{
	int fd = open(KMEMLEAK, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	scan_for_leaks();
	send_file("leaks", fd);
	close(fd);
}

static void report_log(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		fault("/dev/kmsg cannot be opened: %s", strerror(errno));
	send_file("log", fd);
	close(fd);
}

int main(void)
{
	prepare();
	tell("boot");
	pause_ms(config.settle * 1000L);
	/* What the kernel lost while booting is not the module's fault. */
	if (exists(KMEMLEAK)) {
		scan_for_leaks();
		write_file(KMEMLEAK, "clear");
	}
	/* A process that cannot be killed may stand inside the module; unloading would wait for it or crash. */
	if (!load_modules() || run_command())
		unload_module();
	report_leaks();
	report_log();
	tell("done");
	stop();
}
