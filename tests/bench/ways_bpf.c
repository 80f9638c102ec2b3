// SPDX-License-Identifier: GPL-2.0-only
/* By BPF programs, see translate.bpf.c; BPF_SKELETON is what bpftool makes of it. */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/bpf.h>

#include "bench.h"
#include "question.h"

static struct bpf_question question;
static int program;

/* As few instructions as it can be called with. */
static union bpf_attr attributes;

#ifdef BPF_SKELETON
/* bpftool's, which leaves to the kernel what libbpf would do. */
#include BPF_SKELETON

static const char *load(bool outwards)
{
	struct translate_bpf *skeleton = translate_bpf__open_and_load();

	if (!skeleton)
		return strerror(errno);
	program = outwards ? skeleton->progs.to_outside.prog_fd : skeleton->progs.to_inside.prog_fd;
	return NULL;
}
#else
static const char *load(bool outwards)
{
	(void)outwards;
	return "built without BPF programs, for which bpftool is needed";
}
#endif

static const char *prepare(bool outwards, int fd, pid_t pid)
{
	struct stat namespace;

	if (fstat(fd, &namespace))
		return strerror(errno);
	question.inode = namespace.st_ino;
	question.pid = pid;
	attributes.test.ctx_in = (uintptr_t)&question;
	attributes.test.ctx_size_in = sizeof(question);
	return load(outwards);
}

static long run_program(void)
{
	attributes.test.prog_fd = program;
	if (syscall(__NR_bpf, BPF_PROG_RUN, &attributes, sizeof(attributes)))
		return -errno;
	return (int)attributes.test.retval;
}

static const char *inside(long *expected)
{
	*expected = scene->in_inner;
	return prepare(false, scene->inner_fd, scene->outside);
}

static const char *outside(long *expected)
{
	*expected = crowd.last_outside;
	return prepare(true, crowd.inner_fd, crowd.last_in_inner);
}

const struct way bpf_ways[] = {
	WAY("bpf-task", WITHOUT_MODULE, 200, inside, run_program, .root_only = true),
	WAY("bpf-iterator-10", PROCESSES_10, 4, outside, run_program, .root_only = true),
	WAY("bpf-iterator-200", PROCESSES_200, 4, outside, run_program, .root_only = true),
	WAY("bpf-iterator-2000", PROCESSES_2000, 1, outside, run_program, .root_only = true),
};
WAYS_COUNT(bpf_ways);
