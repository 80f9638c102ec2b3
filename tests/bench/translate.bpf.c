// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a modern tool would do without the module: BPF programs that translate,
 * run for each question by BPF_PROG_RUN.
 */
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "question.h"

#define LEVELS		33
#define ALL_PROCESSES	0	/* BPF_TASK_ITER_ALL_PROCS */

/* The parts that are used; libbpf finds where the kernel has them. */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
	unsigned int inum;
};

struct pid_namespace {
	struct ns_common ns;
};

struct upid {
	int nr;
};

struct pid {
	unsigned int level;
	struct upid numbers[];
};

struct task_struct {
	int pid;
	struct pid *thread_pid;
};

#pragma clang attribute pop

/* An element of numbers[], as it is copied here. */
struct number {
	int nr;
	struct pid_namespace *ns;
};

struct bpf_iter_task {
	__u64 opaque[3];
} __attribute__((aligned(8)));

extern struct task_struct *bpf_task_from_pid(int pid) __ksym;
extern void bpf_task_release(struct task_struct *task) __ksym;
extern int bpf_iter_task_new(struct bpf_iter_task *iterator, struct task_struct *task, unsigned int flags) __ksym;
extern struct task_struct *bpf_iter_task_next(struct bpf_iter_task *iterator) __ksym;
extern void bpf_iter_task_destroy(struct bpf_iter_task *iterator) __ksym;
extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;

/* The number of the task in the innermost of its namespaces, if that is the one with the inode. */
static int innermost(struct task_struct *task, unsigned int inode)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	unsigned int level = BPF_CORE_READ(pid, level);
	const char *numbers = (const char *)pid + bpf_core_field_offset(struct pid, numbers);
	struct number number = {};
	struct pid_namespace *namespace;

	if (level >= LEVELS)
		return 0;
	bpf_probe_read_kernel(&number, sizeof(number), numbers + level * sizeof(number));
	namespace = number.ns;
	return BPF_CORE_READ(namespace, ns.inum) == inode ? number.nr : 0;
}

/* From the initial namespace to the one with the inode: the kernel finds the task. */
SEC("syscall")
int to_inside(struct bpf_question *question)
{
	struct task_struct *task = bpf_task_from_pid(question->pid);
	int number;

	if (!task)
		return -1;
	number = innermost(task, question->inode);
	bpf_task_release(task);
	return number;
}

/* The other direction: no function finds a task by its number in a namespace, so all are looked at. */
SEC("syscall")
int to_outside(struct bpf_question *question)
{
	struct bpf_iter_task iterator;
	struct task_struct *task;
	int number = -1;

	bpf_rcu_read_lock();
	bpf_iter_task_new(&iterator, NULL, ALL_PROCESSES);
	while ((task = bpf_iter_task_next(&iterator))) {
		if (innermost(task, question->inode) == question->pid) {
			number = BPF_CORE_READ(task, pid);
			break;
		}
	}
	bpf_iter_task_destroy(&iterator);
	bpf_rcu_read_unlock();
	return number;
}

char _license[] SEC("license") = "GPL";
