/* SPDX-License-Identifier: GPL-2.0-only */
/* Directories as the kernel lists them, without the C library in between. */
#ifndef LISTING_H
#define LISTING_H

#include <stddef.h>
#include <linux/types.h>

#define LISTING_MAX	64

struct listed {
	char name[32];
	__u64 inode;
	__s64 next;		/* d_off: where the one behind it is found */
	unsigned char type;	/* DT_* */
};

struct listing {
	size_t count;
	struct listed entries[LISTING_MAX];
};

/*
 * Reads from the descriptor's position to the end with a buffer of this size.
 * Returns 0 or the negative error number; what was read before it is there.
 */
long listing_read(int directory, size_t buffer, struct listing *listing);

/* One system call; returns how many were added, or the negative error number. */
long listing_read_some(int directory, size_t buffer, struct listing *listing);

/* The same through the older getdents(2), to the end. */
long listing_read_old(int directory, size_t buffer, struct listing *listing);

size_t listing_count(const struct listing *listing, const char *name);

/* NULL if it is not there. */
const struct listed *listing_find(const struct listing *listing,
				  const char *name);

#endif
