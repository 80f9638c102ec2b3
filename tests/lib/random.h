/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Repeatable randomness: the same seed gives the same numbers on every ABI.
 */
#ifndef RANDOM_H
#define RANDOM_H

#include <linux/types.h>

struct random {
	__u64 state;
};

/*
 * Starts from the environment variable TRANSLATE_PID_SEED or, without it, from
 * the clock, and prints the seed as a comment of the test's output.
 */
struct random random_start(void);

__u64 random_next(struct random *random);

/* A number from 0 to @bound - 1. */
__u32 random_below(struct random *random, __u32 bound);

#endif
