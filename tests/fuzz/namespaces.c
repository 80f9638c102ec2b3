// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "namespaces.h"

#define PAGE		4096
#define ARENA		(4 * PAGE)
#define AROUND		64
#define FILL		0xa5
#define ENTRY		sizeof(struct translate_pid_ns_entry)
/* The module's own, see rust/list_ns.rs: so many are looked at at a time. */
#define PART		16
#define MOST		200

#ifdef MAP_32BIT
#define LOW MAP_32BIT
#else
#define LOW 0
#endif

enum namespaces_kind {
	NAMESPACES_PLAIN,
	NAMESPACES_END,		/* nothing is mapped behind them */
	NAMESPACES_MISSING,	/* there is no room for the last ones */
	NAMESPACES_READ_ONLY,
	NAMESPACES_UNMAPPED,
	NAMESPACES_NOWHERE,	/* outside of user space */
	NAMESPACES_KINDS
};

static const char *const names[NAMESPACES_KINDS] = {
	"plain", "end of mapping", "end missing", "read-only", "unmapped", "outside of user space",
};

struct namespaces {
	/* Mappings of the same memory. */
	char *writable, *read_only;
	enum namespaces_kind kind;
	size_t offset;		/* in the memory, if there is room for any */
	__u32 room;		/* how many of them can be written */
};

static char *map(int fd, int protection)
{
	/* A page behind it stays unmapped. */
	char *at = mmap(NULL, ARENA + PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | LOW, -1, 0);

	if (at == MAP_FAILED ||
	    mmap(at, ARENA, protection, MAP_SHARED | MAP_FIXED, fd, 0) != at)
		observe_die("no memory for namespaces: %s", strerror(errno));
	return at;
}

struct namespaces *namespaces_new(void)
{
	struct namespaces *namespaces = calloc(1, sizeof(*namespaces));
	int fd = memfd_create("namespaces", MFD_CLOEXEC);

	if (!namespaces || fd < 0 || ftruncate(fd, ARENA))
		observe_die("no memory for namespaces: %s", strerror(errno));
	namespaces->writable = map(fd, PROT_READ | PROT_WRITE);
	namespaces->read_only = map(fd, PROT_READ);
	close(fd);
	return namespaces;
}

static __u32 draw_count(struct worker *worker)
{
	static const __u32 edges[] = { 0, 1, PART - 1, PART, PART + 1, 2 * PART };

	switch (draw_below(worker, 4)) {
	case 0:
		return edges[draw_below(worker, sizeof(edges) / sizeof(*edges))];
	case 1:
		return draw_below(worker, MOST + 1);
	default:
		return draw_below(worker, 12);
	}
}

static __u64 draw_address(struct worker *worker, struct namespaces *namespaces, __u32 count)
{
	static const __u64 unmapped[] = { 0, 1, 16, 4095, 65535 };
	static const __u64 nowhere[] = {
		1ULL << 63, 0xffff800000000000, 0xffff888000000000, -64ULL, -1ULL,
	};
	__u32 missing;

	namespaces->room = count;
	namespaces->offset = AROUND + draw_below(worker, 64);
	switch (namespaces->kind) {
	case NAMESPACES_END:
		namespaces->offset = ARENA - ENTRY * count;
		break;
	case NAMESPACES_MISSING:
		missing = count ? 1 + draw_below(worker, count) : 0;
		namespaces->room -= missing;
		namespaces->offset = ARENA - ENTRY * namespaces->room;
		break;
	case NAMESPACES_READ_ONLY:
		namespaces->room = 0;
		return (unsigned long)(namespaces->read_only + namespaces->offset);
	case NAMESPACES_UNMAPPED:
		namespaces->room = 0;
		return unmapped[draw_below(worker, sizeof(unmapped) / sizeof(*unmapped))];
	case NAMESPACES_NOWHERE:
		namespaces->room = 0;
		return nowhere[draw_below(worker, sizeof(nowhere) / sizeof(*nowhere))];
	default:
		break;
	}
	return (unsigned long)(namespaces->writable + namespaces->offset);
}

