/* SPDX-License-Identifier: GPL-2.0-only */
/* Kernel modules: those that the module depends on, and the module. */
#ifndef MODULE_H
#define MODULE_H

#include <stdbool.h>

#include "config.h"

/* False when one was refused; the host is told. */
bool load_modules(const struct config *config);
void unload_module(void);

#endif
