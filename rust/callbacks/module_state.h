/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TRANSLATE_PID_MODULE_STATE_H
#define TRANSLATE_PID_MODULE_STATE_H

#include <linux/compiler.h>
#include <linux/module.h>

/*
 * Whether the load has succeeded and unloading has not begun. What must not miss
 * the unloading takes a reference besides.
 */
static inline bool translate_pid_module_is_live(void)
{
	/*
	 * The module loader changes the state by plain stores while we look; what it
	 * was a moment ago is as good, for a caller could have come then.
	 */
	return data_race(READ_ONCE(THIS_MODULE->state)) == MODULE_STATE_LIVE;
}

#endif
