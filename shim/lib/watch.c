// SPDX-License-Identifier: MIT OR Apache-2.0
/* Descriptors that tell of the lives of pid namespaces. */
#include <linux/translate_pid.h>

#include "ask.h"

#pragma GCC visibility push(default)
#include "translate_pid.h"
#pragma GCC visibility pop

int pidns_watch_at(int module, uint64_t events, unsigned int room, unsigned int flags)
{
	struct translate_pid_watch_request request = {
		.events = events,
		.flags = flags,
		.room = room,
		.record_size = sizeof(struct translate_pid_watch_record),
	};

	return ask_file(module, TRANSLATE_PID_WATCH, &request);
}

int pidns_watch(uint64_t events, unsigned int room, unsigned int flags)
{
	return pidns_watch_at(ANY_FILE, events, room, flags);
}
