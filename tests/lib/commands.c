// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "commands.h"

/* All zeros name the caller's own namespace; nobody has the pid 0. */
#define NAMES_NAMESPACE							\
	.failing = { .ns = { .by = TRANSLATE_PID_BY_PID } },		\
	.error = ESRCH

/* All of a struct translate_pid_ns_request but its result. */
#define NS_REQUEST							\
	.size = TRANSLATE_PID_NS_REQUEST_SIZE_VER0,			\
	.inputs = FIELD(struct translate_pid_ns_request, by) |		\
		  FIELD(struct translate_pid_ns_request, value),	\
	.zeros = FIELD(struct translate_pid_ns_request, flags) |	\
		 FIELD(struct translate_pid_ns_request, reserved),	\
	NAMES_NAMESPACE

const struct command commands[COMMAND_COUNT] = {
	[COMMAND_GET_INFO] = {
		.number = TRANSLATE_PID_GET_INFO,
		.size = TRANSLATE_PID_INFO_SIZE_VER0,
		/* The whole first version, its reserved fields included. */
		.results = ~0ULL >> (64 - TRANSLATE_PID_INFO_SIZE_VER0),
	},
	[COMMAND_TRANSLATE] = {
		.number = TRANSLATE_PID_TRANSLATE,
		.size = TRANSLATE_PID_REQUEST_SIZE_VER0,
		.inputs = FIELD(struct translate_pid_request, pid) |
			  FIELD(struct translate_pid_request, source) |
			  FIELD(struct translate_pid_request, target),
		.zeros = FIELD(struct translate_pid_request, flags) |
			 FIELD(struct translate_pid_request, reserved),
		.flags_at = offsetof(struct translate_pid_request, flags),
		.flags = TRANSLATE_PID_THREAD_GROUP | TRANSLATE_PID_FROM_PIDFD,
		.results = FIELD(struct translate_pid_request, result),
		.answers_alone = true,
		.valid = { .translate = { .pid = 1 } },
		.failing = { .translate = { .pid = -1 } },
		.error = ESRCH,
	},
	[COMMAND_TRANSLATE_MANY] = {
		.number = TRANSLATE_PID_TRANSLATE_MANY,
		.size = TRANSLATE_PID_MANY_REQUEST_SIZE_VER0,
		.inputs = FIELD(struct translate_pid_many_request, source) |
			  FIELD(struct translate_pid_many_request, target) |
			  FIELD(struct translate_pid_many_request, pids) |
			  FIELD(struct translate_pid_many_request, count),
		.memory = FIELD(struct translate_pid_many_request, pids) |
			  FIELD(struct translate_pid_many_request, count),
		.zeros = FIELD(struct translate_pid_many_request, flags) |
			 FIELD(struct translate_pid_many_request, reserved),
		.flags_at = offsetof(struct translate_pid_many_request, flags),
		.flags = TRANSLATE_PID_THREAD_GROUP,
		.results = FIELD(struct translate_pid_many_request, done),
		.answers_alone = true,
		/* All zeros: no numbers, so that no array is needed. */
		.failing = { .many = { .target = 1 } },
		.error = EINVAL,
	},
	[COMMAND_LIST_PIDS] = {
		.number = TRANSLATE_PID_LIST_PIDS,
		.size = TRANSLATE_PID_LIST_REQUEST_SIZE_VER0,
		.inputs = FIELD(struct translate_pid_list_request, source) |
			  FIELD(struct translate_pid_list_request, target) |
			  FIELD(struct translate_pid_list_request, entries) |
			  FIELD(struct translate_pid_list_request, count),
		.memory = FIELD(struct translate_pid_list_request, entries) |
			  FIELD(struct translate_pid_list_request, count),
		.zeros = FIELD(struct translate_pid_list_request, flags),
		.flags_at = offsetof(struct translate_pid_list_request, flags),
		.flags = TRANSLATE_PID_THREAD_GROUP | TRANSLATE_PID_LIST_PROCESSES,
		/*
		 * The cursor is an input, too. No pid is as high as what the tests
		 * put into results, so that it becomes 0.
		 */
		.results = FIELD(struct translate_pid_list_request, cursor) |
			   FIELD(struct translate_pid_list_request, done),
		.answers_alone = true,
		/* All zeros: room for none, so that no array is needed. */
		.failing = { .list = { .source = ~0ULL } },
		.error = EINVAL,
	},
	[COMMAND_BIND] = {
		.number = TRANSLATE_PID_BIND,
		.size = TRANSLATE_PID_BIND_REQUEST_SIZE_VER0,
		.inputs = FIELD(struct translate_pid_bind_request, source) |
			  FIELD(struct translate_pid_bind_request, target),
		.zeros = FIELD(struct translate_pid_bind_request, flags) |
			 FIELD(struct translate_pid_bind_request, reserved),
		.flags_at = offsetof(struct translate_pid_bind_request, flags),
		.flags = TRANSLATE_PID_THREAD_GROUP,
		.opens = true,
		/* All zeros are the initial namespace, twice; nobody has the id 1. */
		.failing = { .bind = { .target = 1 } },
		.error = EINVAL,
	},
	[COMMAND_LIST_NS] = {
		.number = TRANSLATE_PID_LIST_NS,
		.size = TRANSLATE_PID_LIST_NS_REQUEST_SIZE_VER0,
		.inputs = FIELD(struct translate_pid_list_ns_request, entries) |
			  FIELD(struct translate_pid_list_ns_request, count),
		.memory = FIELD(struct translate_pid_list_ns_request, entries) |
			  FIELD(struct translate_pid_list_ns_request, count),
		.zeros = FIELD(struct translate_pid_list_ns_request, flags) |
			 FIELD(struct translate_pid_list_ns_request, reserved),
		/*
		 * The cursor is an input, too. No namespace follows what the tests put
		 * into results, so that it becomes 0.
		 */
		.results = FIELD(struct translate_pid_list_ns_request, cursor) |
			   FIELD(struct translate_pid_list_ns_request, done),
		/* All zeros: room for none, so that no array is needed. */
		.failing = { .list_ns = { .count = TRANSLATE_PID_LIST_NS_MOST + 1 } },
		.error = EINVAL,
	},
	[COMMAND_GET_CHAIN] = {
		.number = TRANSLATE_PID_GET_CHAIN,
		.size = TRANSLATE_PID_CHAIN_REQUEST_SIZE_VER0,
		.inputs = FIELD(struct translate_pid_chain_request, pid) |
			  FIELD(struct translate_pid_chain_request, source) |
			  FIELD(struct translate_pid_chain_request, entries) |
			  FIELD(struct translate_pid_chain_request, count),
		.memory = FIELD(struct translate_pid_chain_request, entries) |
			  FIELD(struct translate_pid_chain_request, count),
		.zeros = FIELD(struct translate_pid_chain_request, flags),
		.flags_at = offsetof(struct translate_pid_chain_request, flags),
		.flags = TRANSLATE_PID_THREAD_GROUP | TRANSLATE_PID_FROM_PIDFD,
		.results = FIELD(struct translate_pid_chain_request, levels),
		.answers_alone = true,
		/* Room for none, so that no array is needed. */
		.valid = { .chain = { .pid = 1 } },
		.failing = { .chain = { .pid = -1 } },
		.error = ESRCH,
	},
	[COMMAND_WATCH] = {
		.number = TRANSLATE_PID_WATCH,
		.size = TRANSLATE_PID_WATCH_REQUEST_SIZE_VER0,
		.inputs = FIELD(struct translate_pid_watch_request, events) |
			  FIELD(struct translate_pid_watch_request, room) |
			  FIELD(struct translate_pid_watch_request, record_size),
		.zeros = FIELD(struct translate_pid_watch_request, flags) |
			 FIELD(struct translate_pid_watch_request, reserved),
		.flags_at = offsetof(struct translate_pid_watch_request, flags),
		.flags = TRANSLATE_PID_WATCH_NONBLOCK,
		.opens = true,
		/* All zeros: all events, and as much room as is usual. */
		.failing = { .watch = { .room = TRANSLATE_PID_WATCH_MOST + 1 } },
		.error = EINVAL,
	},
	[COMMAND_GET_ID] = {
		.number = TRANSLATE_PID_GET_ID,
		.size = TRANSLATE_PID_ID_REQUEST_SIZE_VER0,
		.inputs = FIELD(struct translate_pid_id_request, by) |
			  FIELD(struct translate_pid_id_request, value),
		.zeros = FIELD(struct translate_pid_id_request, flags),
		.results = FIELD(struct translate_pid_id_request, id) |
			   FIELD(struct translate_pid_id_request, ns_id),
		NAMES_NAMESPACE,
	},
	[COMMAND_GET_INIT_PID] = {
		.number = TRANSLATE_PID_GET_INIT_PID,
		.results = FIELD(struct translate_pid_ns_request, result),
		.answers_alone = true,
		NS_REQUEST,
	},
	[COMMAND_OPEN_NS] = {
		.number = TRANSLATE_PID_OPEN_NS,
		.ignored = FIELD(struct translate_pid_ns_request, result),
		NS_REQUEST,
		.opens = true,
	},
	[COMMAND_GET_LEVEL] = {
		.number = TRANSLATE_PID_GET_LEVEL,
		.size = TRANSLATE_PID_LEVEL_REQUEST_SIZE_VER0,
		.inputs = FIELD(struct translate_pid_level_request, by) |
			  FIELD(struct translate_pid_level_request, value),
		.zeros = FIELD(struct translate_pid_level_request, flags),
		.results = FIELD(struct translate_pid_level_request, parent) |
			   FIELD(struct translate_pid_level_request, level) |
			   FIELD(struct translate_pid_level_request, parent_known),
		NAMES_NAMESPACE,
	},
	[COMMAND_OPEN_PIDFD] = {
		.number = TRANSLATE_PID_OPEN_PIDFD,
		.size = TRANSLATE_PID_PIDFD_REQUEST_SIZE_VER0,
		.inputs = FIELD(struct translate_pid_pidfd_request, by) |
			  FIELD(struct translate_pid_pidfd_request, value) |
			  FIELD(struct translate_pid_pidfd_request, pid),
		.zeros = FIELD(struct translate_pid_pidfd_request, flags) |
			 FIELD(struct translate_pid_pidfd_request, reserved),
		.flags_at = offsetof(struct translate_pid_pidfd_request, flags),
		.flags = TRANSLATE_PID_PIDFD_THREAD | TRANSLATE_PID_PIDFD_NONBLOCK,
		.opens = true,
		.valid = { .pidfd = { .pid = 1 } },
		/* All zeros: nobody has the number 0. */
		.error = EINVAL,
	},
};

unsigned int command_sized(const struct command *command, size_t size)
{
	return (command->number & ~(_IOC_SIZEMASK << _IOC_SIZESHIFT)) |
	       size << _IOC_SIZESHIFT;
}

bool command_must_clear(const struct command *command, size_t at, int bit)
{
	/* Little-endian, as all that the module runs on. */
	size_t flag = 8 * (at - command->flags_at) + bit;

	return command_has(command->zeros, at) &&
	       !(at >= command->flags_at && flag < 32 && command->flags >> flag & 1);
}

bool command_zeros_are_zero(const struct command *command,
			    const void *argument)
{
	const unsigned char *bytes = argument;

	for (size_t at = 0; at < command->size; at++)
		for (int bit = 0; bit < 8; bit++)
			if (bytes[at] >> bit & 1 && command_must_clear(command, at, bit))
				return false;
	return true;
}

bool command_differs_beside_results(const struct command *command,
				    const void *one, const void *other,
				    size_t size)
{
	const unsigned char *before = one, *after = other;

	for (size_t at = 0; at < size; at++)
		if (before[at] != after[at] &&
		    !command_has(command->results, at))
			return true;
	return false;
}
