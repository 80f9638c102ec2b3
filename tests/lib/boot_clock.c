// SPDX-License-Identifier: GPL-2.0-only
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "boot_clock.h"
#include "observe.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME	0x80
#endif

#define OFFSETS	"/proc/self/timens_offsets"

__u64 boot_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * SECOND + now.tv_nsec;
}

bool boot_clock_can_be_moved(void)
{
	return !access(OFFSETS, F_OK);
}

static long set_clock(void *data)
{
	char text[64];

	snprintf(text, sizeof(text), "boottime %lld 0", *(long long *)data);
	return observe_write(OFFSETS, text);
}

struct node *node_with_clock(long long seconds)
{
	struct node *maker = node_spawn(NULL, 0);
	long error;

	node_unshare(maker, CLONE_NEWTIME);
	error = node_call(maker, set_clock, &seconds, sizeof(seconds));
	if (error)
		observe_die("the clock of a time namespace cannot be set: %s", strerror(-error));
	return node_spawn(maker, 0);
}
