/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory with edges, for arguments that the kernel cannot read or write.
 */
#ifndef USER_MEMORY_H
#define USER_MEMORY_H

#include <stddef.h>

/* An address that is mapped in no process. */
#define UNMAPPED ((void *)16)

/* Two pages, with nothing mapped after them. Never unmapped. */
struct edge {
	char *start;
	char *end;
};

struct edge edge_map(void);

/* Changes the protection of the whole mapping. */
void edge_protect(struct edge edge, int protection);

/* Changes the protection of the second page only. */
void edge_protect_second(struct edge edge, int protection);

/* Copies the structure to the end of the mapping; returns where it is. */
void *edge_place(struct edge edge, const void *structure, size_t size);

#endif
