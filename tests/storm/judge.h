/* SPDX-License-Identifier: GPL-2.0-only */
/* What a hammer says of each answer, in the tally. */
#ifndef JUDGE_H
#define JUDGE_H

#include <sys/types.h>
#include <linux/types.h>

#include "random.h"
#include "tally.h"

extern struct tally *tally;
extern struct hammer_record *record;	/* the hammer's own in it */
extern struct random random_state;
extern __u32 phases_before;		/* when the burst began */

__u32 phases(void);

void wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* As @expected with the module, as @absent without it. */
void judge(const char *what, long answer, long expected, long absent);

/* Nothing, if there is no child. */
void end_child(pid_t pid);

#endif
