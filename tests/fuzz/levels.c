// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "levels.h"

#define PAGE		4096
#define FILL		0xa5
#define ENTRY		sizeof(struct translate_pid_chain_entry)
#define MOST		TRANSLATE_PID_CHAIN_MOST
#define AROUND		64

#ifdef MAP_32BIT
#define LOW MAP_32BIT
#else
#define LOW 0
#endif

enum levels_kind {
	LEVELS_PLAIN,
	LEVELS_MISSING,		/* there is no room for the last ones */
	LEVELS_UNMAPPED,
	LEVELS_NOWHERE,		/* outside of user space */
	LEVELS_KINDS
};

static const char *const names[LEVELS_KINDS] = {
	"plain", "end missing", "unmapped", "outside of user space",
};

struct levels {
	char *memory;		/* a page, and none behind it */
	enum levels_kind kind;
	size_t offset;		/* in the memory, if there is room for any */
	__u32 room;		/* how many of them can be written */
};

struct levels *levels_new(void)
{
	struct levels *levels = calloc(1, sizeof(*levels));
	char *at = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | LOW,
			-1, 0);

	if (!levels || at == MAP_FAILED || mprotect(at + PAGE, PAGE, PROT_NONE))
		observe_die("no memory for levels: %s", strerror(errno));
	levels->memory = at;
	return levels;
}

static __u32 used(const struct translate_pid_chain_request *request)
{
	return request->count < MOST ? request->count : MOST;
}

static void draw_array(struct worker *worker, struct translate_pid_chain_request *request)
{
	static const __u64 unmapped[] = { 0, 1, 16, 4095, 65535 };
	static const __u64 nowhere[] = {
		1ULL << 63, 0xffff800000000000, 0xffff888000000000, -16ULL, -1ULL,
	};
	struct levels *levels = worker->levels;

	levels->kind = draw_one_in(worker, 2) ? LEVELS_PLAIN : draw_below(worker, LEVELS_KINDS);
	levels->room = used(request);
	levels->offset = AROUND + draw_below(worker, 16);
	request->entries = (unsigned long)levels->memory + levels->offset;
	switch (levels->kind) {
	case LEVELS_MISSING:
		levels->room = draw_below(worker, levels->room + 1);
		levels->offset = PAGE - ENTRY * levels->room;
		request->entries = (unsigned long)levels->memory + levels->offset;
		break;
	case LEVELS_UNMAPPED:
		levels->room = 0;
		request->entries = unmapped[draw_below(worker, 5)];
		break;
	case LEVELS_NOWHERE:
		levels->room = 0;
		request->entries = nowhere[draw_below(worker, 5)];
		break;
	default:
		break;
	}
	memset(levels->memory, FILL, PAGE);
}

void levels_draw(struct worker *worker, struct translate_pid_chain_request *request)
{
	static const __u32 counts[] = { 0, 1, 2, 3, MOST - 1, MOST, MOST + 1, INT_MAX, UINT_MAX };
	enum space space = draw_space(worker);

	request->source = worker->stage->spaces[space].id;
	request->pid = draw_pid(worker, space);
	if (draw_one_in(worker, 4))
		request->source = draw_id(worker);
	if (draw_one_in(worker, 3)) {
		request->flags = TRANSLATE_PID_FROM_PIDFD;
		request->pid = draw_descriptor(worker);
		if (!draw_one_in(worker, 8))
			request->source = 0;
	}
	if (draw_one_in(worker, 4))
		request->flags |= TRANSLATE_PID_THREAD_GROUP;
	request->count = counts[draw_below(worker, sizeof(counts) / sizeof(*counts))];
	draw_array(worker, request);
}

/* Whether it may access one of the namespaces in which the process has a number. */
static bool may_be_told(const struct worker *worker, enum space space)
{
	for (int outer = 0; outer < SPACES; outer++)
		if (worker->access[outer] && stage_encloses(worker->stage, outer, space))
			return true;
	return false;
}

