/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the storm and its hammers know of each other: a file that all of them
 * map, with the same layout for all ABIs.
 */
#ifndef TALLY_H
#define TALLY_H

#include <linux/types.h>

#define TALLY_HAMMERS	16

struct hammer_record {
	char name[32];
	__aligned_u64 calls;	/* to where the module is, or would be */
	__aligned_u64 answered;	/* as only the module answers */
	__aligned_u64 absent;	/* as the kernel answers without it */
	__aligned_u64 wrong;	/* otherwise */
	char first_wrong[96];
	__u32 closed;		/* this kernel has no such interface */
	__u32 reserved;
};

/* What becomes of the module; one after the other, again and again. */
enum phase { ABSENT, LOADING, PRESENT, UNLOADING, PHASES };

struct tally {
	__u32 stop;
	/* Phases gone through so far; modulo PHASES, the one it is in. */
	__u32 phases;
	struct hammer_record hammers[TALLY_HAMMERS];
};

/* Maps the file, which is made if need be; aborts the test. */
struct tally *tally_open(const char *path);

#endif
