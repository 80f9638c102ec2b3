/* SPDX-License-Identifier: GPL-2.0-only */
/* The two questions that the demo asks the module. */
#ifndef ASK_H
#define ASK_H

#include <sys/types.h>
#include <linux/translate_pid.h>

/* The number, 0 if the process is invisible in @target, or -errno. */
long translate(pid_t pid, __u64 source, __u64 target);

/* The id of the namespace in which process @pid lives; 0 or -errno. */
long id_of_process(pid_t pid, __u64 *id);

/* Ends the program with a sentence. */
_Noreturn void give_up(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Price of one translation by several ways; price.c. */
void print_prices(pid_t pid, __u64 inner, __u64 middle);

#endif