struct verdict levels_contract(const struct worker *worker,
			       const struct translate_pid_chain_request *request)
{
	struct levels *levels = worker->levels;
	struct verdict verdict = { .space = SPACES };

	if (used(request) && levels->kind == LEVELS_NOWHERE) {
		verdict.allowed = ANSWER(EFAULT);
		return verdict;
	}
	if (request->flags & TRANSLATE_PID_FROM_PIDFD) {
		verdict = contract_pidfd(worker, request->pid, request->source);
		/* A namespace of the stage that it passes through has no name here. */
		if (verdict.allowed & SUCCESS && !may_be_told(worker, verdict.space))
			verdict.allowed = verdict.space == SPACE_DEEP ?
				SUCCESS | ANSWER(EPERM) : ANSWER(EPERM);
	} else {
		verdict = contract_translate(worker, request->pid, request->source,
					     request->source, request->flags);
	}
	verdict.exact = false;
	/* How many there will be is not known of strangers. */
	if (verdict.allowed & SUCCESS && levels->room < used(request))
		verdict.allowed |= ANSWER(EFAULT);
	return verdict;
}

static const char *check_entry(const struct worker *worker,
			       const struct translate_pid_chain_entry *entry, int level)
{
	const struct stage *stage = worker->stage;

	if (entry->reserved)
		return "a reserved field is not zero";
	if (entry->pid < 0 || entry->pid >= WHOLE_PID_MAX)
		return "no number of a pid";
	if (!entry->pid)
		return entry->id ? "an id without a number" : NULL;
	if (!level != !entry->id)
		return "the initial namespace at another level than the first";
	for (int space = 0; space < SPACES; space++) {
		if (stage->spaces[space].id != entry->id)
			continue;
		if (!worker->access[space])
			return "a namespace that may not be accessed";
		if (stage->oracle->namespaces[stage->spaces[space].oracle].level != level)
			return "a namespace at a wrong level";
	}
	return NULL;
}

/* One that the stage knows, in its first namespace that is told. */
static const char *check_known(const struct worker *worker, const struct oracle_pid *pid,
			       const struct translate_pid_chain_entry *entries, __u32 count,
			       bool group)
{
	const struct oracle *oracle = worker->stage->oracle;
	const struct oracle_namespace *ns = &oracle->namespaces[pid->namespace];

	for (__u32 level = 0; level < count; level++) {
		if ((int)level > ns->level)
			return "more levels than there are";
		if (!entries[level].pid)
			continue;
		if (entries[level].id != oracle->namespaces[ns->chain[level]].id)
			return "the id of another namespace";
		if (entries[level].pid != (group ? pid->group : pid->numbers)[level])
			return "another number";
	}
	return NULL;
}

static const char *check_told(const struct worker *worker,
			      const struct translate_pid_chain_request *request, __u32 levels)
{
	struct translate_pid_chain_entry entries[MOST];
	const struct oracle_pid *pid = NULL;
	__u32 count = levels < used(request) ? levels : used(request);
	const char *complaint = NULL;

	if (!levels || levels > MOST)
		return "a chain of no length";
	memcpy(entries, worker->levels->memory + worker->levels->offset, count * ENTRY);
	for (__u32 level = 0; level < count && !complaint; level++)
		complaint = check_entry(worker, &entries[level], level);
	if (complaint)
		return complaint;
	if (count == levels && !entries[count - 1].pid)
		return "a chain that goes on behind its end";
	if (request->flags & TRANSLATE_PID_FROM_PIDFD)
		return NULL;
	for (int space = 0; space < SPACES && !pid; space++)
		if (worker->stage->spaces[space].id == request->source)
			pid = stage_find_pid(worker->stage, space, request->pid);
	return pid ? check_known(worker, pid, entries, count,
				 request->flags & TRANSLATE_PID_THREAD_GROUP) : NULL;
}

static bool is_filled(const char *from, const char *to)
{
	while (from < to)
		if (*from++ != (char)FILL)
			return false;
	return true;
}

const char *levels_complain(const struct worker *worker,
			    const struct translate_pid_chain_request *request,
			    const struct translate_pid_chain_request *answer, long result)
{
	const struct levels *levels = worker->levels;
	const char *start = levels->memory, *end = start + PAGE, *array, *behind;
	__u32 written = levels->room;

	if (levels->kind == LEVELS_UNMAPPED || levels->kind == LEVELS_NOWHERE)
		return is_filled(start, end) ? NULL : "memory elsewhere was changed";
	if (result < 0 && result != -EFAULT)
		written = 0;
	if (!result && answer && answer->levels < written)
		written = answer->levels;
	array = start + levels->offset;
	behind = array + written * ENTRY;
	if (!is_filled(start, array))
		return "memory before the entries was changed";
	if (!is_filled(behind, end))
		return "memory behind the entries was changed";
	return !result && answer ? check_told(worker, request, answer->levels) : NULL;
}

const char *levels_name(const struct worker *worker)
{
	return names[worker->levels->kind];
}
