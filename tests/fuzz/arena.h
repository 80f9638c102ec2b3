/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Four pages for a command's array, mapped several times, each time with other
 * rights: what the module writes through one mapping is looked at through another.
 */
#ifndef ARENA_H
#define ARENA_H

#define ARENA_SIZE	(4 * 4096)
#define ARENA_MIDDLE	(ARENA_SIZE / 2)

/* Nothing is mapped behind any of them. */
struct arena {
	char *writable, *read_only;
	/* Writable up to the middle. */
	char *half_read_only, *half_none;
};

/* In addresses that the i386 program's pointers can name too. */
void arena_map(struct arena *arena);

#endif
