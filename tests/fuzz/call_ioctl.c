// SPDX-License-Identifier: GPL-2.0-only
/* The commands, right ones and unknown ones, of the device and of the file of procfs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bound_handle.h"
#include "entries.h"
#include "levels.h"
#include "namespaces.h"
#include "numbers.h"
#include "opened.h"
#include "request.h"

static long ioctl_number(const struct syscall_path *path)
{
	switch (path->abi) {
	case SYSCALL_PATH_X86_64:
		return 16;
	case SYSCALL_PATH_X32:
		return 514;
	default:
		return 54;
	}
}

/* On any of the open syscall paths: the compatible ones take low addresses. */
static long ask(struct worker *worker, __u64 command, const void *at)
{
	__u64 arguments[6] = { draw_one_in(worker, 2) ? worker->device : worker->proc_file,
			       command, (unsigned long)at };
	size_t index = draw_one_in(worker, 4) ? draw_below(worker, syscall_path_count) :
						0;

	if (!worker->path_open[index])
		index = 0;
	/* The command is an unsigned int, whatever else is in the register. */
	if (syscall_paths[index].abi == SYSCALL_PATH_X86_64 && draw_one_in(worker, 8))
		arguments[1] |= random_next(&worker->random) << 32;
	return syscall_paths[index].call(ioctl_number(&syscall_paths[index]), arguments);
}

static size_t draw_size(struct worker *worker, size_t right)
{
	static const size_t odd[] = { 0, 1, 4, 8, 4095, 4096, 4097, 16383 };

	switch (draw_below(worker, 12)) {
	case 0:
		return draw_below(worker, right);
	case 1:
		return right + 1 + draw_below(worker, 128);
	case 2:
		return draw_one_in(worker, 4) ?
			       odd[draw_below(worker, 8)] : right + 8;
	default:
		return right;
	}
}

static bool has_tail(const union request *request, size_t from, size_t size)
{
	for (size_t at = from; at < size; at++)
		if (request->bytes[at])
			return true;
	return false;
}

static bool cannot_be_answered(const struct command *command, const struct place *place)
{
	if (!command->results || !place->cannot_write)
		return false;
	return !command->answers_alone ||
	       64 - (size_t)__builtin_clzll(command->results) > place->writable;
}

/* Errors of the argument come first, then the command's, then the result's. */
static struct verdict expect(const struct worker *worker, enum call call,
			     const union request *request,
			     const struct place *place)
{
	const struct command *command = command_of(call);
	struct verdict verdict = { .space = SPACES };
	bool reads = command_reads(command);

	if (place->size < command->size) {
		verdict.allowed = ANSWER(EINVAL);
		return verdict;
	}
	if (reads && has_tail(request, command->size, place->size))
		verdict.allowed |= ANSWER(E2BIG);
	if (reads && place->cannot_read)
		verdict.allowed |= ANSWER(EFAULT);
	if (verdict.allowed)
		return verdict;
	verdict = contract_request(worker, call, request);
	if (verdict.allowed & SUCCESS && cannot_be_answered(command, place)) {
		verdict.allowed &= ~SUCCESS;
		verdict.allowed |= ANSWER(EFAULT);
	}
	return verdict;
}

static const char *check_info(const struct worker *worker,
			      const struct translate_pid_info *info)
{
	const struct translate_pid_info *known = &worker->stage->info;

	if (info->version != TRANSLATE_PID_VERSION || info->reserved ||
	    info->reserved2 || info->features != known->features ||
	    info->generation != known->generation ||
	    info->buckets != known->buckets ||
	    info->syscall_x86_64 != known->syscall_x86_64 ||
	    info->syscall_x32 != known->syscall_x32 ||
	    info->syscall_i386 != known->syscall_i386)
		return "what never changes has changed";
	if (info->namespaces < SPACES)
		return "the counters cannot be true";
	return NULL;
}

static const char *check_id(const struct worker *worker,
			    const struct verdict *verdict,
			    const struct translate_pid_id_request *asked,
			    const struct translate_pid_id_request *answer)
{
	const struct space_facts *facts;

	if (verdict->space != SPACES) {
		facts = &worker->stage->spaces[verdict->space];
		return answer->id == facts->id &&
		       answer->ns_id == facts->ns_id ? NULL : "wrong id";
	}
	/* A stranger may be anywhere, but both ids name the same place. */
	for (int space = 0; space < SPACES; space++) {
		facts = &worker->stage->spaces[space];
		if ((answer->id == facts->id) != (answer->ns_id == facts->ns_id))
			return "the ids of two namespaces";
	}
	if (!answer->ns_id)
		return "no ns_id";
	if (asked->by == TRANSLATE_PID_BY_ID && answer->id != asked->value)
		return "another id than the one asked about";
	if (asked->by == TRANSLATE_PID_BY_NS_ID && answer->ns_id != asked->value)
		return "another ns_id than the one asked about";
	return NULL;
}

