/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two threads beside a worker: one handles the page faults of its memory, by
 * userfaultfd, the other changes memory under the running call.
 */
#ifndef PAGER_H
#define PAGER_H

#include <stddef.h>

#include "memory.h"

struct pager;

/* @map_flags are for all of its mappings. */
struct pager *pager_new(int map_flags);

/*
 * Two new pages with the argument at offset @at, as @kind (PLACE_LATE and
 * following, but for PLACE_RACED) has it; for PLACE_REWRITTEN, @other is put
 * over the first page's part. Faults are handled after @delay microseconds.
 */
void *pager_begin(struct pager *pager, enum place_kind kind, size_t at,
		  const void *argument, size_t size, const void *other,
		  unsigned int delay);

/* A copy of the argument as it is now, or NULL if it went away. */
unsigned char *pager_end(struct pager *pager, enum place_kind kind,
			 const void *at, size_t size);

/* Toggles these bits of the byte again and again, from here on to the end. */
void pager_race(struct pager *pager, unsigned char *byte, unsigned char bits);
void pager_race_end(struct pager *pager);

#endif
