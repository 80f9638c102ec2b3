// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "numbers.h"

#define AROUND		64
#define FILL		0xa5
/* The module's own, see rust/many.rs: what is unreadable is found a part at a time. */
#define PART		128
#define MOST		700

enum numbers_kind {
	NUMBERS_PLAIN,
	NUMBERS_END,		/* nothing is mapped behind them */
	NUMBERS_MISSING,	/* the last ones are not mapped */
	NUMBERS_READ_ONLY,
	NUMBERS_HALF_READ_ONLY,	/* those on the second page */
	NUMBERS_HALF_NONE,
	NUMBERS_UNMAPPED,
	NUMBERS_KINDS
};

static const char *const names[NUMBERS_KINDS] = {
	"plain", "end of mapping", "end missing", "read-only", "second half read-only",
	"second half PROT_NONE", "unmapped",
};

struct numbers {
	struct arena arena;
	enum numbers_kind kind;
	__u64 address;
	size_t offset;		/* in the memory, unless they are unmapped */
	__u32 count;
	__u32 readable;		/* the first ones */
	__u32 written;		/* the first ones, if they are readable */
	char before[ARENA_SIZE];
	/* Of each number, by numbers_contract(). */
	struct verdict verdicts[MOST];
};

struct numbers *numbers_new(void)
{
	struct numbers *numbers = calloc(1, sizeof(*numbers));

	if (!numbers)
		observe_die("no memory for numbers");
	arena_map(&numbers->arena);
	return numbers;
}

static __u32 draw_count(struct worker *worker)
{
	static const __u32 edges[] = { 0, 1, PART - 1, PART, PART + 1, 2 * PART, 3 * PART + 1 };

	switch (draw_below(worker, 8)) {
	case 0:
		return edges[draw_below(worker, sizeof(edges) / sizeof(*edges))];
	case 1:
		return draw_below(worker, MOST + 1);
	default:
		return draw_below(worker, 6);
	}
}

/* Where the numbers begin of which the first @before are in the first half. */
static size_t across(struct worker *worker, struct numbers *numbers)
{
	__u32 before = draw_below(worker, numbers->count + 1);
	/* Unaligned, the next one is in both halves. */
	size_t odd = before < numbers->count ? draw_below(worker, 4) : 0;

	numbers->written = before;
	return ARENA_MIDDLE - 4 * before - odd;
}

static void place(struct worker *worker, struct numbers *numbers)
{
	static const __u64 unmapped[] = {
		0, 1, 4096, 0xfffffffcu, 1ULL << 47, (1ULL << 47) - 4096, 1ULL << 63,
		0xffff888000000000ULL, -4ULL, -512ULL, -1ULL,
	};
	char *mapping = numbers->arena.writable;
	__u32 missing;

	numbers->readable = numbers->written = numbers->count;
	numbers->offset = AROUND + draw_below(worker, 8);
	switch (numbers->kind) {
	case NUMBERS_END:
		numbers->offset = ARENA_SIZE - 4 * numbers->count;
		break;
	case NUMBERS_MISSING:
		missing = numbers->count ? 1 + draw_below(worker, numbers->count) : 0;
		numbers->offset = ARENA_SIZE - 4 * (numbers->count - missing);
		numbers->readable = numbers->written = numbers->count - missing;
		break;
	case NUMBERS_READ_ONLY:
		mapping = numbers->arena.read_only;
		numbers->written = 0;
		break;
	case NUMBERS_HALF_READ_ONLY:
		mapping = numbers->arena.half_read_only;
		numbers->offset = across(worker, numbers);
		break;
	case NUMBERS_HALF_NONE:
		mapping = numbers->arena.half_none;
		numbers->offset = across(worker, numbers);
		numbers->readable = numbers->written;
		break;
	case NUMBERS_UNMAPPED:
		numbers->readable = numbers->written = 0;
		numbers->address = unmapped[draw_below(worker, sizeof(unmapped) / sizeof(*unmapped))];
		return;
	default:
		break;
	}
	numbers->address = (unsigned long)(mapping + numbers->offset);
}

/* How many of them are in the memory that can be seen. */
static __u32 seen(const struct numbers *numbers)
{
	__u32 room = (ARENA_SIZE - numbers->offset) / 4;

	return room < numbers->count ? room : numbers->count;
}

static enum space space_of_id(const struct worker *worker, __u64 id)
{
	for (int space = 0; space < SPACES; space++)
		if (worker->stage->spaces[space].id == id)
			return space;
	return SPACES;
}

