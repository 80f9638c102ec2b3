/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that can be asked of the module or done with its help, each as an
 * operation whose answer can be judged.
 */
#ifndef OPERATIONS_H
#define OPERATIONS_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "ns_question.h"
#include "ns_tree.h"
#include "translate.h"

/* What the operations work on. */
struct scene {
	struct node *outer, *inner;	/* one namespace in the other */
	__u64 outer_id, inner_id;
	struct ns_names inner_names;
	char link[64], directory[64];	/* of the inner one's init */
	/* For one attempt. */
	struct node *fresh;		/* in a namespace without an entry */
	char fresh_link[64];
	pid_t child;
	struct translate_pid_info info;
	__u64 id;
	char text[8192];
};

/* One question to the module, or one deed that it takes part in. */
struct operation {
	const char *name;
	/* What the attempt needs; may be missing. */
	void (*prepare)(struct scene *scene);
	/* The one call that may fail: a result >= 0 or the negative error. */
	long (*call)(struct scene *scene);
	/* Whether a result >= 0 is right; asks the module anew if need be. */
	bool (*right)(struct scene *scene, long result);
	/* Puts away what the attempt made; may be missing. */
	void (*clean)(struct scene *scene, long result);
	/* Besides ENOMEM. */
	int error;
};

extern const struct operation operations[];
extern const size_t operation_count;

/* @result, or what errno says about a negative one. */
static inline long result_of(long result)
{
	return result < 0 ? -errno : result;
}

/* Whether the init @pid was given an id that names its namespace everywhere. */
bool newborn_has_id(struct scene *scene, long pid);

#endif
