// SPDX-License-Identifier: GPL-2.0-only
/*
 * One translation unit for all helpers, in alphabetical order, as the kernel
 * does it for its own Rust helpers.
 */
#include "bucket.c"
#include "clock.c"
#include "cred.c"
#include "descriptor.c"
#include "handle.c"
#include "ksyms.c"
#include "life.c"
#include "memory.c"
#include "ns_walk.c"
#include "parameters.c"
#include "pid.c"
#include "pid_namespace.c"
#include "pidfd.c"
#include "stream.c"
#include "syscall_numbers.c"
#include "task.c"
#include "user.c"
#include "walk.c"