static __u64 draw_cursor(struct worker *worker)
{
	switch (draw_below(worker, 6)) {
	case 0:
		return random_next(&worker->random);
	case 1:
		return ~0ULL - draw_below(worker, 3);
	case 2:
		return draw_below(worker, 4096);
	case 3:
		return worker->stage->spaces[draw_below(worker, SPACES)].ns_id -
		       draw_below(worker, 2);
	default:
		return 0;
	}
}

void namespaces_draw(struct worker *worker, struct translate_pid_list_ns_request *request)
{
	struct namespaces *namespaces = worker->namespaces;

	namespaces->kind = draw_one_in(worker, 2) ? NAMESPACES_PLAIN :
						    draw_below(worker, NAMESPACES_KINDS);
	request->count = draw_count(worker);
	request->entries = draw_address(worker, namespaces, request->count);
	request->cursor = draw_cursor(worker);
	if (draw_one_in(worker, 24))
		request->count = TRANSLATE_PID_LIST_NS_MOST + 1 + draw_below(worker, 1 << 30);
	memset(namespaces->writable, FILL, ARENA);
}

struct verdict namespaces_contract(const struct worker *worker,
				   const struct translate_pid_list_ns_request *request)
{
	const struct namespaces *namespaces = worker->namespaces;
	struct verdict verdict = { .allowed = SUCCESS, .space = SPACES };

	if (request->count > TRANSLATE_PID_LIST_NS_MOST)
		verdict.allowed = ANSWER(EINVAL);
	else if (request->count && namespaces->kind == NAMESPACES_NOWHERE)
		verdict.allowed = ANSWER(EFAULT);
	else if (namespaces->room < request->count)
		/* How many there will be is not known: the load's come and go. */
		verdict.allowed |= ANSWER(EFAULT);
	return verdict;
}

/* Whatever it is. */
static const char *check_any(const struct translate_pid_ns_entry *entry)
{
	bool has_init = entry->state == TRANSLATE_PID_NS_ALIVE ||
			entry->state == TRANSLATE_PID_NS_ENDING;

	if (entry->state < TRANSLATE_PID_NS_UNBORN || entry->state > TRANSLATE_PID_NS_GONE)
		return "a namespace of an unknown state";
	if (entry->flags & ~(TRANSLATE_PID_NS_PARENT_KNOWN | TRANSLATE_PID_NS_INACTIVE) ||
	    entry->reserved)
		return "a namespace with unknown bits";
	if (entry->parent && !(entry->flags & TRANSLATE_PID_NS_PARENT_KNOWN))
		return "a parent that is not known";
	if (entry->level >= PID_NS_LEVELS || !entry->inode || entry->pids >= WHOLE_PID_MAX)
		return "a namespace that cannot be";
	if (entry->init_pid < 0 || entry->init_pid >= WHOLE_PID_MAX ||
	    (entry->init_pid && !has_init))
		return "an init that cannot be";
	return NULL;
}

static const char *check_known(const struct worker *worker, enum space space,
			       const struct translate_pid_ns_entry *entry)
{
	const struct stage *stage = worker->stage;
	const struct space_facts *facts = &stage->spaces[space];
	const struct oracle_namespace *ns = &stage->oracle->namespaces[facts->oracle];
	__u32 wanted = facts->init ? TRANSLATE_PID_NS_ALIVE :
		       space == SPACE_UNBORN ? TRANSLATE_PID_NS_UNBORN : TRANSLATE_PID_NS_GONE;
	pid_t init = 0;

	if (!worker->access[space])
		return "a namespace that may not be accessed";
	if (entry->ns_id != facts->ns_id || entry->inode != facts->inode ||
	    entry->level != (__u32)ns->level)
		return "the ids of two namespaces";
	if (entry->state != wanted)
		return "another state";
	if (!!(entry->flags & TRANSLATE_PID_NS_INACTIVE) != (space == SPACE_INACTIVE))
		return "inactive, and is not, or is not, and it is";
	if (facts->init)
		init = stage_number_in(stage, stage_find_pid(stage, SPACE_INITIAL, facts->init),
				       worker->credentials->space);
	if (entry->init_pid != init)
		return "another init";
	/* All parents are the stage's, but for those between SPACE_ROOT_INNER and SPACE_DEEP. */
	for (int parent = 0; parent < SPACES && ns->level; parent++) {
		bool known = entry->flags & TRANSLATE_PID_NS_PARENT_KNOWN;

		if (stage->spaces[parent].oracle != ns->chain[ns->level - 1])
			continue;
		if (known != worker->access[parent] ||
		    (known && entry->parent != stage->spaces[parent].id))
			return "the parent was told, or not told, against the rule";
	}
	return NULL;
}

