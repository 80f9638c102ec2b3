/* SPDX-License-Identifier: GPL-2.0-only */
/* Long commands, which hold the module while they run, and files of their own, which do until they are closed. */
#ifndef KEEPERS_H
#define KEEPERS_H

#include <sys/types.h>

/* What keeps the module when the device is closed; -1: nothing. */
struct keepers {
	int handle, watch;
	pid_t init;	/* of the handle's namespace */
};

#define NO_KEEPERS	{ .handle = -1, .watch = -1, .init = -1 }

/* By the device, which is open. */
void keepers_begin(struct keepers *keepers);

/* Uses and closes them: with each of them the last reference may go. */
void keepers_end(const struct keepers *keepers);

#endif
