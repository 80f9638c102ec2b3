/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Results in the Test Anything Protocol. Children of the test program count
 * into the same plan.
 */
#ifndef TAP_H
#define TAP_H

#include <stdbool.h>

/* Before any other function here and before any fork. */
void tap_begin(void);

/* Prints the plan. The program's exit status: 0 if there was no failure. */
int tap_end(void);

/* One result each; what is printf's. */
void check(bool holds, const char *what, ...) __attribute__((format(printf, 2, 3)));
void check_value(long long got, long long wanted, const char *what, ...)
	__attribute__((format(printf, 3, 4)));

/* That result is -1 and errno, which must not have changed since, is wanted. */
void check_error(long long result, int wanted, const char *what, ...)
	__attribute__((format(printf, 3, 4)));

void skip(const char *what, const char *why);

/* Ends the program with a failure: its own preparations failed. */
void cannot(const char *what) __attribute__((noreturn));

/*
 * Runs a part of the test in a child process, whose results count, and checks
 * that it comes to its end.
 */
void in_child(void (*part)(void), const char *what);

#endif
