// SPDX-License-Identifier: GPL-2.0-only
#include <linux/time_namespace.h>
#include <linux/timekeeping.h>

#include "helpers.h"

/* Nanoseconds since the boot. Takes no lock: it may be called from an ftrace callback. */
unsigned long long translate_pid_boot_time(void)
{
	return ktime_get_boottime_ns();
}

/* By how much the clock that the calling task reads is ahead of it. */
long long translate_pid_boot_offset_of_caller(void)
{
	return timens_add_boottime_ns(0);
}
