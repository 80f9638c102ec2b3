/* SPDX-License-Identifier: GPL-2.0-only */
/* Waiting. */
#ifndef CLOCK_H
#define CLOCK_H

void pause_ms(long ms);

#endif
