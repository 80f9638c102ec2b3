// SPDX-License-Identifier: GPL-2.0-only
/*
 * One question answered in several ways, each counted in system calls and
 * time: which pid has pid N of a container outside of it?
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <linux/nsfs.h>

#include "ask.h"

/* Headers older than Linux 6.11 lack them. */
#ifndef NS_GET_PID_FROM_PIDNS
#define NS_GET_PID_FROM_PIDNS	_IOR(0xb7, 6, int)
#define NS_GET_PID_IN_PIDNS	_IOR(0xb7, 8, int)
#endif

struct question {
	pid_t pid;		/* of a process of the inner container, inside */
	__u64 inner, middle;	/* ids */
	pid_t init;		/* of the inner container, outside */
	ino_t inode;		/* of the inner container's namespace */
	int inner_fd, middle_fd;
};

/* System calls made by the ways below. */
static unsigned int calls;

static int counted_open(int directory, const char *path)
{
	calls++;
	return openat(directory, path, O_RDONLY | O_CLOEXEC);
}

static ssize_t counted_read(int fd, char *text, size_t size)
{
	ssize_t length;

	calls++;
	length = read(fd, text, size - 1);
	text[length < 0 ? 0 : length] = '\0';
	return length;
}

static void counted_close(int fd)
{
	calls++;
	close(fd);
}

static long counted_ioctl(int fd, unsigned long command, long argument)
{
	calls++;
	return ioctl(fd, command, argument);
}

struct directory_entry {
	__u64 inode;
	__s64 offset;
	unsigned short length;
	unsigned char type;
	char name[];
};

/* Whether the innermost number in NSpid is @pid. */
static bool has_inner_pid(const char *status, pid_t pid)
{
	const char *line = strstr(status, "\nNSpid:"), *number;

	if (!line)
		return false;
	number = line + strcspn(line + 1, "\n");
	while (*number != '\t')
		number--;
	return atoi(number + 1) == pid;
}

static bool is_it(int proc, const char *name, const struct question *question)
{
	char path[64], status[4096];
	struct stat namespace;
	int fd;

	snprintf(path, sizeof(path), "%s/status", name);
	fd = counted_open(proc, path);
	if (fd < 0)
		return false;
	counted_read(fd, status, sizeof(status));
	counted_close(fd);
	if (!has_inner_pid(status, question->pid))
		return false;
	/* Many containers have a process of that number. */
	snprintf(path, sizeof(path), "%s/ns/pid", name);
	calls++;
	return fstatat(proc, path, &namespace, 0) == 0 && namespace.st_ino == question->inode;
}

static long by_proc_scan(const struct question *question)
{
	__u64 entries[4096];
	int proc = counted_open(AT_FDCWD, "/proc");
	long found = -ESRCH, length;

	do {
		calls++;
		length = syscall(SYS_getdents64, proc, entries, sizeof(entries));
		for (long at = 0; at < length && found < 0;) {
			struct directory_entry *entry = (void *)((char *)entries + at);

			if (atoi(entry->name) > 0 && is_it(proc, entry->name, question))
				found = atoi(entry->name);
			at += entry->length;
		}
	} while (length > 0 && found < 0);
	counted_close(proc);
	return found;
}

static long by_held_file(const struct question *question)
{
	return counted_ioctl(question->inner_fd, NS_GET_PID_FROM_PIDNS, question->pid);
}

static long by_opened_file(const struct question *question)
{
	char path[64];
	long found;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", question->init);
	fd = counted_open(AT_FDCWD, path);
	found = counted_ioctl(fd, NS_GET_PID_FROM_PIDNS, question->pid);
	counted_close(fd);
	return found;
}

static long by_module(const struct question *question)
{
	calls++;
	return translate(question->pid, question->inner, TRANSLATE_PID_INIT_NS);
}

static long by_two_held_files(const struct question *question)
{
	long outside = counted_ioctl(question->inner_fd, NS_GET_PID_FROM_PIDNS, question->pid);

	return counted_ioctl(question->middle_fd, NS_GET_PID_IN_PIDNS, outside);
}

static long by_module_across(const struct question *question)
{
	calls++;
	return translate(question->pid, question->inner, question->middle);
}

static double microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

static void measure(const char *way, long (*ask)(const struct question *),
		    const struct question *question, int times, long expected)
{
	double begin, each;

	/* The first time fills caches. */
	if (ask(question) != expected)
		give_up("'%s' does not find pid %ld.", way, expected);
	calls = 0;
	begin = microseconds();
	for (int i = 0; i < times; i++)
		ask(question);
	each = (microseconds() - begin) / times;
	printf("   %-44s %12u %9.1f us\n", way, calls / times, each);
}

static int open_namespace(pid_t pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		give_up("%s cannot be opened: %s.", path, strerror(errno));
	return fd;
}

void print_prices(pid_t pid, __u64 inner, __u64 middle)
{
	struct question question = { .pid = pid, .inner = inner, .middle = middle };
	long outside = translate(pid, inner, TRANSLATE_PID_INIT_NS);
	long across = translate(pid, inner, middle);
	struct stat namespace;

	question.init = translate(1, inner, TRANSLATE_PID_INIT_NS);
	question.inner_fd = open_namespace(question.init);
	question.middle_fd = open_namespace(translate(1, middle, TRANSLATE_PID_INIT_NS));
	fstat(question.inner_fd, &namespace);
	question.inode = namespace.st_ino;

	printf("   %-44s %12s %12s\n", "pid inside -> pid outside", "system calls", "time");
	measure("search /proc/*/status", by_proc_scan, &question, 20, outside);
	measure("open namespace file, ask it, close", by_opened_file, &question, 200, outside);
	measure("ask a namespace file that is kept open", by_held_file, &question, 1000, outside);
	measure("translate_pid", by_module, &question, 1000, outside);
	printf("\n   %-44s\n", "pid inside -> pid in the container around it");
	measure("ask two namespace files that are kept open", by_two_held_files, &question, 1000,
		across);
	measure("translate_pid", by_module_across, &question, 1000, across);
}
