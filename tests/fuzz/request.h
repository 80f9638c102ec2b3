/* SPDX-License-Identifier: GPL-2.0-only */
/* The device's commands and the drawing of their arguments. */
#ifndef REQUEST_H
#define REQUEST_H

#include "memory.h"

union request {
	struct translate_pid_info info;
	struct translate_pid_request translate;
	struct translate_pid_id_request id;
	struct translate_pid_ns_request ns;
	unsigned char bytes[ARGUMENT_MAX];
};

struct command {
	unsigned int number;
	size_t size;		/* of the first version, and still */
	__u64 inputs;		/* mask of the bytes that are only read */
	size_t result;		/* where the results are */
	size_t result_size;
};

/* By entry, up to ENTRY_OPEN_NS. */
extern const struct command commands[];

/* One of any size, with something wrong now and then. */
void request_draw(struct worker *worker, enum entry entry,
		  union request *request, size_t size);

/*
 * Of the command's own size, and what it becomes under the call. @requests has
 * room for both; @kind is PLACE_RACED or PLACE_REWRITTEN.
 */
struct change request_draw_change(struct worker *worker, enum entry entry,
				  enum place_kind kind,
				  union request *requests);

#endif
