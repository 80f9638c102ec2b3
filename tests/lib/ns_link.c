// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ns_link.h"
#include "observe.h"

void ns_link_expected(__u64 id, char text[NS_LINK_TEXT])
{
	snprintf(text, NS_LINK_TEXT, "[%llu]", (unsigned long long)id);
}

void ns_link_path(pid_t pid, const char *name, char *path, size_t size)
{
	snprintf(path, size, "/proc/%d/ns/%s", pid, name);
}

long ns_link_read(int directory, const char *path, char *text, size_t size)
{
	ssize_t length = readlinkat(directory, path, text, size - 1);

	text[length < 0 ? 0 : length] = '\0';
	return length < 0 ? -errno : length;
}

long ns_link_of(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];

	ns_link_path(pid, name, path, sizeof(path));
	return ns_link_read(AT_FDCWD, path, text, size);
}

struct reading {
	char path[64];
	char text[64];
};

static long read_link(void *data)
{
	struct reading *reading = data;

	return ns_link_read(AT_FDCWD, reading->path, reading->text,
			    sizeof(reading->text));
}

long ns_link_read_as(struct node *reader, const char *path, char *text,
		     size_t size)
{
	struct reading reading = {};
	long result;

	snprintf(reading.path, sizeof(reading.path), "%s", path);
	result = node_call(reader, read_link, &reading, sizeof(reading));
	snprintf(text, size, "%s", reading.text);
	return result;
}

int ns_directory(pid_t pid)
{
	char path[64];
	int directory;

	ns_link_path(pid, "", path, sizeof(path));
	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		observe_die("%s: %s", path, strerror(errno));
	return directory;
}
