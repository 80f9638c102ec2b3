// SPDX-License-Identifier: GPL-2.0-only
/*
 * The arena is one piece of shared memory, mapped several times with different
 * protections, so that no call costs an mprotect() and what became of an
 * argument shows in the mapping that can be read.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memory.h"
#include "pager.h"

#define PAGE		4096
#define ARENA_PAGES	10
#define ARENA		(ARENA_PAGES * PAGE)
#define MIDDLE		(ARENA / 2)
#define MAPPINGS	5
#define STRIDE		(ARENA + PAGE)
#define AROUND		64
#define FILL		0xa5

/* int 0x80 has 32-bit addresses also in a 64-bit program. */
#ifdef MAP_32BIT
#define LOW MAP_32BIT
#else
#define LOW 0
#endif

const char *const place_names[PLACES] = {
	"plain", "unaligned", "end of mapping", "across pages", "end missing",
	"unmapped", "kernel address", "PROT_NONE", "read-only",
	"second page read-only", "second page PROT_NONE", "late", "late zeros",
	"late unmapped", "late write", "late write unmapped",
	"rewritten once read", "raced", "vanishing",
};

struct memory {
	/* Mappings of the arena. */
	unsigned char *writable, *read_only, *none, *half_read_only, *half_none;
	struct pager *pager;
	/* Where the argument is seen, and what was there before the call. */
	unsigned char *seen;
	size_t front, back;
	unsigned char before[ARGUMENT_MAX + 2 * AROUND];
};

static unsigned char *map(int fd, unsigned char *at, int protection)
{
	if (mmap(at, ARENA, protection, MAP_SHARED | MAP_FIXED, fd, 0) != at ||
	    munmap(at + ARENA, PAGE))
		observe_die("no arena: %s", strerror(errno));
	return at;
}

static void protect_half(unsigned char *mapping, int protection)
{
	if (mprotect(mapping + MIDDLE, MIDDLE, protection))
		observe_die("mprotect: %s", strerror(errno));
}

struct memory *memory_new(void)
{
	struct memory *memory = calloc(1, sizeof(*memory));
	int fd = memfd_create("arena", MFD_CLOEXEC);
	unsigned char *at;

	if (!memory || fd < 0 || ftruncate(fd, ARENA))
		observe_die("no memory for an arena");
	/*
	 * Side by side, so that the hole behind each is a single page: the pager's
	 * pages, and whatever is mapped later, are more and cannot fill it.
	 */
	at = mmap(NULL, MAPPINGS * STRIDE, PROT_NONE,
		  MAP_PRIVATE | MAP_ANONYMOUS | LOW, -1, 0);
	if (at == MAP_FAILED)
		observe_die("no arena: %s", strerror(errno));
	memory->writable = map(fd, at, PROT_READ | PROT_WRITE);
	memory->read_only = map(fd, at + STRIDE, PROT_READ);
	memory->none = map(fd, at + 2 * STRIDE, PROT_NONE);
	memory->half_read_only = map(fd, at + 3 * STRIDE,
				     PROT_READ | PROT_WRITE);
	memory->half_none = map(fd, at + 4 * STRIDE, PROT_READ | PROT_WRITE);
	protect_half(memory->half_read_only, PROT_READ);
	protect_half(memory->half_none, PROT_NONE);
	close(fd);
	memory->pager = pager_new(LOW);
	return memory;
}

enum place_kind memory_draw_kind(struct worker *worker)
{
	static const enum place_kind rare[] = {
		PLACE_LATE, PLACE_LATE_ZERO, PLACE_LATE_GONE, PLACE_LATE_WRITE,
		PLACE_LATE_WRITE_GONE, PLACE_VANISHING,
		PLACE_RACED, PLACE_RACED, PLACE_REWRITTEN, PLACE_REWRITTEN,
		PLACE_REWRITTEN, PLACE_REWRITTEN,
	};
	__u32 drawn = draw_below(worker, 64);

	if (drawn < 2)
		return rare[draw_below(worker, sizeof(rare) / sizeof(*rare))];
	if (drawn < 24)
		return PLACE_UNALIGNED + draw_below(worker, PLACE_HALF_NONE);
	return PLACE_PLAIN;
}

static void *odd_address(struct worker *worker, bool kernel)
{
	static const unsigned long unmapped[] = {
		0, 1, 16, 4095, 4096, 65535,
	};
	/* The lower halves are unmapped too, for 32-bit syscall paths. */
	static const __u64 above[] = {
		0xffffffffffffffff, 0xfffffffffffff000, 0xffff888000000000,
		0xffff800000000000, 0x8000000000000000, 0xffffffff00000000,
		0x00007ffffffff000, 0xfffffffffffffff8, 0xfffffe0000000000,
	};

	if (kernel)
		return (void *)(unsigned long)
			above[draw_below(worker, sizeof(above) / sizeof(*above))];
	return (void *)unmapped[draw_below(worker, 6)];
}

/* Somewhere with the boundary inside of it; 1 byte cannot be cut. */
static size_t across(struct worker *worker, size_t size)
{
	return MIDDLE - (size > 1 ? 1 + draw_below(worker, size - 1) : 0);
}

