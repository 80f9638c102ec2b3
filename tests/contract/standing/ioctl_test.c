// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the device does with malformed arguments. Each case is a request that
 * would succeed, with one thing wrong.
 *
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <sys/mman.h>

#include "test.h"
#include "user_memory.h"

#define MAGIC	TRANSLATE_PID_IOC_MAGIC
#define SIZE_MAX_IOCTL ((1 << _IOC_SIZEBITS) - 1)

/* More than any size that fits into a command. */
union argument {
	struct translate_pid_request translate;
	struct translate_pid_id_request id;
	struct translate_pid_info info;
	unsigned char bytes[SIZE_MAX_IOCTL + 1];
};

FIXTURE(command)
{
	int fd;
	union argument valid;
};

FIXTURE_VARIANT(command)
{
	unsigned int number;
	unsigned int direction;
	size_t size;
	bool takes_input;
};

FIXTURE_VARIANT_ADD(command, get_info) {
	.number = 0,
	.direction = _IOC_READ,
	.size = TRANSLATE_PID_INFO_SIZE_VER0,
};

FIXTURE_VARIANT_ADD(command, translate) {
	.number = 1,
	.direction = _IOC_READ | _IOC_WRITE,
	.size = TRANSLATE_PID_REQUEST_SIZE_VER0,
	.takes_input = true,
};

FIXTURE_VARIANT_ADD(command, get_id) {
	.number = 2,
	.direction = _IOC_READ | _IOC_WRITE,
	.size = TRANSLATE_PID_ID_REQUEST_SIZE_VER0,
	.takes_input = true,
};

FIXTURE_SETUP(command)
{
	self->fd = translate_device();
	ASSERT_LE(0, self->fd);
	/* Pid 1 from and to the initial namespace; the caller's own id. */
	if (variant->number == 1) {
		self->valid.translate.pid = 1;
		self->valid.translate.result = 4711;
	}
}

FIXTURE_TEARDOWN(command)
{
}

/* The harness's name of FIXTURE_VARIANT(command). */
static unsigned long sized(const struct _fixture_variant_command *variant,
			   size_t size)
{
	return _IOC(variant->direction, MAGIC, variant->number, size);
}

/* The results differ from what @valid holds, so a write shows. */
static bool answered(const struct _fixture_variant_command *variant,
		     const union argument *argument)
{
	switch (variant->number) {
	case 0:
		return argument->info.version == TRANSLATE_PID_VERSION &&
		       argument->info.namespaces >= 1;
	case 1:
		return argument->translate.result == 1;
	default:
		return argument->id.ns_id != 0;
	}
}

TEST_F(command, valid)
{
	union argument argument = self->valid;

	EXPECT_EQ(0, translate_ioctl(self->fd, sized(variant, variant->size),
				     &argument));
	EXPECT_TRUE(answered(variant, &argument));
	/* Nothing behind the structure was touched. */
	EXPECT_EQ(0, memcmp(argument.bytes + variant->size,
			    self->valid.bytes + variant->size,
			    sizeof(argument) - variant->size));
}

TEST_F(command, too_short)
{
	for (size_t size = 0; size < variant->size; size++) {
		union argument argument = self->valid;

		EXPECT_EQ(-EINVAL, translate_ioctl(self->fd,
						   sized(variant, size),
						   &argument)) {
			TH_LOG("size %zu", size);
		}
		EXPECT_EQ(0, memcmp(&argument, &self->valid, sizeof(argument)));
	}
}

static const size_t longer[] = { 1, 7, 8, 64, 4096 };

TEST_F(command, longer_with_zeros)
{
	for (size_t i = 0; i <= ARRAY_SIZE(longer); i++) {
		size_t size = i < ARRAY_SIZE(longer) ?
			      variant->size + longer[i] : SIZE_MAX_IOCTL;
		union argument argument = self->valid;

		EXPECT_EQ(0, translate_ioctl(self->fd, sized(variant, size),
					     &argument)) {
			TH_LOG("size %zu", size);
		}
		EXPECT_TRUE(answered(variant, &argument));
		for (size_t at = variant->size; at < size; at++)
			ASSERT_EQ(0, argument.bytes[at]);
	}
}

