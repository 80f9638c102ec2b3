// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the device does with malformed arguments of each command. Each case is
 * the row's request that would succeed, with one thing wrong.
 *
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <sys/mman.h>

#include "commands.h"
#include "test.h"
#include "user_memory.h"

#define MAGIC	TRANSLATE_PID_IOC_MAGIC
#define SIZE_MAX_IOCTL ((1 << _IOC_SIZEBITS) - 1)

/* What results hold before they are written. */
#define MARK	0x5a

/* More than any size that fits into a command. */
union argument {
	union command_argument known;
	unsigned char bytes[SIZE_MAX_IOCTL + 1];
};

FIXTURE(command)
{
	int fd;
	const struct command *command;
	union argument valid;
};

FIXTURE_VARIANT(command)
{
	enum command_index index;
};

/* Each variant ends what stands before it. */
#define COMMAND(NAME, name)						\
	; FIXTURE_VARIANT_ADD(command, name) {				\
		.index = COMMAND_##NAME,				\
	}
struct command COMMANDS(COMMAND);
#undef COMMAND

static void mark(const struct command *command, union argument *argument,
		 unsigned char value)
{
	for (size_t at = 0; at < command->size; at++)
		if (command_has(command->results, at))
			argument->bytes[at] = value;
}

FIXTURE_SETUP(command)
{
	self->command = &commands[variant->index];
	ASSERT_NE(0, self->command->number) {
		TH_LOG("a command has no row in tests/lib/commands.c");
	}
	self->fd = translate_device();
	ASSERT_LE(0, self->fd);
	self->valid.known = self->command->valid;
	mark(self->command, &self->valid, MARK);
}

FIXTURE_TEARDOWN(command)
{
}

/* A new descriptor is closed, and counts as 0. */
static long ask_on(int fd, const struct command *command, unsigned int number,
		   void *argument)
{
	long result = translate_ioctl(fd, number, argument);

	if (result < 0 || !command->opens)
		return result;
	close(result);
	return 0;
}

#define ASK(number, argument)						\
	ask_on(self->fd, self->command, number, argument)

/* Whether results were written as expected; some commands have none. */
static bool answers_as(bool expected, const struct command *command,
		       const union argument *argument)
{
	if (!command->results)
		return true;
	for (size_t at = 0; at < command->size; at++)
		if (command_has(command->results, at) &&
		    argument->bytes[at] != MARK)
			return expected;
	return !expected;
}

/* The row itself: no byte of the structure is forgotten or named twice. */
TEST_F(command, row)
{
	const struct command *command = self->command;

	ASSERT_LE(command->size, 64);
	EXPECT_LE(command->size, _IOC_SIZE(command->number));
	EXPECT_EQ(~0ULL >> (64 - command->size),
		  command->inputs | command->zeros | command->results |
		  command->ignored);
	EXPECT_EQ(command->size,
		  __builtin_popcountll(command->inputs) +
		  __builtin_popcountll(command->zeros) +
		  __builtin_popcountll(command->results & ~0ULL >> (64 - command->size)) +
		  __builtin_popcountll(command->ignored));
	EXPECT_EQ(command->opens, !command->results);
	EXPECT_EQ(command_reads(command), command->inputs != 0);
	EXPECT_EQ(command_reads(command), command->error != 0);
}

TEST_F(command, valid)
{
	const struct command *command = self->command;
	union argument argument = self->valid, other = self->valid;

	mark(command, &other, (unsigned char)~MARK);
	EXPECT_EQ(0, ASK(command->number, &argument));
	EXPECT_EQ(0, ASK(command->number, &other));
	/* Every result is written, whatever it held, and nothing else. */
	for (size_t at = 0; at < command->size; at++) {
		if (!command_has(command->results, at))
			continue;
		EXPECT_TRUE(argument.bytes[at] != MARK ||
			    other.bytes[at] != (unsigned char)~MARK) {
			TH_LOG("byte %zu", at);
		}
	}
	EXPECT_FALSE(command_differs_beside_results(command, &argument,
						    &self->valid,
						    sizeof(argument)));
}

TEST_F(command, must_be_zero)
{
	const struct command *command = self->command;

	for (size_t bit = 0; bit < 8 * command->size; bit++) {
		union argument argument = self->valid, before;

		if (!command_must_clear(command, bit / 8, bit % 8))
			continue;
		argument.bytes[bit / 8] |= 1 << bit % 8;
		before = argument;
		EXPECT_EQ(-EINVAL, ASK(command->number, &argument)) {
			TH_LOG("byte %zu, bit %zu", bit / 8, bit % 8);
		}
		EXPECT_EQ(0, memcmp(&argument, &before, sizeof(argument)));
	}
}

TEST_F(command, too_short)
{
	const struct command *command = self->command;

	for (size_t size = 0; size < command->size; size++) {
		union argument argument = self->valid;

		EXPECT_EQ(-EINVAL,
			  ASK(command_sized(command, size), &argument)) {
			TH_LOG("size %zu", size);
		}
		EXPECT_EQ(0, memcmp(&argument, &self->valid, sizeof(argument)));
	}
}

