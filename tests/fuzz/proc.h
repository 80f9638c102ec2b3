/* SPDX-License-Identifier: GPL-2.0-only */
/* What the calls of procfs have in common. */
#ifndef PROC_H
#define PROC_H

#include "memory.h"

#define LINK	"pidns_id"
#define MODEL	"pid"

/* A process by its number in the initial namespace, whose /proc this is. */
struct subject {
	char directory[64];
	enum space space;	/* SPACES: not known */
	int known;		/* index of the oracle's pid; -1: another */
};

/* Whatever the kernel says of its own link when a process goes away. */
#define GONE	(ANSWER(ENOENT) | ANSWER(ESRCH) | ANSWER(EACCES))

/* The result of a call, with errno as a negative one. */
long or_error(long result);
size_t draw_buffer_size(struct worker *worker);
struct subject draw_subject(struct worker *worker);

#endif
