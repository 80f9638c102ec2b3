// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "random.h"

#define SEED_VARIABLE "TRANSLATE_PID_SEED"

struct random random_start(void)
{
	const char *chosen = getenv(SEED_VARIABLE);
	struct timespec now;
	__u64 seed;

	if (chosen) {
		seed = strtoull(chosen, NULL, 0);
	} else {
		clock_gettime(CLOCK_REALTIME, &now);
		seed = (__u64)now.tv_sec * 1000000000 + now.tv_nsec;
	}
	printf("# seed %llu (repeat with " SEED_VARIABLE "=%llu)\n",
	       (unsigned long long)seed, (unsigned long long)seed);
	fflush(stdout);
	return (struct random){ .state = seed };
}

/* splitmix64: every state is a good one, so any seed will do. */
__u64 random_next(struct random *random)
{
	__u64 mixed = random->state += 0x9e3779b97f4a7c15ULL;

	mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9ULL;
	mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebULL;
	return mixed ^ mixed >> 31;
}

__u32 random_below(struct random *random, __u32 bound)
{
	return (random_next(random) >> 32) * bound >> 32;
}
