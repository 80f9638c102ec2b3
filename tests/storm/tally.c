// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "observe.h"
#include "tally.h"

_Static_assert(sizeof(struct hammer_record) == 168, "one layout for all ABIs");

struct tally *tally_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	void *memory;

	if (fd < 0 || ftruncate(fd, sizeof(struct tally)))
		observe_die("%s cannot be written: %s", path, strerror(errno));
	memory = mmap(NULL, sizeof(struct tally), PROT_READ | PROT_WRITE,
		      MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		observe_die("%s cannot be mapped: %s", path, strerror(errno));
	close(fd);
	return memory;
}
