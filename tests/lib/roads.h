/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every way into the kernel that a program of this ABI has, without the C
 * library in between: registers are given and returned as they are.
 */
#ifndef ROADS_H
#define ROADS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <linux/types.h>
#include <linux/translate_pid.h>

enum road_abi { ROAD_X86_64, ROAD_X32, ROAD_I386 };

struct road {
	const char *name;
	enum road_abi abi;
	/* The registers of the first six arguments; the result is the register. */
	__s64 (*call)(__u64 number, const __u64 *arguments);
};

extern const struct road roads[];
extern const size_t road_count;

/* The bit that x32 numbers have; it is part of the number here. */
#define ROAD_X32_BIT	0x40000000

/* Whether the kernel takes this road: x32 and i386 may be switched off. */
bool road_is_open(const struct road *road);

/* The number of the module's system call, its header's and its own word. */
long road_default_number(const struct road *road);
long road_number_in(const struct road *road,
		    const struct translate_pid_info *info);

/*
 * Whether GET_INFO may tell the number @told for a call that was loaded with the
 * number @loaded: -1 where the kernel has switched the ABI off. A 32-bit program
 * cannot see whether x32 is.
 */
bool road_number_fits(enum road_abi abi, long loaded, long told);

/* The number of an ordinary call without arguments or side effects. */
long road_getppid_number(const struct road *road);

/* AUDIT_ARCH_*, as seccomp, ptrace and audit know the road. */
__u32 road_arch(const struct road *road);

/* Fills in the registers for a translation; returns how many count. */
int road_arguments(const struct road *road, pid_t pid, __u64 source,
		   __u64 target, __u64 *arguments);

/* The number, or the negative error number. */
long road_translate(const struct road *road, __u64 number, pid_t pid,
		    __u64 source, __u64 target);

/*
 * Whether unloading is refused while a system call is inside, as on PREEMPT_RT;
 * elsewhere it waits for the call.
 */
bool road_holds_module(void);

#endif
