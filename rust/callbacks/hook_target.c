// SPDX-License-Identifier: GPL-2.0-only
/*
 * A function that does nothing but be traced: the load is refused when ftrace
 * accepts a hook on it and then does not call back. Compiled with the trace
 * flags that the rest of the C is built without.
 */
#include <linux/compiler.h>

#include "callbacks.h"

noinline void translate_pid_hook_target(unsigned long argument)
{
	/* Keeps the call and its argument from being optimised away. */
	OPTIMIZER_HIDE_VAR(argument);
	barrier();
}

unsigned long translate_pid_hook_target_address(void)
{
	return (unsigned long)translate_pid_hook_target;
}