TEST_F(command, longer_with_something_unknown)
{
	for (size_t i = 0; i < ARRAY_SIZE(longer); i++) {
		size_t size = variant->size + longer[i];
		union argument argument;

		for (size_t at = variant->size; at < size;
		     at += 1 + longer[i] / 16) {
			argument = self->valid;
			argument.bytes[at] = 1;
			/* A pure result is zeroed instead. */
			EXPECT_EQ(variant->takes_input ? -E2BIG : 0,
				  translate_ioctl(self->fd,
						  sized(variant, size),
						  &argument)) {
				TH_LOG("size %zu, byte %zu", size, at);
			}
			EXPECT_EQ(variant->takes_input, argument.bytes[at]);
			EXPECT_EQ(!variant->takes_input,
				  answered(variant, &argument));
		}
		/* What is behind the given size does not count. */
		argument = self->valid;
		argument.bytes[size] = 1;
		EXPECT_EQ(0, translate_ioctl(self->fd, sized(variant, size),
					     &argument));
		EXPECT_EQ(1, argument.bytes[size]);
	}
}

TEST_F(command, wrong_direction)
{
	for (unsigned int direction = 0; direction < 4; direction++) {
		union argument argument = self->valid;
		bool right = direction == variant->direction;

		EXPECT_EQ(right ? 0 : -ENOTTY,
			  translate_ioctl(self->fd,
					  _IOC(direction, MAGIC,
					       variant->number, variant->size),
					  &argument)) {
			TH_LOG("direction %u", direction);
		}
		EXPECT_EQ(right, answered(variant, &argument));
	}
}

TEST_F(command, wrong_magic)
{
	for (unsigned int magic = 0; magic < 256; magic++) {
		union argument argument = self->valid;

		if (magic == MAGIC)
			continue;
		EXPECT_EQ(-ENOTTY,
			  translate_ioctl(self->fd,
					  _IOC(variant->direction, magic,
					       variant->number, variant->size),
					  &argument)) {
			TH_LOG("magic %#x", magic);
		}
	}
}

TEST_F(command, memory_that_is_not_there)
{
	unsigned long command = sized(variant, variant->size);
	struct edge edge = edge_map();
	void *addresses[] = {
		NULL, UNMAPPED, edge.end,
		(void *)-1L, (void *)-4096L, (void *)(1UL << (8 * sizeof(long) - 1)),
	};

	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		EXPECT_EQ(-EFAULT, translate_ioctl(self->fd, command,
						   addresses[i])) {
			TH_LOG("address %p", addresses[i]);
		}
	}
	edge_place(edge, &self->valid, variant->size);
	edge_protect(edge, PROT_NONE);
	EXPECT_EQ(-EFAULT, translate_ioctl(self->fd, command,
					   edge.end - variant->size));
}

TEST_F(command, end_of_a_mapping)
{
	unsigned long command = sized(variant, variant->size);
	struct edge edge = edge_map();
	union argument *argument = edge_place(edge, &self->valid, variant->size);

	/* The last byte belongs to it. */
	EXPECT_EQ(0, translate_ioctl(self->fd, command, argument));
	EXPECT_TRUE(answered(variant, argument));
	for (size_t missing = 1; missing < variant->size; missing++) {
		memset(edge.start, 0, edge.end - edge.start);
		memcpy(edge.end - variant->size + missing, &self->valid,
		       variant->size - missing);
		EXPECT_EQ(-EFAULT,
			  translate_ioctl(self->fd, command,
					  edge.end - variant->size + missing)) {
			TH_LOG("%zu bytes missing", missing);
		}
	}
	/* The known part fits, but not the length that was promised. */
	argument = edge_place(edge, &self->valid, variant->size);
	EXPECT_EQ(-EFAULT, translate_ioctl(self->fd,
					   sized(variant, variant->size + 1),
					   argument));
}

TEST_F(command, across_pages_and_unaligned)
{
	unsigned long command = sized(variant, variant->size);
	struct edge edge = edge_map();
	char *middle = edge.start + (edge.end - edge.start) / 2;

	for (size_t offset = 1; offset < variant->size; offset++) {
		union argument copy;

		memcpy(middle - offset, &self->valid, variant->size);
		EXPECT_EQ(0, translate_ioctl(self->fd, command,
					     middle - offset)) {
			TH_LOG("offset %zu", offset);
		}
		memcpy(&copy, middle - offset, variant->size);
		EXPECT_TRUE(answered(variant, &copy));
	}
}

