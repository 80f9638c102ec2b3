// SPDX-License-Identifier: GPL-2.0-only
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "helpers.h"

void translate_pid_cond_resched(void)
{
	cond_resched();
}

/* Whether a signal that ends the calling task waits for it. */
bool translate_pid_is_dying(void)
{
	return fatal_signal_pending(current);
}
