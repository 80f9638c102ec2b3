/* SPDX-License-Identifier: GPL-2.0-only */
/* Descriptors of TRANSLATE_PID_WATCH, and what they tell. */
#ifndef LIVES_H
#define LIVES_H

#include <stdbool.h>

#include "ns_tree.h"
#include "translate.h"

/* The new descriptor in the node (NULL: the test process), or the negative error number. */
long watch_as(struct node *opener, const struct translate_interface *interface, __u64 events,
	      __u32 room, __u32 flags);

/*
 * The same of all events, with O_NONBLOCK, and the descriptor is the test process's:
 * what it tells is the opener's, whoever reads. It aborts the test if there is
 * none.
 */
int watch_of(struct node *opener, const struct translate_interface *interface);

/* What poll(2) says at once: the events, or the negative error number. */
int watch_events(int watch);

/* Waits for a record and reads it; false if there is none for @ms. */
bool watch_next(int watch, struct translate_pid_watch_record *record, int ms);

/*
 * Waits for the next record of the namespace, past those of others; false if there
 * is none for PATIENCE_MS.
 */
bool watch_next_of(int watch, __u64 id, struct translate_pid_watch_record *record);

/* Waits until the watch, of somebody who is told, has told of the end of the namespace. */
bool watch_tells_end(int watch, __u64 id);

/*
 * Reads all records that are there. Returns the events of the namespace @id, a bit for
 * each, as 1 << TRANSLATE_PID_EVENT_*.
 */
unsigned int watch_events_of(int watch, __u64 id);

#endif