TEST_F(command, result_cannot_be_written)
{
	struct edge edge = edge_map();
	void *argument = edge_place(edge, &self->valid, variant->size);
	char *across = edge.start + (edge.end - edge.start) / 2 -
		       variant->size + 4;

	edge_protect(edge, PROT_READ);
	EXPECT_EQ(-EFAULT, translate_ioctl(self->fd,
					   sized(variant, variant->size),
					   argument));
	EXPECT_EQ(0, memcmp(argument, &self->valid, variant->size));

	/* Only the last four bytes cannot: reported all the same. */
	edge_protect(edge, PROT_READ | PROT_WRITE);
	memcpy(across, &self->valid, variant->size);
	edge_protect_second(edge, PROT_READ);
	EXPECT_EQ(-EFAULT, translate_ioctl(self->fd,
					   sized(variant, variant->size),
					   across));
}

/* An error of the request comes before one of the result's memory. */
TEST_F(command, error_in_memory_that_cannot_be_written)
{
	struct edge edge = edge_map();
	union argument *argument = edge_place(edge, &self->valid, variant->size);

	if (variant->number == 1)
		argument->translate.pid = -1;
	if (variant->number == 2)
		argument->id.by = TRANSLATE_PID_BY_PID;
	edge_protect(edge, PROT_READ);
	EXPECT_EQ(variant->takes_input ? -ESRCH : -EFAULT,
		  translate_ioctl(self->fd, sized(variant, variant->size),
				  argument));
}

TEST_F(command, any_open_mode)
{
	static const int modes[] = { O_RDONLY, O_WRONLY, O_RDWR };

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		union argument argument = self->valid;
		int fd = open(TRANSLATE_PID_DEVICE, modes[i] | O_CLOEXEC);

		ASSERT_LE(0, fd);
		EXPECT_EQ(0, translate_ioctl(fd, sized(variant, variant->size),
					     &argument));
		EXPECT_TRUE(answered(variant, &argument));
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

/* The commands in between are free for later versions. */
TEST_F(request, unknown_commands)
{
	static const size_t sizes[] = { 0, 8, 32, 48, 4096, SIZE_MAX_IOCTL };
	static char zeros[SIZE_MAX_IOCTL + 1];

	for (unsigned int number = 128; number < 256; number++)
		for (unsigned int direction = 0; direction < 4; direction++)
			for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
				ASSERT_EQ(-ENOTTY,
					  translate_ioctl(self->fd,
							  _IOC(direction, MAGIC,
							       number,
							       sizes[i]),
							  zeros));
	EXPECT_EQ(-ENOTTY, translate_ioctl(self->fd, 0xdeadbeef, zeros));
}

TEST_F(request, flags)
{
	for (int bit = 0; bit < 32; bit++) {
		struct translate_pid_request translate = {
			.pid = 1, .flags = 1U << bit, .result = 4711,
		};
		struct translate_pid_id_request id = {
			.flags = 1U << bit, .id = 4711, .ns_id = 4712,
		};

		EXPECT_EQ(-EINVAL, translate_ioctl(self->fd,
						   TRANSLATE_PID_TRANSLATE,
						   &translate));
		EXPECT_EQ(4711, translate.result);
		EXPECT_EQ(-EINVAL, translate_ioctl(self->fd,
						   TRANSLATE_PID_GET_ID, &id));
		EXPECT_EQ(4711, id.id);
		EXPECT_EQ(4712, id.ns_id);
	}
}

TEST_F(request, reserved)
{
	for (int bit = 0; bit < 32; bit++) {
		struct translate_pid_request translate = {
			.pid = 1, .reserved = 1U << bit, .result = 4711,
		};

		EXPECT_EQ(-EINVAL, translate_ioctl(self->fd,
						   TRANSLATE_PID_TRANSLATE,
						   &translate));
		EXPECT_EQ(4711, translate.result);
	}
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
