/* SPDX-License-Identifier: GPL-2.0-only */
/* CLOCK_BOOTTIME, and processes for whom a time namespace has moved it. */
#ifndef BOOT_CLOCK_H
#define BOOT_CLOCK_H

#include <stdbool.h>

#include "ns_tree.h"

#define SECOND	1000000000ULL

/* In nanoseconds. */
__u64 boot_time(void);

/* Whether the kernel can move it. */
bool boot_clock_can_be_moved(void);

/* A process, a child's child of the test, whose clock is ahead by @seconds. */
struct node *node_with_clock(long long seconds);

#endif