static const size_t longer[] = { 1, 7, 8, 64, 4096 };

TEST_F(command, longer_with_zeros)
{
	const struct command *command = self->command;

	for (size_t i = 0; i <= ARRAY_SIZE(longer); i++) {
		size_t size = i < ARRAY_SIZE(longer) ?
			      command->size + longer[i] : SIZE_MAX_IOCTL;
		union argument argument = self->valid;

		EXPECT_EQ(0, ASK(command_sized(command, size), &argument)) {
			TH_LOG("size %zu", size);
		}
		EXPECT_TRUE(answers_as(true, command, &argument));
		for (size_t at = command->size; at < size; at++)
			ASSERT_EQ(0, argument.bytes[at]);
	}
}

TEST_F(command, longer_with_something_unknown)
{
	const struct command *command = self->command;
	bool reads = command_reads(command);

	for (size_t i = 0; i < ARRAY_SIZE(longer); i++) {
		size_t size = command->size + longer[i];
		union argument argument;

		for (size_t at = command->size; at < size;
		     at += 1 + longer[i] / 16) {
			argument = self->valid;
			argument.bytes[at] = 1;
			/* A pure result is zeroed instead. */
			EXPECT_EQ(reads ? -E2BIG : 0,
				  ASK(command_sized(command, size),
				      &argument)) {
				TH_LOG("size %zu, byte %zu", size, at);
			}
			EXPECT_EQ(reads, argument.bytes[at]);
			EXPECT_TRUE(answers_as(!reads, command, &argument));
		}
		/* What is behind the given size does not count. */
		argument = self->valid;
		argument.bytes[size] = 1;
		EXPECT_EQ(0, ASK(command_sized(command, size), &argument));
		EXPECT_EQ(1, argument.bytes[size]);
	}
}

TEST_F(command, wrong_direction)
{
	const struct command *command = self->command;

	for (unsigned int direction = 0; direction < 4; direction++) {
		union argument argument = self->valid;
		bool right = direction == _IOC_DIR(command->number);
		unsigned int number = _IOC(direction, MAGIC,
					   _IOC_NR(command->number),
					   command->size);

		EXPECT_EQ(right ? 0 : -ENOTTY, ASK(number, &argument)) {
			TH_LOG("direction %u", direction);
		}
		EXPECT_TRUE(answers_as(right, command, &argument));
	}
}

TEST_F(command, wrong_magic)
{
	const struct command *command = self->command;

	for (unsigned int magic = 0; magic < 256; magic++) {
		union argument argument = self->valid;
		unsigned int number = _IOC(_IOC_DIR(command->number), magic,
					   _IOC_NR(command->number),
					   command->size);

		if (magic == MAGIC)
			continue;
		EXPECT_EQ(-ENOTTY, ASK(number, &argument)) {
			TH_LOG("magic %#x", magic);
		}
	}
}

TEST_F(command, memory_that_is_not_there)
{
	const struct command *command = self->command;
	struct edge edge = edge_map();
	void *addresses[] = {
		NULL, UNMAPPED, edge.end,
		(void *)-1L, (void *)-4096L, (void *)(1UL << (8 * sizeof(long) - 1)),
	};

	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		EXPECT_EQ(-EFAULT, ASK(command->number, addresses[i])) {
			TH_LOG("address %p", addresses[i]);
		}
	}
	edge_place(edge, &self->valid, command->size);
	edge_protect(edge, PROT_NONE);
	EXPECT_EQ(-EFAULT, ASK(command->number, edge.end - command->size));
}

TEST_F(command, end_of_a_mapping)
{
	const struct command *command = self->command;
	struct edge edge = edge_map();
	union argument *argument = edge_place(edge, &self->valid, command->size);

	/* The last byte belongs to it. */
	EXPECT_EQ(0, ASK(command->number, argument));
	EXPECT_TRUE(answers_as(true, command, argument));
	for (size_t missing = 1; missing < command->size; missing++) {
		memset(edge.start, 0, edge.end - edge.start);
		memcpy(edge.end - command->size + missing, &self->valid,
		       command->size - missing);
		EXPECT_EQ(-EFAULT, ASK(command->number,
				       edge.end - command->size + missing)) {
			TH_LOG("%zu bytes missing", missing);
		}
	}
	/* The known part fits, but not the length that was promised. */
	argument = edge_place(edge, &self->valid, command->size);
	EXPECT_EQ(-EFAULT, ASK(command_sized(command, command->size + 1),
			       argument));
}

TEST_F(command, across_pages_and_unaligned)
{
	const struct command *command = self->command;
	struct edge edge = edge_map();
	char *middle = edge.start + (edge.end - edge.start) / 2;

	for (size_t offset = 1; offset < command->size; offset++) {
		union argument copy;

		memcpy(middle - offset, &self->valid, command->size);
		EXPECT_EQ(0, ASK(command->number, middle - offset)) {
			TH_LOG("offset %zu", offset);
		}
		memcpy(&copy, middle - offset, command->size);
		EXPECT_TRUE(answers_as(true, command, &copy));
	}
}