/* Whether the entries that were told go that far. */
static bool is_reached(const struct translate_pid_list_ns_request *request,
		       const struct translate_pid_list_ns_request *answer, __u64 ns_id)
{
	return ns_id > request->cursor && (!answer->cursor || ns_id <= answer->cursor);
}

/* The entries that were told, in their order. */
static const char *check_told(const struct worker *worker,
			      const struct translate_pid_list_ns_request *request,
			      const struct translate_pid_list_ns_request *answer)
{
	const struct namespaces *namespaces = worker->namespaces;
	__u32 listed[SPACES] = {};
	const char *complaint = NULL;
	__u64 last = request->cursor;

	for (__u32 i = 0; i < answer->done && !complaint; i++) {
		struct translate_pid_ns_entry entry;

		memcpy(&entry, namespaces->writable + namespaces->offset + i * ENTRY, ENTRY);
		if (entry.ns_id <= last)
			return "namespaces out of order";
		last = entry.ns_id;
		complaint = check_any(&entry);
		for (int space = 0; space < SPACES && !complaint; space++) {
			if (worker->stage->spaces[space].id != entry.id)
				continue;
			listed[space]++;
			complaint = check_known(worker, space, &entry);
		}
	}
	if (complaint)
		return complaint;
	if (answer->cursor && answer->done && answer->cursor != last)
		return "a cursor that is no namespace of the list";
	/* All that stay are there. */
	for (int space = 0; space < SPACES; space++)
		if (worker->access[space] && answer->done + !answer->cursor &&
		    is_reached(request, answer, worker->stage->spaces[space].ns_id) &&
		    listed[space] != 1)
			return "what stays is not listed once";
	return NULL;
}

static bool is_filled(const char *from, const char *to)
{
	while (from < to)
		if (*from++ != (char)FILL)
			return false;
	return true;
}

const char *namespaces_complain(const struct worker *worker,
				const struct translate_pid_list_ns_request *request,
				const struct translate_pid_list_ns_request *answer, long result)
{
	const struct namespaces *namespaces = worker->namespaces;
	const char *start = namespaces->writable, *end = start + ARENA, *array, *behind;
	bool is_there = namespaces->kind != NAMESPACES_UNMAPPED &&
			namespaces->kind != NAMESPACES_NOWHERE;
	bool told = answer && (answer->done != request->done || !result);
	__u32 done = told ? answer->done : 0;

	array = start + (is_there ? namespaces->offset : 0);
	if (!is_filled(start, array))
		return "memory before the namespaces was changed";
	/* What lies behind done may hold anything only after an error. */
	behind = array + (answer && !result ? done : namespaces->room) * ENTRY;
	if (behind <= end && !is_filled(behind, end))
		return "memory behind the namespaces was changed";
	if (!answer)
		return NULL;
	if (!told)
		return answer->cursor == request->cursor ? NULL : "a cursor, and nothing done";
	if (done > namespaces->room)
		return "more is told than can be";
	if (!done && answer->cursor && answer->cursor != request->cursor)
		return "a cursor of nothing";
	if (!result && done != request->count && answer->cursor)
		return "it ended before the array and the list";
	/* With room for none, nothing is listed. */
	return request->count && (done || !result) ? check_told(worker, request, answer) : NULL;
}

const char *namespaces_name(const struct worker *worker)
{
	return names[worker->namespaces->kind];
}
