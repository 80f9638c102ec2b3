/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For long runs: says every few seconds where they are, and notices when they
 * stand still.
 */
#ifndef WATCHDOG_H
#define WATCHDOG_H

/*
 * Runs @body in a child process and watches it; returns its exit status, or
 * 128 + the signal's number. If it takes no step for @patience seconds, prints a
 * TAP line that fails, calls @report, has the kernel's log say where processes
 * are blocked, and returns 1 without waiting any longer.
 *
 * Where the body is goes to stdout as "# now: SUITE: ...", which
 * tests/lib/watched-vm understands.
 */
int watchdog_run(const char *suite, unsigned int patience, int (*body)(void),
		 void (*report)(void));

/* For the body: what it is about to do. Each call is a step. */
void watchdog_step(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

#endif