TEST_F(command, result_cannot_be_written)
{
	const struct command *command = self->command;
	struct edge edge = edge_map();
	void *argument = edge_place(edge, &self->valid, command->size);
	char *across;

	edge_protect(edge, PROT_READ);
	/* What has no results asks for no such memory. */
	EXPECT_EQ(command->results ? -EFAULT : 0, ASK(command->number, argument));
	EXPECT_EQ(0, memcmp(argument, &self->valid, command->size));
	if (!command->results)
		return;

	/* Only the last four bytes of the results cannot: reported all the same. */
	across = edge.start + (edge.end - edge.start) / 2 + 4 -
		 (64 - __builtin_clzll(command->results));
	edge_protect(edge, PROT_READ | PROT_WRITE);
	memcpy(across, &self->valid, command->size);
	edge_protect_second(edge, PROT_READ);
	EXPECT_EQ(-EFAULT, ASK(command->number, across));
}

/* An error of the request comes before one of the result's memory. */
TEST_F(command, error_in_memory_that_cannot_be_written)
{
	const struct command *command = self->command;
	struct edge edge = edge_map();
	union argument failing = { .known = command->failing };
	void *argument;

	mark(command, &failing, MARK);
	argument = edge_place(edge, &failing, command->size);
	edge_protect(edge, PROT_READ);
	EXPECT_EQ(command_reads(command) ? -command->error : -EFAULT,
		  ASK(command->number, argument));
	if (!command_reads(command))
		return;
	/* And it leaves memory as it was that can be. */
	edge_protect(edge, PROT_READ | PROT_WRITE);
	EXPECT_EQ(-command->error, ASK(command->number, argument));
	EXPECT_EQ(0, memcmp(argument, &failing, command->size));
}

TEST_F(command, any_open_mode)
{
	const struct command *command = self->command;
	static const int modes[] = { O_RDONLY, O_WRONLY, O_RDWR };

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		union argument argument = self->valid;
		int fd = open(TRANSLATE_PID_DEVICE, modes[i] | O_CLOEXEC);

		ASSERT_LE(0, fd);
		EXPECT_EQ(0, ask_on(fd, command, command->number, &argument));
		EXPECT_TRUE(answers_as(true, command, &argument));
		close(fd);
	}
}

FIXTURE(request)
{
	int fd;
};

FIXTURE_SETUP(request)
{
	self->fd = translate_device();
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(request)
{
}

static bool is_known(unsigned int number, unsigned int direction)
{
	for (int i = 0; i < COMMAND_COUNT; i++)
		if (_IOC_NR(commands[i].number) == number &&
		    _IOC_DIR(commands[i].number) == direction)
			return true;
	return false;
}

/* A command that has no row in the table answers here, too. */
TEST_F(request, unknown_commands)
{
	static const size_t sizes[] = { 0, 8, 32, 48, 4096, SIZE_MAX_IOCTL };
	static char zeros[SIZE_MAX_IOCTL + 1];

	for (unsigned int number = 0; number < 256; number++) {
		for (unsigned int direction = 0; direction < 4; direction++) {
			if (is_known(number, direction))
				continue;
			for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
				unsigned int command = _IOC(direction, MAGIC,
							    number, sizes[i]);

				ASSERT_EQ(-ENOTTY,
					  translate_ioctl(self->fd, command,
							  zeros)) {
					TH_LOG("number %u, direction %u",
					       number, direction);
				}
			}
		}
	}
	EXPECT_EQ(-ENOTTY, translate_ioctl(self->fd, 0xdeadbeef, zeros));
}

TEST_F(request, result_is_written_only_on_success)
{
	static const struct {
		struct translate_pid_request request;
		long error;
		__s32 result;
	} cases[] = {
		{ { .pid = 0 }, -ESRCH, 4711 },
		{ { .pid = 1, .source = ~0ULL }, -EINVAL, 4711 },
		{ { .pid = 1, .target = ~0ULL }, -EINVAL, 4711 },
		{ { .pid = 1 }, 0, 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct translate_pid_request request = cases[i].request;

		request.result = 4711;
		EXPECT_EQ(cases[i].error,
			  translate_ioctl(self->fd, TRANSLATE_PID_TRANSLATE,
					  &request));
		EXPECT_EQ(cases[i].result, request.result);
		/* The rest is as it was. */
		request.result = 0;
		EXPECT_EQ(0, memcmp(&request, &cases[i].request,
				    sizeof(request)));
	}
}

TEST_F(request, result_zero_is_written)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct translate_pid_request request = {
		.pid = 1, .target = node_ns_id(init), .result = 4711,
	};

	EXPECT_EQ(0, translate_ioctl(self->fd, TRANSLATE_PID_TRANSLATE,
				     &request));
	EXPECT_EQ(0, request.result);
	nodes_destroy();
}

TEST_HARNESS_MAIN
