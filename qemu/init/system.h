/* SPDX-License-Identifier: GPL-2.0-only */
/* The system that the command finds: device nodes, mounts, loopback, limits. */
#ifndef SYSTEM_H
#define SYSTEM_H

/* Comes first of all: without devices nothing can be reported. */
void make_devices(void);
void prepare_system(void);

#endif
