/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Ids that procfs shows, for where no file of the module's can be asked. false:
 * it does not show this one, and nothing was stored. errno may have changed.
 */
#ifndef SHOWN_H
#define SHOWN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The caller's own. */
bool shown_own_id(uint64_t *id);

/* That of the process or thread pid of the caller's own pid namespace. */
bool shown_id_of(pid_t pid, uint64_t *id);

#endif