/* The parent of a stage namespace; SPACES if the stage does not know it. */
static enum space parent_of(const struct worker *worker, enum space space)
{
	const struct stage *stage = worker->stage;
	const struct oracle_namespace *ns =
		&stage->oracle->namespaces[stage->spaces[space].oracle];

	for (int parent = 0; parent < SPACES && ns->level; parent++)
		if (stage->spaces[parent].oracle == ns->chain[ns->level - 1])
			return parent;
	return SPACES;
}

static const char *check_level(const struct worker *worker,
			       const struct verdict *verdict,
			       const struct translate_pid_level_request *answer)
{
	enum space parent;
	int level;

	if (answer->level >= PID_NS_LEVELS || answer->parent_known > 1 ||
	    (!answer->parent_known && answer->parent))
		return "no level, or a parent that is and is not known";
	if (verdict->space == SPACES)
		return NULL;
	level = worker->stage->oracle->namespaces
			[worker->stage->spaces[verdict->space].oracle].level;
	if (answer->level != (__u32)level)
		return "wrong level";
	parent = parent_of(worker, verdict->space);
	if (parent == SPACES)
		return !level && answer->parent_known ?
			       "the initial namespace has a parent" : NULL;
	if (answer->parent_known != worker->access[parent])
		return "the parent was told, or not told, against the rule";
	return answer->parent_known &&
	       answer->parent != worker->stage->spaces[parent].id ?
		       "wrong parent" : NULL;
}

/* NULL if the results are right for this request. */
static const char *check_result(struct worker *worker, enum call call,
				const struct verdict *verdict,
				const union request *asked,
				const union request *answer, size_t size,
				long result, int lowest)
{
	const struct command *command = command_of(call);
	__s64 value;

	if (call == CALL_GET_INFO)
		return has_tail(answer, command->size, size) ?
			       "an unknown part is not zeroed" :
			       check_info(worker, &answer->info);
	if (command_differs_beside_results(command, asked, answer, size))
		return "more than the result was changed";
	if (call == CALL_GET_ID)
		return check_id(worker, verdict, &asked->id, &answer->id);
	if (call == CALL_GET_LEVEL)
		return check_level(worker, verdict, (const void *)answer->bytes);
	if (call == CALL_TRANSLATE_MANY)
		return numbers_complain(worker, &asked->many, &answer->many.done, result);
	if (call == CALL_GET_CHAIN)
		return levels_complain(worker, &asked->chain, &answer->chain, result);
	if (call == CALL_LIST_PIDS)
		return entries_complain(worker, &asked->list, &answer->list, result);
	if (call == CALL_LIST_NS)
		return namespaces_complain(worker, &asked->list_ns, &answer->list_ns, result);
	value = call == CALL_TRANSLATE ? answer->translate.result :
					   answer->ns.result;
	if (call == CALL_BIND)
		return result != lowest ? "not the lowest free descriptor" :
					  handle_complain(worker, &asked->bind, result);
	if (call == CALL_OPEN_PIDFD)
		return pidfd_complain(worker, verdict, &asked->pidfd, result, lowest);
	if (call == CALL_WATCH)
		return result != lowest ? "not the lowest free descriptor" :
					  watch_complain(result, &asked->watch);
	if (command->opens)
		return ns_fd_complain(worker, verdict, result, lowest);
	if (value < 0 || value >= WHOLE_PID_MAX)
		return "no number of a pid";
	if (verdict->exact && value != verdict->value)
		return "wrong number";
	return NULL;
}

static int lowest_free(void)
{
	int fd = fcntl(STDIN_FILENO, F_DUPFD, 0);

	close(fd);
	return fd;
}

/* The results and the array; @answer: NULL if the results cannot be seen. */
static const char *complain_of_array(struct worker *worker, enum call call,
				     const union request *asked, const union request *answer,
				     long result)
{
	if (call == CALL_GET_CHAIN)
		return levels_complain(worker, &asked->chain, answer ? &answer->chain : NULL, result);
	if (call == CALL_LIST_PIDS)
		return entries_complain(worker, &asked->list, answer ? &answer->list : NULL, result);
	if (call == CALL_LIST_NS)
		return namespaces_complain(worker, &asked->list_ns,
					   answer ? &answer->list_ns : NULL, result);
	return numbers_complain(worker, &asked->many, answer ? &answer->many.done : NULL, result);
}