void numbers_draw(struct worker *worker, struct translate_pid_many_request *request)
{
	struct numbers *numbers = worker->numbers;
	enum space space = space_of_id(worker, request->source);

	numbers->count = draw_count(worker);
	numbers->kind = draw_one_in(worker, 2) ? NUMBERS_PLAIN : draw_below(worker, NUMBERS_KINDS);
	place(worker, numbers);
	memset(numbers->arena.writable, FILL, ARENA_SIZE);
	for (__u32 i = 0; i < seen(numbers); i++) {
		pid_t pid = draw_pid(worker, space == SPACES ? draw_space(worker) : space);

		memcpy(numbers->arena.writable + numbers->offset + 4 * i, &pid, sizeof(pid));
	}
	memcpy(numbers->before, numbers->arena.writable, ARENA_SIZE);
	request->pids = numbers->address;
	request->count = numbers->count;
	if (draw_one_in(worker, 24))
		request->count = TRANSLATE_PID_MANY_MOST + 1 + draw_below(worker, 1 << 30);
}

static __s32 number_at(const char *memory, const struct numbers *numbers, __u32 at)
{
	__s32 number;

	memcpy(&number, memory + numbers->offset + 4 * at, sizeof(number));
	return number;
}

/* How many are replaced if nothing but their memory ends it. */
static __u32 most_done(const struct numbers *numbers)
{
	__u32 whole = numbers->readable == numbers->count ? numbers->count :
							    numbers->readable / PART * PART;

	return whole < numbers->written ? whole : numbers->written;
}

struct verdict numbers_contract(const struct worker *worker,
				const struct translate_pid_many_request *request)
{
	struct numbers *numbers = worker->numbers;
	struct verdict ids = { .space = SPACES };

	if (request->count > TRANSLATE_PID_MANY_MOST) {
		ids.allowed = ANSWER(EINVAL);
		return ids;
	}
	/* The first part is read before the ids are looked at. */
	if (request->count && numbers->readable < numbers->count && numbers->readable < PART) {
		ids.allowed = ANSWER(EFAULT);
		return ids;
	}
	/* The number 0 is nobody's: ESRCH says that the ids are right. */
	ids = contract_translate(worker, 0, request->source, request->target, 0);
	if (!(ids.allowed & ANSWER(ESRCH)))
		return ids;
	ids.allowed &= ~ANSWER(ESRCH);
	if (!request->count || most_done(numbers) == numbers->count)
		ids.allowed |= SUCCESS;
	else
		ids.allowed |= ANSWER(EFAULT);
	for (__u32 i = 0; i < request->count && i < most_done(numbers); i++)
		numbers->verdicts[i] = contract_translate(worker,
							  number_at(numbers->before, numbers, i),
							  request->source, request->target,
							  request->flags);
	return ids;
}

static const char *complain_of_one(const struct numbers *numbers, __u32 at)
{
	const struct verdict *verdict = &numbers->verdicts[at];
	__s32 answer = number_at(numbers->arena.writable, numbers, at);

	if (answer < 0)
		return answer == -ESRCH && verdict->allowed & ANSWER(ESRCH) ?
			       NULL : "a number became a wrong error";
	if (!(verdict->allowed & SUCCESS))
		return "a number became another where there is none";
	if (answer >= WHOLE_PID_MAX || (verdict->exact && answer != verdict->value))
		return "a number became a wrong number";
	return NULL;
}

const char *numbers_complain(const struct worker *worker,
			     const struct translate_pid_many_request *request,
			     const __u32 *told, long result)
{
	const struct numbers *numbers = worker->numbers;
	__u32 done = 0;
	size_t end;

	if (told && *told != NOT_TOLD)
		done = *told;
	if (!told && memcmp(numbers->arena.writable, numbers->before, ARENA_SIZE))
		/* How far it went is unknown. */
		return NULL;
	if (result == 0 && told && done != request->count)
		return "another count is told than the request's";
	if (done > most_done(numbers))
		return "more is told than can be";
	if (result == -EFAULT && done && done != most_done(numbers))
		return "it ended before the memory does";
	if (done != most_done(numbers) && done % PART)
		return "it ended within a part";
	for (__u32 i = 0; i < done; i++) {
		const char *complaint = complain_of_one(numbers, i);

		if (complaint)
			return complaint;
	}
	if (numbers->kind == NUMBERS_UNMAPPED)
		return memcmp(numbers->arena.writable, numbers->before, ARENA_SIZE) ?
			       "numbers elsewhere were changed" : NULL;
	end = numbers->offset + 4 * done;
	if (memcmp(numbers->arena.writable, numbers->before, numbers->offset) ||
	    memcmp(numbers->arena.writable + end, numbers->before + end, ARENA_SIZE - end))
		return "numbers that were not to be replaced, or memory around them, changed";
	return NULL;
}

const char *numbers_name(const struct worker *worker)
{
	return names[worker->numbers->kind];
}
