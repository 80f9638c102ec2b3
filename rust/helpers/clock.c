// SPDX-License-Identifier: GPL-2.0-only
#include <linux/minmax.h>
#include <linux/time_namespace.h>
#include <linux/timekeeping.h>

#include "helpers.h"

/* Nanoseconds since the boot. Takes no lock: it may be called from an ftrace callback. */
unsigned long long translate_pid_boot_time(void)
{
	return ktime_get_boottime_ns();
}

/* The same moment on the clock that the calling task reads, but never before 1. */
unsigned long long translate_pid_boot_time_of_caller(unsigned long long time)
{
	return max_t(s64, timens_add_boottime_ns(time), 1);
}