/* A failed request with an array may have written and told some; memory may be gone. */
static const char *complain_of_failure(struct worker *worker, enum call call,
				       const union request *asked, const union request *answer,
				       const struct place *place, long result)
{
	const struct command *command = command_of(call);
	union request seen;

	/* What the call cannot read, it does not answer; nor is there a whole result in a part of it. */
	if ((place->cannot_read || place->size < command->size) && call == CALL_TRANSLATE_MANY) {
		__u32 told = NOT_TOLD;

		return numbers_complain(worker, &asked->many, &told, result);
	}
	if (!answer || place->cannot_read)
		return complain_of_array(worker, call, asked, NULL, result);
	memcpy(&seen, answer, place->size);
	memcpy(seen.bytes + place->change.at, asked->bytes + place->change.at,
	       place->change.size);
	if (place->size < command->size)
		memcpy(&seen, asked, command->size);
	else if (command_differs_beside_results(command, asked, &seen, place->size))
		return "more than the result was changed";
	return complain_of_array(worker, call, asked, &seen, result);
}

static const char *complain(struct worker *worker, enum call call,
			    const union request *candidates, int count,
			    const struct verdict *verdicts,
			    const struct place *place, long result, int lowest)
{
	const union request *answer = (const void *)memory_seen(worker, place);
	const char *complaint = NULL;

	if (command_of(call)->memory && (result < 0 || !answer || count > 1)) {
		if (!memory_is_untouched(worker, place, true))
			return "memory beside the argument was changed";
		/* What may become of the array is known of one candidate only. */
		return count > 1 ? NULL : complain_of_failure(worker, call, candidates, answer,
							      place, result);
	}
	if (result < 0) {
		/* The result's memory may take the first part of it. */
		bool half = result == -EFAULT && place->cannot_write;

		if (!memory_is_untouched(worker, place, half))
			return "a failed call changed memory";
		return NULL;
	}
	if (!memory_is_untouched(worker, place, true))
		return "memory beside the argument was changed";
	if (!answer)
		return NULL;
	for (int i = 0; i < count; i++) {
		union request seen;

		if (!(verdicts[i].allowed & SUCCESS))
			continue;
		memcpy(&seen, answer, place->size);
		/* The other thread's value is no trace of the call. */
		memcpy(seen.bytes + place->change.at,
		       candidates[i].bytes + place->change.at,
		       place->change.size);
		complaint = check_result(worker, call, &verdicts[i],
					 &candidates[i], &seen, place->size,
					 result, lowest);
		if (!complaint)
			return NULL;
	}
	return complaint;
}

