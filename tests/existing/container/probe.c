// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a program in a container gets from the C library, in one line: a word for
 * each question, which is how it was answered or the error. The words' order:
 *
 *   way        the file that the library would ask: device, proc or an error
 *   translate  the caller's own number to itself, in its own pid namespace
 *   self       its own id
 *   pid        the id by its own number
 *   init       the init of its own pid namespace
 *   level      whether the own pid namespace's level is told
 *
 * With arguments PID [ID], a monitor's question instead: the number of the init of
 * the pid namespace of the process, and what number 1 of ID is here.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../../shim/lib/translate_pid.h"

static const char *word(const char *good, long result)
{
	return result < 0 ? strerrorname_np(errno) : good;
}

static const char *way(void)
{
	char path[64], target[64] = "";
	int fd = pidns_open_module();

	if (fd < 0)
		return strerrorname_np(errno);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (readlink(path, target, sizeof(target) - 1) < 0)
		return "unknown";
	return strncmp(target, "/dev/", 5) ? "proc" : "device";
}

int main(int argc, char **argv)
{
	uint64_t self = ~0ULL, by_pid = ~0ULL;
	long result;

	if (argc > 1) {
		printf("init=%d", pidns_init_pid_of_pid(atoi(argv[1])));
		if (argc > 2)
			printf(" outside=%d", pidns_translate(1, strtoull(argv[2], NULL, 10), 0));
		printf("\n");
		return 0;
	}
	printf("way=%s", way());
	result = pidns_id_self(&self);
	printf(" self=%s", word("ok", result));
	result = pidns_translate(getpid(), self, self);
	printf(" translate=%s", word(result == getpid() ? "ok" : "wrong", result));
	result = pidns_id_of_pid(getpid(), &by_pid);
	printf(" pid=%s", word(by_pid == self ? "ok" : "wrong", result));
	result = pidns_init_pid_of_pid(getpid());
	printf(" init=%s", word(result == 1 ? "ok" : "wrong", result));
	printf(" level=%s\n", word("ok", pidns_level(self, NULL, NULL)));
	return 0;
}
