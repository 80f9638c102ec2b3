/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where arguments lie: memory that is there, is not, comes late, goes away, or
 * is changed by another thread meanwhile.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include "fuzz.h"

#define ARGUMENT_MAX	16384

enum place_kind {
	PLACE_PLAIN,
	PLACE_UNALIGNED,
	PLACE_END,		/* nothing is mapped behind it */
	PLACE_STRADDLE,		/* across a page boundary */
	PLACE_MISSING,		/* its last bytes are not mapped */
	PLACE_UNMAPPED,
	PLACE_KERNEL,
	PLACE_NONE,		/* PROT_NONE */
	PLACE_READ_ONLY,
	PLACE_HALF_READ_ONLY,	/* the part on the second page */
	PLACE_HALF_NONE,
	/* A userfaultfd's handler, some time later ... */
	PLACE_LATE,		/* ... brings the page */
	PLACE_LATE_ZERO,	/* ... brings zeros instead */
	PLACE_LATE_GONE,	/* ... unmaps it */
	PLACE_LATE_WRITE,	/* ... allows the write */
	PLACE_LATE_WRITE_GONE,	/* ... unmaps it at the write */
	PLACE_REWRITTEN,	/* ... brings it, having changed what was read */
	/* Another thread ... */
	PLACE_RACED,		/* ... toggles bits of one byte */
	PLACE_VANISHING,	/* ... takes the pages away and brings them back */
	PLACES
};

extern const char *const place_names[PLACES];

/*
 * What changes under the call, and the argument as it is then. PLACE_RACED takes
 * one byte, which alternates. PLACE_REWRITTEN takes a multiple of 8 at the
 * beginning, behind which a page ends: the call has read them when it faults at
 * the next one, so whatever it uses of the other argument it has read twice.
 */
struct change {
	size_t at;
	size_t size;		/* 0: nothing may change */
	const void *other;
};

struct place {
	enum place_kind kind;
	void *at;		/* for the call */
	size_t size;
	bool cannot_read;
	bool cannot_write;
	size_t writable;	/* then: how many of its bytes can, the first ones */
	struct change change;	/* of these kinds only */
};

/* In a worker, which has threads from then on. */
struct memory *memory_new(void);

/* An address that holds; for calls whose memory is not the point. */
enum place_kind memory_draw_kind(struct worker *worker);

/* Puts the argument in place. NULL: it may not change under the call. */
struct place memory_place(struct worker *worker, enum place_kind kind,
			  const void *argument, size_t size,
			  const struct change *change);

/* After the call: ends what went on meanwhile. */
void memory_settle(struct worker *worker, struct place *place);

/* The argument as it is now; NULL if it cannot be seen. */
const unsigned char *memory_seen(struct worker *worker,
				 const struct place *place);

/*
 * Whether everything around the argument, and the argument too unless
 * @around_only, is as it was before the call.
 */
bool memory_is_untouched(struct worker *worker, const struct place *place,
			 bool around_only);

#endif
