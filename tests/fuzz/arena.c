// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "arena.h"
#include "observe.h"

#define PAGE		4096
#define MAPPINGS	4
#define STRIDE		(ARENA_SIZE + PAGE)

#ifdef MAP_32BIT
#define LOW MAP_32BIT
#else
#define LOW 0
#endif

static char *map(int fd, char *at, int protection, int second_half)
{
	if (mmap(at, ARENA_SIZE, protection, MAP_SHARED | MAP_FIXED, fd, 0) != at ||
	    munmap(at + ARENA_SIZE, PAGE) ||
	    mprotect(at + ARENA_MIDDLE, ARENA_MIDDLE, second_half))
		observe_die("an array's memory cannot be mapped: %s", strerror(errno));
	return at;
}

void arena_map(struct arena *arena)
{
	int fd = memfd_create("arena", MFD_CLOEXEC), both = PROT_READ | PROT_WRITE;
	char *at = mmap(NULL, MAPPINGS * STRIDE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | LOW, -1, 0);

	if (fd < 0 || ftruncate(fd, ARENA_SIZE) || at == MAP_FAILED)
		observe_die("no memory for an array: %s", strerror(errno));
	arena->writable = map(fd, at, both, both);
	arena->read_only = map(fd, at + STRIDE, PROT_READ, PROT_READ);
	arena->half_read_only = map(fd, at + 2 * STRIDE, both, PROT_READ);
	arena->half_none = map(fd, at + 3 * STRIDE, both, PROT_NONE);
	close(fd);
}
