/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ways to make the module fail or wait on purpose, for its tests. Only builds
 * with `make DEBUG=1` have them; in others these are empty.
 */
#ifndef TRANSLATE_PID_DEBUG_H
#define TRANSLATE_PID_DEBUG_H

#include <linux/types.h>

#ifdef TRANSLATE_PID_DEBUG
bool translate_pid_debug_hides(const char *symbol);
int translate_pid_debug_hook_error(bool redirects);
bool translate_pid_debug_fails_atomic_memory(void);
#else
static inline bool translate_pid_debug_hides(const char *symbol)
{
	return false;
}

static inline int translate_pid_debug_hook_error(bool redirects)
{
	return 0;
}

static inline bool translate_pid_debug_fails_atomic_memory(void)
{
	return false;
}
#endif

#endif
