// SPDX-License-Identifier: GPL-2.0-only
/* By /proc: the status of a process that is known, a search for one that is not, and links. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"

static char path[64];

/* The last number of NSpid in a status file; -1 if it cannot be read. */
static long innermost(int directory, const char *name)
{
	char text[4096], *line, *number;
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return -1;
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[length < 0 ? 0 : length] = '\0';
	line = strstr(text, "\nNSpid:");
	if (!line)
		return -1;
	number = line + strcspn(line + 1, "\n");
	while (*number != '\t')
		number--;
	return atoi(number + 1);
}

static const char *prepare_status(long *expected)
{
	snprintf(path, sizeof(path), "/proc/%d/status", scene->outside);
	*expected = scene->in_inner;
	return NULL;
}

static long read_status(void)
{
	return innermost(AT_FDCWD, path);
}

struct directory_entry {
	__u64 inode;
	__s64 offset;
	unsigned short length;
	unsigned char type;
	char name[];
};

static __u64 entries[4096];

/* Calls what is given for each process of the crowd; how many there are. */
static long each_process(void (*visit)(const char *name))
{
	long count = 0, length;

	lseek(crowd.proc, 0, SEEK_SET);
	do {
		length = syscall(SYS_getdents64, crowd.proc, entries, sizeof(entries));
		for (long at = 0; at < length;) {
			struct directory_entry *entry = (void *)((char *)entries + at);

			if (*entry->name >= '1' && *entry->name <= '9') {
				count++;
				if (visit)
					visit(entry->name);
			}
			at += entry->length;
		}
	} while (length > 0);
	return count;
}

static const char *expects_crowd(long *expected)
{
	*expected = crowd.processes;
	return NULL;
}

static long list_processes(void)
{
	return each_process(NULL);
}

static long found;

static void look_at(const char *name)
{
	char status[32];

	snprintf(status, sizeof(status), "%s/status", name);
	if (innermost(crowd.proc, status) == crowd.last_in_inner)
		found = atoi(name);
}

static const char *expects_last(long *expected)
{
	*expected = crowd.last_in_outer;
	return NULL;
}

/* A number may be there in several namespaces, so all are looked at. */
static long search(void)
{
	each_process(look_at);
	return found;
}

static long places;

static void look_at_namespace(const char *name)
{
	struct stat status;
	char link[32];

	snprintf(link, sizeof(link), "%s/ns/pid", name);
	if (!fstatat(crowd.proc, link, &status, 0))
		places++;
}

/* The least that lsns(8) must do to find namespaces; it does more. */
static long search_namespaces(void)
{
	places = 0;
	each_process(look_at_namespace);
	return places;
}

static const char *prepare_link(long *expected)
{
	char text[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/uts", scene->outside);
	*expected = readlink(path, text, sizeof(text));
	return *expected < 0 ? strerror(errno) : NULL;
}

static long read_link(void)
{
	char text[64];

	return readlink(path, text, sizeof(text));
}

const struct way proc_ways[] = {
	WAY("status-nspid", WITHOUT_MODULE, 40, prepare_status, read_status),
	WAY("proc-list-10", PROCESSES_10, 20, expects_crowd, list_processes),
	WAY("proc-search-10", PROCESSES_10, 4, expects_last, search),
	WAY("proc-list-200", PROCESSES_200, 4, expects_crowd, list_processes),
	WAY("proc-search-200", PROCESSES_200, 1, expects_last, search),
	WAY("proc-list-2000", PROCESSES_2000, 1, expects_crowd, list_processes),
	WAY("proc-search-2000", PROCESSES_2000, 1, expects_last, search),
	WAY("lsns-10", PROCESSES_10, 4, expects_crowd, search_namespaces, .root_only = true),
	WAY("lsns-200", PROCESSES_200, 1, expects_crowd, search_namespaces, .root_only = true),
	WAY("lsns-2000", PROCESSES_2000, 1, expects_crowd, search_namespaces, .root_only = true),
	WAY("readlink", WITHOUT_MODULE | WITH_MODULE, 100, prepare_link, read_link),
};
WAYS_COUNT(proc_ways);
