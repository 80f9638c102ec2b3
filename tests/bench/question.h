/* SPDX-License-Identifier: GPL-2.0-only */
/* What the BPF programs of translate.bpf.c are asked. */
#ifndef QUESTION_H
#define QUESTION_H

struct bpf_question {
	int pid;
	unsigned int inode;	/* of the pid namespace, as fstat(2) gives it */
};

#endif
