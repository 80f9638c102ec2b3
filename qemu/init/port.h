/* SPDX-License-Identifier: GPL-2.0-only */
/* The serial ports that lead to the host. */
#ifndef PORT_H
#define PORT_H

/* A port ready for data, or -1 and errno. The interrupt is the one that the host wired. */
int open_port(int number, int irq);

#endif
