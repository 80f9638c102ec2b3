/* SPDX-License-Identifier: GPL-2.0-only */
/* The drawing of the commands' arguments. */
#ifndef REQUEST_H
#define REQUEST_H

#include "commands.h"
#include "memory.h"

union request {
	struct translate_pid_info info;
	struct translate_pid_request translate;
	struct translate_pid_id_request id;
	struct translate_pid_ns_request ns;
	struct translate_pid_many_request many;
	struct translate_pid_list_request list;
	struct translate_pid_bind_request bind;
	struct translate_pid_watch_request watch;
	struct translate_pid_pidfd_request pidfd;
	struct translate_pid_chain_request chain;
	struct translate_pid_list_ns_request list_ns;
	unsigned char bytes[ARGUMENT_MAX];
};

/* The array of those that have one is the worker's; see numbers.h, entries.h, levels.h, namespaces.h. */

/* The calls of the device's commands come first, in their order. */
static inline const struct command *command_of(enum call call)
{
	return &commands[call];
}

/* One of any size, with something wrong now and then. */
void request_draw(struct worker *worker, enum call call,
		  union request *request, size_t size);

/*
 * Of the command's own size, and what it becomes under the call. @requests has
 * room for both; @kind is PLACE_RACED or PLACE_REWRITTEN.
 */
struct change request_draw_change(struct worker *worker, enum call call,
				  enum place_kind kind,
				  union request *requests);

#endif
