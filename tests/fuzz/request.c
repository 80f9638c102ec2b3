// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "entries.h"
#include "levels.h"
#include "namespaces.h"
#include "numbers.h"
#include "request.h"

/* One byte of the set, which is not empty. */
static size_t draw_byte(struct worker *worker, command_bytes set)
{
	size_t at;

	do {
		at = draw_below(worker, 64);
	} while (!command_has(set, at));
	return at;
}

void request_draw(struct worker *worker, enum call call,
		  union request *request, size_t size)
{
	const struct command *command = command_of(call);

	memset(request, 0, size > command->size ? size : command->size);
	switch (call) {
	case CALL_TRANSLATE:
		request->translate.source = draw_id(worker);
		request->translate.target = draw_one_in(worker, 8) ?
			request->translate.source : draw_id(worker);
		if (draw_one_in(worker, 4))
			request->translate.flags = TRANSLATE_PID_THREAD_GROUP;
		request->translate.pid = draw_pid(worker, draw_space(worker));
		for (int space = 0; space < SPACES; space++)
			if (worker->stage->spaces[space].id ==
			    request->translate.source)
				request->translate.pid = draw_pid(worker, space);
		if (draw_one_in(worker, 8)) {
			request->translate.flags |= TRANSLATE_PID_FROM_PIDFD;
			request->translate.pid = draw_descriptor(worker);
			if (!draw_one_in(worker, 8))
				request->translate.source = 0;
		}
		break;
	case CALL_GET_CHAIN:
		levels_draw(worker, &request->chain);
		break;
	case CALL_TRANSLATE_MANY:
		request->many.source = draw_id(worker);
		request->many.target = draw_one_in(worker, 8) ?
			request->many.source : draw_id(worker);
		if (draw_one_in(worker, 4))
			request->many.flags = TRANSLATE_PID_THREAD_GROUP;
		numbers_draw(worker, &request->many);
		break;
	case CALL_LIST_PIDS:
		request->list.source = draw_id(worker);
		request->list.target = draw_one_in(worker, 4) ?
			request->list.source : draw_id(worker);
		request->list.flags = draw_below(worker, 4);
		break;
	case CALL_WATCH:
		request->watch.events = draw_below(worker, 64);
		request->watch.room = draw_one_in(worker, 8) ?
			TRANSLATE_PID_WATCH_MOST + draw_below(worker, 2) : draw_below(worker, 64);
		request->watch.record_size = draw_one_in(worker, 2) ?
			0 : 8 * draw_below(worker, 130);
		if (draw_one_in(worker, 4))
			request->watch.flags = TRANSLATE_PID_WATCH_NONBLOCK;
		break;
	case CALL_BIND:
		request->bind.source = draw_id(worker);
		request->bind.target = draw_one_in(worker, 8) ?
			request->bind.source : draw_id(worker);
		if (draw_one_in(worker, 4))
			request->bind.flags = TRANSLATE_PID_THREAD_GROUP;
		break;
	case CALL_LIST_NS:
	case CALL_GET_INFO:
		break;
	default:
		/* All these structures begin alike. */
		request->id.by = draw_one_in(worker, 16) ?
			(__u32)random_next(&worker->random) :
			draw_below(worker, TRANSLATE_PID_BY_PROCFS + 2);
		request->id.value = draw_by_value(worker, request->id.by);
		if (call == CALL_OPEN_PIDFD) {
			enum space space = contract_find(worker, request->id.by,
							 request->id.value).space;

			request->pidfd.pid = draw_pid(worker, space == SPACES ?
							      draw_space(worker) : space);
			request->pidfd.flags = draw_below(worker, 2) * TRANSLATE_PID_PIDFD_THREAD |
					       draw_below(worker, 2) * TRANSLATE_PID_PIDFD_NONBLOCK;
		}
		break;
	}
	/* What is only written may hold anything. */
	for (size_t at = 0; at < command->size; at++)
		if (command_has(command->results, at))
			request->bytes[at] = draw_below(worker, 256);
	if (call == CALL_TRANSLATE_MANY)
		request->many.done = NOT_TOLD;
	if (call == CALL_LIST_PIDS) {
		/* The cursor is read as well. */
		entries_draw(worker, &request->list);
		request->list.done = NOT_TOLD;
	}
	if (call == CALL_LIST_NS) {
		namespaces_draw(worker, &request->list_ns);
		request->list_ns.done = NOT_TOLD;
	}
	/* One bit of what must be zero. */
	if (command->zeros && draw_one_in(worker, 12))
		request->bytes[draw_byte(worker, command->zeros)] |=
			1 << draw_below(worker, 8);
	if (size > command->size && draw_one_in(worker, 3))
		request->bytes[command->size +
			       draw_below(worker, size - command->size)] =
			1 + draw_below(worker, 255);
}

/*
 * One that succeeds, if it is found soon: an error hides what else was read.
 * SUCCESS alone is never allowed where the background load is asked about.
 */
static void draw_well(struct worker *worker, enum call call,
		      union request *request)
{
	int tries = 8;

	do {
		request_draw(worker, call, request, command_of(call)->size);
	} while (contract_request(worker, call, request).allowed != SUCCESS &&
		 --tries);
}

struct change request_draw_change(struct worker *worker, enum call call,
				  enum place_kind kind,
				  union request *requests)
{
	const struct command *command = command_of(call);
	struct change change = { .other = &requests[1] };

	draw_well(worker, call, &requests[0]);
	/* What stands before its array is a result as well: the change could not be told from it. */
	if (kind == PLACE_REWRITTEN && call == CALL_LIST_NS)
		return change;
	if (kind == PLACE_REWRITTEN && command->memory) {
		/* The array is that of the first: other ids are put before it. */
		memcpy(&requests[1], &requests[0], command->size);
		requests[1].many.source = draw_id(worker);
		requests[1].many.target = draw_id(worker);
		change.size = 8 * (1 + draw_below(worker, __builtin_ctzll(command->memory) / 8));
		return change;
	}
	if (kind == PLACE_REWRITTEN) {
		draw_well(worker, call, &requests[1]);
		/* Of what stands before the results. */
		change.size = 8 * (1 + draw_below(worker,
						  __builtin_ctzll(command->results |
								  1ULL << command->size) / 8));
		return change;
	}
	/* One byte only, for copies may be made byte by byte. */
	change.at = draw_byte(worker, (command->inputs & ~command->memory) | command->zeros);
	change.size = 1;
	memcpy(&requests[1], &requests[0], command->size);
	requests[1].bytes[change.at] ^= 1 + draw_below(worker, 255);
	return change;
}