void call_ioctl(struct worker *worker)
{
	static union request candidates[2];
	/* To translate is what the module is for, and half of all. */
	enum call call = draw_one_in(worker, 3) ?
		CALL_TRANSLATE : draw_below(worker, COMMAND_COUNT);
	const struct command *command = command_of(call);
	size_t size = draw_size(worker, command->size);
	enum place_kind kind = memory_draw_kind(worker);
	bool full = command->opens && draw_one_in(worker, 16);
	struct rlimit limit = {}, none = {};
	struct verdict verdicts[2] = {};
	answers allowed = 0;
	struct change change = {};
	struct place place;
	int count = 1, lowest = 0;
	char other[160] = "";
	const char *complaint;
	__u64 number;
	long result;

	if (command->opens)
		lowest = lowest_free();
	if ((kind == PLACE_RACED || kind == PLACE_REWRITTEN) &&
	    command_reads(command)) {
		size = command->size;
		change = request_draw_change(worker, call, kind, candidates);
		snprintf(other, sizeof(other),
			 "; bytes %zu to %zu become those of by/pid %d, source/value %lld, target %llu",
			 change.at, change.at + change.size - 1,
			 candidates[1].translate.pid,
			 (long long)candidates[1].translate.source,
			 call == CALL_TRANSLATE ?
				 (unsigned long long)candidates[1].translate.target : 0);
	} else {
		request_draw(worker, call, &candidates[0], size);
	}
	if (call == CALL_TRANSLATE_MANY)
		snprintf(other, sizeof(other), "; for many: %llu to %llu, %u numbers at %#llx (%s)",
			 (unsigned long long)candidates[0].many.source,
			 (unsigned long long)candidates[0].many.target, candidates[0].many.count,
			 (unsigned long long)candidates[0].many.pids, numbers_name(worker));
	if (call == CALL_GET_CHAIN)
		snprintf(other, sizeof(other), "; chain: %u entries at %#llx (%s)",
			 candidates[0].chain.count,
			 (unsigned long long)candidates[0].chain.entries, levels_name(worker));
	if (call == CALL_LIST_PIDS)
		snprintf(other, sizeof(other),
			 "; list: %llu to %llu, flags %#x, from %u on, %u entries at %#llx (%s)",
			 (unsigned long long)candidates[0].list.source,
			 (unsigned long long)candidates[0].list.target, candidates[0].list.flags,
			 candidates[0].list.cursor, candidates[0].list.count,
			 (unsigned long long)candidates[0].list.entries, entries_name(worker));
	if (call == CALL_LIST_NS)
		snprintf(other, sizeof(other), "; namespaces: from %llu on, %u at %#llx (%s)",
			 (unsigned long long)candidates[0].list_ns.cursor, candidates[0].list_ns.count,
			 (unsigned long long)candidates[0].list_ns.entries, namespaces_name(worker));
	number = command_sized(command, size);
	place = memory_place(worker, kind, &candidates[0], size, &change);
	if (place.kind == PLACE_RACED) {
		count = 2;
	} else if (place.kind == PLACE_LATE_ZERO) {
		memset(&candidates[0], 0, size);
	}
	for (int i = 0; i < count; i++) {
		verdicts[i] = expect(worker, call, &candidates[i], &place);
		allowed |= verdicts[i].allowed;
	}
	if (full) {
		if (allowed & (SUCCESS | ANSWER(EFAULT)))
			allowed |= ANSWER(EMFILE);
		allowed &= ~SUCCESS;
		getrlimit(RLIMIT_NOFILE, &limit);
		none.rlim_max = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &none);
	}
	if (place.kind == PLACE_VANISHING)
		allowed = contract_of(call);

	result = ask(worker, number, place.at);

	memory_settle(worker, &place);
	if (full)
		setrlimit(RLIMIT_NOFILE, &limit);
	complaint = unless_allowed(result, allowed & contract_of(call));
	if (!complaint)
		complaint = complain(worker, call, candidates, count, verdicts,
				     &place, result, lowest);
	if (command->opens) {
		if (result >= 0)
			close(result);
		if (!complaint && lowest_free() != lowest)
			complaint = "a descriptor was left behind";
	}
	report(worker, call, result, complaint, allowed,
	       "%s: command %#llx, %zu bytes at %p (%s%s), by/pid %d, flags %#x, source/value %lld, target %llu%s",
	       call_names[call], (unsigned long long)number, size, place.at,
	       place_names[place.kind], full ? ", no descriptor free" : "",
	       candidates[0].translate.pid, candidates[0].translate.flags,
	       (long long)candidates[0].translate.source,
	       call == CALL_TRANSLATE ?
		       (unsigned long long)candidates[0].translate.target : 0,
	       other);
}

/* Types of commands that the VFS answers before any device is asked. */
static bool belongs_to_vfs(unsigned int command)
{
	switch (_IOC_TYPE(command)) {
	case 0:
	case 0x12:
	case 0x15:
	case 0x94:
	case 'T':
	case 'X':
	case 'f':
	case 'v':
		return true;
	}
	return false;
}

static bool is_known(unsigned int command)
{
	for (int i = 0; i < COMMAND_COUNT; i++)
		if (!((command ^ commands[i].number) &
		      ~(_IOC_SIZEMASK << _IOC_SIZESHIFT)))
			return true;
	return false;
}

void call_unknown_command(struct worker *worker)
{
	static const char zeros[64];
	unsigned int command;
	struct place place;
	const char *complaint;
	long result;

	do {
		command = commands[draw_below(worker, COMMAND_COUNT)].number;
		switch (draw_below(worker, 4)) {
		case 0:
			command ^= 1U << draw_below(worker, 32);
			break;
		case 1:
			command = _IOC(draw_below(worker, 4),
				       TRANSLATE_PID_IOC_MAGIC,
				       draw_below(worker, 256),
				       draw_below(worker, 256));
			break;
		case 2:
			command ^= 1U << (_IOC_DIRSHIFT + draw_below(worker, 2));
			break;
		default:
			command = random_next(&worker->random);
			break;
		}
	} while (is_known(command) || belongs_to_vfs(command));
	place = memory_place(worker, draw_below(worker, PLACE_LATE), zeros,
			     sizeof(zeros), NULL);
	result = ask(worker, command, place.at);
	memory_settle(worker, &place);
	complaint = unless_allowed(result,
				   contract_of(CALL_UNKNOWN_COMMAND));
	if (!complaint && !memory_is_untouched(worker, &place, false))
		complaint = "an unknown command changed memory";
	report(worker, CALL_UNKNOWN_COMMAND, result, complaint,
	       contract_of(CALL_UNKNOWN_COMMAND),
	       "unknown command %#x at %p (%s)", command, place.at,
	       place_names[place.kind]);
}
