// SPDX-License-Identifier: MIT OR Apache-2.0
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shown.h"

/* A number in decimal between what begins and what ends the text. */
static bool parse(const char *text, long length, const char *first, char last, uint64_t *value)
{
	uint64_t number = 0;
	long at = 0;

	for (; *first; first++, at++)
		if (at >= length || text[at] != *first)
			return false;
	if (length - at < 2 || text[length - 1] != last)
		return false;
	for (; at < length - 1; at++) {
		if (text[at] < '0' || text[at] > '9')
			return false;
		number = number * 10 + (text[at] - '0');
	}
	*value = number;
	return true;
}

static int open_to_read(const char *path)
{
	return syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* Needs no descriptor. */
static bool read_link(const char *path, uint64_t *id)
{
	char text[32];

	return parse(text, syscall(SYS_readlinkat, AT_FDCWD, path, text, sizeof(text)), "[", ']',
		     id);
}

static bool read_own_id(uint64_t *id)
{
	int file = open_to_read("/proc/pidns_id");
	char text[32];
	long length;

	if (file < 0)
		return false;
	length = syscall(SYS_read, file, text, sizeof(text));
	syscall(SYS_close, file);
	return parse(text, length, "", '\n', id);
}

bool shown_own_id(uint64_t *id)
{
	/* A procfs with subset=pid shows the link only. */
	return read_own_id(id) || read_link("/proc/self/ns/pidns_id", id);
}

/*
 * Whether numbers in /proc are those of the caller's own pid namespace: procfs
 * then knows one number of the caller, and more if it is an ancestor's. Read in
 * small parts, because a signal handler's stack may be small.
 */
static bool is_own_procfs(void)
{
	static const char wanted[] = "\nNSpid:\t";
	int file = open_to_read("/proc/self/status");
	unsigned int seen = 0;
	bool own = false, over = false;
	char text[128];
	long length;

	if (file < 0)
		return false;
	while (!over && (length = syscall(SYS_read, file, text, sizeof(text))) > 0) {
		for (long at = 0; at < length && !over; at++) {
			if (seen < sizeof(wanted) - 1) {
				seen = text[at] == wanted[seen] ? seen + 1 : text[at] == '\n';
			} else if (text[at] < '0' || text[at] > '9') {
				own = text[at] == '\n';
				over = true;
			}
		}
	}
	syscall(SYS_close, file);
	return own;
}

bool shown_id_of(pid_t pid, uint64_t *id)
{
	static const char front[] = "/proc/", end[] = "/ns/pidns_id";
	char digits[12], path[sizeof(front) + sizeof(digits) + sizeof(end)];
	unsigned int count = 0, at = 0;

	if (pid <= 0 || !is_own_procfs())
		return false;
	for (; pid; pid /= 10)
		digits[count++] = '0' + pid % 10;
	for (unsigned int i = 0; i < sizeof(front) - 1; i++)
		path[at++] = front[i];
	while (count)
		path[at++] = digits[--count];
	for (unsigned int i = 0; i < sizeof(end); i++)
		path[at++] = end[i];
	return read_link(path, id);
}
