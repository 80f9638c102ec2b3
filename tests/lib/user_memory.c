// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "observe.h"
#include "user_memory.h"

struct edge edge_map(void)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *start;

	start = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (start == MAP_FAILED || munmap(start + 2 * page, page))
		observe_die("no mapping: %s", strerror(errno));
	return (struct edge){ .start = start, .end = start + 2 * page };
}

void edge_protect(struct edge edge, int protection)
{
	if (mprotect(edge.start, edge.end - edge.start, protection))
		observe_die("no other protection: %s", strerror(errno));
}

void edge_protect_second(struct edge edge, int protection)
{
	size_t page = (edge.end - edge.start) / 2;

	if (mprotect(edge.start + page, page, protection))
		observe_die("no other protection: %s", strerror(errno));
}

void *edge_place(struct edge edge, const void *structure, size_t size)
{
	return memcpy(edge.end - size, structure, size);
}