static void remember(struct memory *memory, const void *argument, size_t size,
		     unsigned char *start, unsigned char *end)
{
	unsigned char *at = memory->seen;
	size_t there = size < (size_t)(end - at) ? size : (size_t)(end - at);

	memory->front = at - start < AROUND ? at - start : AROUND;
	memory->back = end - at - there < AROUND ? end - at - there : AROUND;
	memset(at - memory->front, FILL, memory->front);
	memcpy(at, argument, there);
	memset(at + there, FILL, memory->back);
	memcpy(memory->before, at - memory->front,
	       memory->front + there + memory->back);
}

struct place memory_place(struct worker *worker, enum place_kind kind,
			  const void *argument, size_t size,
			  const struct change *change)
{
	struct memory *memory = worker->memory;
	unsigned char *mapping = memory->writable;
	size_t offset = AROUND;
	struct place place = { .size = size };

	if (kind >= PLACE_LATE && kind != PLACE_RACED && size > PAGE / 2)
		kind = PLACE_PLAIN;
	if (kind == PLACE_RACED || kind == PLACE_REWRITTEN) {
		if (!change || !change->size)
			kind = PLACE_PLAIN;
		else
			place.change = *change;
	}
	place.kind = kind;
	switch (kind) {
	case PLACE_UNALIGNED:
		offset += draw_below(worker, 64);
		break;
	case PLACE_END:
		offset = ARENA - size;
		break;
	case PLACE_STRADDLE:
		offset = across(worker, size);
		break;
	case PLACE_MISSING:
		offset = ARENA - size + (size ? 1 + draw_below(worker, size) : 0);
		place.cannot_read = place.cannot_write = true;
		break;
	case PLACE_NONE:
		mapping = memory->none;
		place.cannot_read = place.cannot_write = true;
		break;
	case PLACE_READ_ONLY:
		mapping = memory->read_only;
		place.cannot_write = true;
		break;
	case PLACE_HALF_READ_ONLY:
		mapping = memory->half_read_only;
		offset = across(worker, size);
		place.cannot_write = true;
		place.writable = MIDDLE - offset;
		break;
	case PLACE_HALF_NONE:
		mapping = memory->half_none;
		offset = across(worker, size);
		place.cannot_read = place.cannot_write = true;
		break;
	default:
		break;
	}
	if (kind == PLACE_UNMAPPED || kind == PLACE_KERNEL) {
		memory->seen = NULL;
		place.at = odd_address(worker, kind == PLACE_KERNEL);
		place.cannot_read = place.cannot_write = true;
		return place;
	}
	if (kind >= PLACE_LATE && kind != PLACE_RACED) {
		size_t at = draw_one_in(worker, 4) ? PAGE - size / 2 : AROUND;

		if (kind == PLACE_REWRITTEN)
			at = PAGE - change->size;
		place.at = pager_begin(memory->pager, kind, at, argument, size,
				       change ? change->other : NULL,
				       draw_below(worker, 200));
		/* Written before it was given to the handler; may be gone later. */
		memory->seen = NULL;
		place.cannot_read = kind == PLACE_LATE_GONE;
		place.cannot_write = kind == PLACE_LATE_GONE ||
				     kind == PLACE_LATE_WRITE_GONE;
		return place;
	}
	place.at = mapping + offset;
	memory->seen = memory->writable + offset;
	remember(memory, argument, size, memory->writable,
		 memory->writable + ARENA);
	if (kind == PLACE_RACED) {
		pager_race(memory->pager, memory->seen + change->at,
			   memory->seen[change->at] ^
			   ((const unsigned char *)change->other)[change->at]);
	}
	return place;
}

void memory_settle(struct worker *worker, struct place *place)
{
	struct memory *memory = worker->memory;

	if (place->kind == PLACE_RACED) {
		pager_race_end(memory->pager);
		/* What the other thread did is no trace of the call. */
		memory->seen[place->change.at] =
			memory->before[memory->front + place->change.at];
	} else if (place->kind >= PLACE_LATE) {
		memory->seen = pager_end(memory->pager, place->kind, place->at,
					 place->size);
		memory->front = memory->back = 0;
	}
}

const unsigned char *memory_seen(struct worker *worker,
				 const struct place *place)
{
	return place->kind == PLACE_VANISHING ? NULL : worker->memory->seen;
}

bool memory_is_untouched(struct worker *worker, const struct place *place,
			 bool around_only)
{
	const struct memory *memory = worker->memory;
	const unsigned char *seen = memory->seen;
	size_t there = place->size;

	/* What a handler brought has no surroundings that are known. */
	if (!seen || (place->kind >= PLACE_LATE && place->kind != PLACE_RACED))
		return true;
	if (there > (size_t)(memory->writable + ARENA - seen))
		there = memory->writable + ARENA - seen;
	if (memcmp(seen - memory->front, memory->before, memory->front) ||
	    memcmp(seen + there, memory->before + memory->front + there,
		   memory->back))
		return false;
	return around_only ||
	       !memcmp(seen, memory->before + memory->front, there);
}
