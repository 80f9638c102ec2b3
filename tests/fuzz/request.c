// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "request.h"

const struct command commands[] = {
	[ENTRY_GET_INFO] = {
		TRANSLATE_PID_GET_INFO, TRANSLATE_PID_INFO_SIZE_VER0, 0,
		0, TRANSLATE_PID_INFO_SIZE_VER0,
	},
	[ENTRY_TRANSLATE] = {
		TRANSLATE_PID_TRANSLATE, TRANSLATE_PID_REQUEST_SIZE_VER0,
		0xf0ffffff,
		offsetof(struct translate_pid_request, result), 4,
	},
	[ENTRY_GET_ID] = {
		TRANSLATE_PID_GET_ID, TRANSLATE_PID_ID_REQUEST_SIZE_VER0,
		0x0000ffff,
		offsetof(struct translate_pid_id_request, id), 16,
	},
	[ENTRY_GET_INIT_PID] = {
		TRANSLATE_PID_GET_INIT_PID, TRANSLATE_PID_NS_REQUEST_SIZE_VER0,
		0xf0ffff,
		offsetof(struct translate_pid_ns_request, result), 4,
	},
	[ENTRY_OPEN_NS] = {
		TRANSLATE_PID_OPEN_NS, TRANSLATE_PID_NS_REQUEST_SIZE_VER0,
		0xf0ffff,
		offsetof(struct translate_pid_ns_request, result), 4,
	},
};

void request_draw(struct worker *worker, enum entry entry,
		  union request *request, size_t size)
{
	const struct command *command = &commands[entry];

	memset(request, 0, size > command->size ? size : command->size);
	switch (entry) {
	case ENTRY_TRANSLATE:
		request->translate.source = draw_id(worker);
		request->translate.target = draw_one_in(worker, 8) ?
			request->translate.source : draw_id(worker);
		request->translate.pid = draw_pid(worker, draw_space(worker));
		for (int space = 0; space < SPACES; space++)
			if (worker->stage->spaces[space].id ==
			    request->translate.source)
				request->translate.pid = draw_pid(worker, space);
		break;
	case ENTRY_GET_INFO:
		break;
	default:
		/* Both structures begin alike. */
		request->id.by = draw_one_in(worker, 16) ?
			(__u32)random_next(&worker->random) :
			draw_below(worker, TRANSLATE_PID_BY_ID + 2);
		request->id.value = draw_by_value(worker, request->id.by);
		break;
	}
	/* What is only written may hold anything. */
	for (size_t i = 0; i < command->result_size; i++)
		request->bytes[command->result + i] = draw_below(worker, 256);
	if (draw_one_in(worker, 12)) {
		/* One bit, mostly in what must be zero. */
		size_t at = draw_one_in(worker, 2) ? 4 : command->size - 4;

		if (entry != ENTRY_GET_INFO && (at == 4 || entry != ENTRY_GET_ID))
			request->bytes[at + draw_below(worker, 4)] |=
				1 << draw_below(worker, 8);
	}
	if (size > command->size && draw_one_in(worker, 3))
		request->bytes[command->size +
			       draw_below(worker, size - command->size)] =
			1 + draw_below(worker, 255);
}

/*
 * One that succeeds, if it is found soon: an error hides what else was read.
 * SUCCESS alone is never allowed where the weather is asked about.
 */
static void draw_well(struct worker *worker, enum entry entry,
		      union request *request)
{
	int tries = 8;

	do {
		request_draw(worker, entry, request, commands[entry].size);
	} while (contract_request(worker, entry, request).allowed != SUCCESS &&
		 --tries);
}

struct change request_draw_change(struct worker *worker, enum entry entry,
				  enum place_kind kind,
				  union request *requests)
{
	const struct command *command = &commands[entry];
	struct change change = { .other = &requests[1] };

	draw_well(worker, entry, &requests[0]);
	if (kind == PLACE_REWRITTEN) {
		draw_well(worker, entry, &requests[1]);
		change.size = 8 * (1 + draw_below(worker, command->result / 8));
		return change;
	}
	/* One byte only, for copies may be made byte by byte. */
	do {
		change.at = draw_below(worker, command->size);
	} while (!(command->inputs >> change.at & 1));
	change.size = 1;
	memcpy(&requests[1], &requests[0], command->size);
	requests[1].bytes[change.at] ^= 1 + draw_below(worker, 255);
	return change;
}
