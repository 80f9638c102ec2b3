// SPDX-License-Identifier: GPL-2.0-only
/*
 * One translation unit, as the helpers are. hook_target.c is not part of it: it
 * is compiled with other flags.
 */
#include "fork.c"
#include "hook.c"
#include "proc.c"
#include "proc_link.c"
#include "prototypes.c"
#include "redirect.c"
#include "syscall.c"
#include "work.c"
