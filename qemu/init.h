/* SPDX-License-Identifier: GPL-2.0-only */
/* What the two halves of the guest's PID 1 share. */
#ifndef INIT_H
#define INIT_H

#include <stdbool.h>

/* init_system.c. The devices come first: without them nothing can be reported. */
void make_devices(void);
/* A serial port for data, or -1 and errno. The interrupt is the one that the host wired. */
int open_port(int number, int irq);
void prepare_system(void);

/* init.c */
void __attribute__((noreturn, format(printf, 1, 2))) fault(const char *format, ...);
void write_file(const char *path, const char *text);
bool exists(const char *path);

#endif
