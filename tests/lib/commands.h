/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device's commands as data: for tests that ask the same of each of them.
 * A further command is one line in the list below and one row in commands.c.
 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/ioctl.h>
#include <linux/translate_pid.h>

/*
 * X in TRANSLATE_PID_X of each, and its name in what tests print. Structures of
 * those that name a namespace begin with by, flags and value.
 */
#define NAMING_COMMANDS(COMMAND)					\
	COMMAND(GET_ID, get_id)						\
	COMMAND(GET_INIT_PID, get_init_pid)				\
	COMMAND(OPEN_NS, open_ns)					\
	COMMAND(GET_LEVEL, get_level)					\
	COMMAND(OPEN_PIDFD, open_pidfd)

#define COMMANDS(COMMAND)						\
	COMMAND(GET_INFO, get_info)					\
	COMMAND(TRANSLATE, translate)					\
	COMMAND(TRANSLATE_MANY, translate_many)				\
	COMMAND(LIST_PIDS, list_pids)					\
	COMMAND(WATCH, watch)						\
	COMMAND(BIND, bind)						\
	COMMAND(GET_CHAIN, get_chain)					\
	COMMAND(LIST_NS, list_ns)					\
	NAMING_COMMANDS(COMMAND)

enum command_index {
#define COMMAND(NAME, ...)	COMMAND_##NAME,
	COMMANDS(COMMAND)
#undef COMMAND
	COMMAND_COUNT
};

/* What any of them takes. */
union command_argument {
	struct translate_pid_info info;
	struct translate_pid_request translate;
	struct translate_pid_id_request id;
	struct translate_pid_ns_request ns;
	struct translate_pid_level_request level;
	struct translate_pid_watch_request watch;
	struct translate_pid_many_request many;
	struct translate_pid_pidfd_request pidfd;
	struct translate_pid_list_request list;
	struct translate_pid_chain_request chain;
	struct translate_pid_bind_request bind;
	struct translate_pid_list_ns_request list_ns;
	unsigned char bytes[64];
};

/* A set of a structure's bytes: bit n is byte n. */
typedef __u64 command_bytes;

/* Those of one field. */
#define FIELD(structure, field)						\
	(((1ULL << sizeof(((structure *)0)->field)) - 1)		\
	 << offsetof(structure, field))

struct command {
	unsigned int number;	/* TRANSLATE_PID_* */
	size_t size;		/* of the structure's first version */
	/* Each byte of the first version is in one of these. */
	command_bytes inputs;
	command_bytes zeros;	/* must be zero: flags and reserved fields */
	size_t flags_at;	/* the field of which some bits may be set ... */
	__u32 flags;		/* ... and these; it belongs to zeros */
	command_bytes results;
	command_bytes ignored;	/* neither read nor written */
	/* Of the inputs, those that say where other memory is, and how much. */
	command_bytes memory;
	bool answers_alone;	/* nothing but the results is written */
	bool opens;		/* the result of ioctl(2) is a new descriptor */
	/* Asked by root in the initial namespace, one that succeeds. */
	union command_argument valid;
	/* One that is well formed and fails; only if there are inputs. */
	union command_argument failing;
	int error;
};

extern const struct command commands[COMMAND_COUNT];

/* Whether it reads the structure before it answers. */
static inline bool command_reads(const struct command *command)
{
	return _IOC_DIR(command->number) & _IOC_WRITE;
}

/* Its number for a structure of another size. */
unsigned int command_sized(const struct command *command, size_t size);

/* Whether byte @at belongs to the set; no byte behind the first version does. */
static inline bool command_has(command_bytes set, size_t at)
{
	return at < 64 && set >> at & 1;
}

/* Whether bit @bit of byte @at must be zero. */
bool command_must_clear(const struct command *command, size_t at, int bit);

/* Whether what must be zero is. */
bool command_zeros_are_zero(const struct command *command,
			    const void *argument);

/* Whether two structures of @size bytes differ elsewhere than in the results. */
bool command_differs_beside_results(const struct command *command,
				    const void *one, const void *other,
				    size_t size);

#endif
