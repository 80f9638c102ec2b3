/* SPDX-License-Identifier: GPL-2.0-only */
/* The one command of a run, and the end of all that it leaves behind. */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>

/* True when the command and all its processes are gone. */
bool run_command(char **argv);

#endif
