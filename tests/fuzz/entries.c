// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "entries.h"

#define AROUND		64
#define FILL		0xa5
#define ENTRY		sizeof(struct translate_pid_list_entry)
/* The module's own, see rust/list.rs: so many are written at a time. */
#define PART		64
#define MOST		300

enum entries_kind {
	ENTRIES_PLAIN,
	ENTRIES_END,		/* nothing is mapped behind them */
	ENTRIES_MISSING,	/* there is no room for the last ones */
	ENTRIES_READ_ONLY,
	ENTRIES_HALF_READ_ONLY,	/* those on the second page */
	ENTRIES_UNMAPPED,
	ENTRIES_NOWHERE,	/* outside of user space */
	ENTRIES_KINDS
};

static const char *const names[ENTRIES_KINDS] = {
	"plain", "end of mapping", "end missing", "read-only", "second half read-only",
	"unmapped", "outside of user space",
};

struct entries {
	struct arena arena;
	enum entries_kind kind;
	__u64 address;
	size_t offset;		/* in the memory, if there is room for any */
	__u32 room;		/* how many of them can be written */
	enum space source, target;
};

struct entries *entries_new(void)
{
	struct entries *entries = calloc(1, sizeof(*entries));

	if (!entries)
		observe_die("no memory for entries");
	arena_map(&entries->arena);
	return entries;
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

static enum space space_of_id(const struct worker *worker, __u64 id)
{
	for (int space = 0; space < SPACES; space++)
		if (worker->stage->spaces[space].id == id)
			return space;
	return SPACES;
}

static __u64 draw_address(struct worker *worker, struct entries *entries, __u32 count)
{
	static const __u64 unmapped[] = { 0, 1, 16, 4095, 65535 };
	static const __u64 nowhere[] = {
		1ULL << 63, 0xffff800000000000, 0xffff888000000000, -16ULL, -1ULL,
	};
	__u32 missing;

	entries->room = count;
	entries->offset = AROUND + draw_below(worker, 16);
	switch (entries->kind) {
	case ENTRIES_END:
		entries->offset = ARENA_SIZE - ENTRY * count;
		break;
	case ENTRIES_MISSING:
		missing = count ? 1 + draw_below(worker, count) : 0;
		entries->room -= missing;
		entries->offset = ARENA_SIZE - ENTRY * entries->room;
		break;
	case ENTRIES_READ_ONLY:
		entries->room = 0;
		return (unsigned long)(entries->arena.read_only + entries->offset);
	case ENTRIES_HALF_READ_ONLY:
		entries->room = draw_below(worker, count + 1);
		entries->offset = ARENA_MIDDLE - ENTRY * entries->room;
		return (unsigned long)(entries->arena.half_read_only + entries->offset);
	case ENTRIES_UNMAPPED:
		entries->room = 0;
		return unmapped[draw_below(worker, sizeof(unmapped) / sizeof(*unmapped))];
	case ENTRIES_NOWHERE:
		entries->room = 0;
		return nowhere[draw_below(worker, sizeof(nowhere) / sizeof(*nowhere))];
	default:
		break;
	}
	return (unsigned long)(entries->arena.writable + entries->offset);
}

static __u32 draw_cursor(struct worker *worker, enum space source)
{
	static const __u32 odd[] = {
		1, 2, WHOLE_PID_MAX - 1, WHOLE_PID_MAX, INT_MAX, INT_MAX + 1U, UINT_MAX,
	};

	switch (draw_below(worker, 4)) {
	case 0:
		return odd[draw_below(worker, sizeof(odd) / sizeof(*odd))];
	case 1:
		return draw_pid(worker, source == SPACES ? draw_space(worker) : source);
	default:
		return 0;
	}
}

void entries_draw(struct worker *worker, struct translate_pid_list_request *request)
{
	struct entries *entries = worker->entries;

	entries->kind = draw_one_in(worker, 2) ? ENTRIES_PLAIN : draw_below(worker, ENTRIES_KINDS);
	request->count = draw_count(worker);
	request->entries = draw_address(worker, entries, request->count);
	request->cursor = draw_cursor(worker, space_of_id(worker, request->source));
	if (draw_one_in(worker, 24))
		request->count = TRANSLATE_PID_LIST_MOST + 1 + draw_below(worker, 1 << 30);
	memset(entries->arena.writable, FILL, ARENA_SIZE);
}

struct verdict entries_contract(const struct worker *worker,
				const struct translate_pid_list_request *request)
{
	struct entries *entries = worker->entries;
	struct verdict ids = { .space = SPACES };

	entries->source = space_of_id(worker, request->source);
	entries->target = space_of_id(worker, request->target);
	if (request->count > TRANSLATE_PID_LIST_MOST) {
		ids.allowed = ANSWER(EINVAL);
		return ids;
	}
	if (request->count && entries->kind == ENTRIES_NOWHERE) {
		ids.allowed = ANSWER(EFAULT);
		return ids;
	}
	/* The number 0 is nobody's: ESRCH says that the ids are right. */
	ids = contract_translate(worker, 0, request->source, request->target, 0);
	if (!(ids.allowed & ANSWER(ESRCH)))
		return ids;
	ids.allowed &= ~ANSWER(ESRCH);
	ids.allowed |= SUCCESS;
	/* How many there will be is not known: strangers come and go. */
	if (entries->room < request->count)
		ids.allowed |= ANSWER(EFAULT);
	return ids;
}

static __u32 kind_of(const struct oracle_pid *pid, enum space source, const struct stage *stage)
{
	pid_t group = stage_group_in(stage, pid, source);

	if (!group)
		return TRANSLATE_PID_KIND_GROUP;
	return group == stage_number_in(stage, pid, source) ? TRANSLATE_PID_KIND_PROCESS :
							       TRANSLATE_PID_KIND_THREAD;
}

static bool is_process(__u32 kind)
{
	return kind == TRANSLATE_PID_KIND_PROCESS || kind == TRANSLATE_PID_KIND_ZOMBIE;
}

/* Whatever it is. */
static const char *check_any(const struct worker *worker,
			     const struct translate_pid_list_entry *entry,
			     const struct translate_pid_list_request *request)
{
	const struct entries *entries = worker->entries;
	bool same = request->source == request->target;
	pid_t number = entry->number, group = entry->thread_group;

	if (entry->kind < TRANSLATE_PID_KIND_PROCESS || entry->kind > TRANSLATE_PID_KIND_GROUP)
		return "an entry of an unknown kind";
	if (request->flags & TRANSLATE_PID_LIST_PROCESSES && !is_process(entry->kind))
		return "an entry that is no process";
	if (entry->pid >= WHOLE_PID_MAX || number < 0 || number >= WHOLE_PID_MAX || group < 0 ||
	    group >= WHOLE_PID_MAX)
		return "an entry that has no number of a pid";
	if (is_process(entry->kind) || request->flags & TRANSLATE_PID_THREAD_GROUP) {
		if (number != group)
			return "another number than that of the thread group";
	} else if (same && number != entry->pid) {
		return "another number in the same namespace";
	}
	if (entry->kind == TRANSLATE_PID_KIND_GROUP && group)
		return "a group that has a thread group";
	if (same && is_process(entry->kind) && number != entry->pid)
		return "a process with another number in the same namespace";
	if (entries->source != SPACES && entries->target != SPACES && (number || group) &&
	    !stage_encloses(worker->stage, entries->target, entries->source) &&
	    !stage_encloses(worker->stage, entries->source, entries->target))
		return "a number where there is none";
	return NULL;
}

/* One that the stage knows. */
static const char *check_known(const struct worker *worker, const struct oracle_pid *pid,
			       const struct translate_pid_list_entry *entry,
			       const struct translate_pid_list_request *request)
{
	const struct entries *entries = worker->entries;
	__u32 kind = kind_of(pid, entries->source, worker->stage);
	pid_t group, number;

	if (kind != entry->kind &&
	    !(kind == TRANSLATE_PID_KIND_PROCESS && entry->kind == TRANSLATE_PID_KIND_ZOMBIE))
		return "an entry of a wrong kind";
	if (entries->target == SPACES)
		return NULL;
	group = stage_group_in(worker->stage, pid, entries->target);
	number = request->flags & TRANSLATE_PID_THREAD_GROUP ?
			 group : stage_number_in(worker->stage, pid, entries->target);
	return entry->thread_group == group && entry->number == number ? NULL :
									  "an entry of wrong numbers";
}

/* The entries that were told, in their order. */
static const char *check_told(const struct worker *worker,
			      const struct translate_pid_list_request *request,
			      const struct translate_pid_list_request *answer)
{
	const struct entries *entries = worker->entries;
	const struct translate_pid_list_entry *list;
	const char *complaint = NULL;
	__u32 known = 0, listed = 0;
	pid_t last = 0;

	list = (const void *)(entries->arena.writable + entries->offset);
	for (__u32 i = 0; i < answer->done && !complaint; i++) {
		struct translate_pid_list_entry entry;
		const struct oracle_pid *pid = NULL;

		memcpy(&entry, &list[i], sizeof(entry));
		if (entry.pid <= last || (__u32)entry.pid < request->cursor ||
		    (answer->cursor && (__u32)entry.pid >= answer->cursor))
			return "entries out of order, or outside of where the cursor went";
		last = entry.pid;
		complaint = check_any(worker, &entry, request);
		if (entries->source != SPACES)
			pid = stage_find_pid(worker->stage, entries->source, entry.pid);
		known += pid != NULL;
		if (!complaint && pid)
			complaint = check_known(worker, pid, &entry, request);
	}
	if (complaint || entries->source == SPACES)
		return complaint;
	/* All that stay are there: as many are known as were met. */
	for (int i = 0; i < worker->stage->oracle->pid_count; i++) {
		const struct oracle_pid *pid = &worker->stage->oracle->pids[i];
		pid_t number = stage_number_in(worker->stage, pid, entries->source);

		if (!number || (__u32)number < request->cursor ||
		    (answer->cursor && (__u32)number >= answer->cursor))
			continue;
		if (request->flags & TRANSLATE_PID_LIST_PROCESSES &&
		    kind_of(pid, entries->source, worker->stage) != TRANSLATE_PID_KIND_PROCESS)
			continue;
		listed++;
	}
	return known == listed ? NULL : "what stays is not listed once";
}

static bool is_filled(const char *from, const char *to)
{
	while (from < to)
		if (*from++ != (char)FILL)
			return false;
	return true;
}

const char *entries_complain(const struct worker *worker,
			     const struct translate_pid_list_request *request,
			     const struct translate_pid_list_request *answer, long result)
{
	const struct entries *entries = worker->entries;
	const char *start = entries->arena.writable, *end = start + ARENA_SIZE, *array, *behind;
	bool is_there = entries->kind != ENTRIES_UNMAPPED && entries->kind != ENTRIES_NOWHERE;
	bool told = answer && (answer->done != request->done || !result);
	__u32 done = told ? answer->done : 0;

	array = start + (is_there ? entries->offset : 0);
	if (!is_filled(start, array))
		return "memory before the entries was changed";
	/* What lies behind done may hold anything only after an error. */
	behind = array + (answer && !result ? done : entries->room) * ENTRY;
	if (behind <= end && !is_filled(behind, end))
		return "memory behind the entries was changed";
	if (!answer)
		return NULL;
	if (!told)
		return answer->cursor == request->cursor ? NULL : "a cursor, and nothing done";
	if (done > entries->room)
		return "more is told than can be";
	if (!result && done != request->count && answer->cursor)
		return "it ended before the array and the list";
	return done || !result ? check_told(worker, request, answer) : NULL;
}

const char *entries_name(const struct worker *worker)
{
	return names[worker->entries->kind];
}
