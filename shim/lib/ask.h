/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* How the library's parts reach the module. */
#ifndef ASK_H
#define ASK_H

#include <limits.h>

/* Where a function asks: a descriptor of the program's, or this. */
#define ANY_FILE	INT_MIN

/* The ioctl's result, or -1 with errno. */
int ask_file(int module, unsigned long command, void *argument);

#endif
