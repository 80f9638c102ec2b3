/* SPDX-License-Identifier: GPL-2.0-only */
/* The birth of a namespace as an operation, alone and while it is watched. */
#ifndef BIRTHS_H
#define BIRTHS_H

#include "operations.h"

long clone_newpid(struct scene *scene);
void end_newborn(struct scene *scene, long pid);

/* Nothing of what is told of a birth needs memory, so nothing of it may be missing. */
void begin_watching(struct scene *scene);
bool told_of_newborn(struct scene *scene, long pid);
void end_watched(struct scene *scene, long pid);

void watch_a_birth(struct scene *scene);
long read_watch(struct scene *scene);
bool is_record(struct scene *scene, long result);
/* What could not be read must still be there. */
void end_reading(struct scene *scene, long result);

#endif
