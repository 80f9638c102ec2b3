/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Syscall paths: the instructions with which a program of this ABI can enter
 * the kernel, each with the ABI that it brings, without the C library in between: registers are given and returned as they are.
 */
#ifndef SYSCALL_PATHS_H
#define SYSCALL_PATHS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <linux/types.h>
#include <linux/translate_pid.h>

enum syscall_path_abi { SYSCALL_PATH_X86_64, SYSCALL_PATH_X32, SYSCALL_PATH_I386 };

struct syscall_path {
	const char *name;
	enum syscall_path_abi abi;
	/* The registers of the first six arguments; the result is the register. */
	__s64 (*call)(__u64 number, const __u64 *arguments);
};

extern const struct syscall_path syscall_paths[];
extern const size_t syscall_path_count;

/* The bit that x32 numbers have; it is part of the number here. */
#define SYSCALL_PATH_X32_BIT	0x40000000

/* Whether the kernel takes this syscall path: x32 and i386 may be switched off. */
bool syscall_path_is_open(const struct syscall_path *path);

/* The number of the module's system call, its header's and its own word. */
long syscall_path_default_number(const struct syscall_path *path);
long syscall_path_number_in(const struct syscall_path *path,
			    const struct translate_pid_info *info);

/*
 * Whether GET_INFO may tell the number @told for a call that was loaded with the
 * number @loaded: -1 where the kernel has switched the ABI off. A 32-bit program
 * cannot see whether x32 is.
 */
bool syscall_path_number_fits(enum syscall_path_abi abi, long loaded, long told);

/* The number of an ordinary call without arguments or side effects. */
long syscall_path_getppid_number(const struct syscall_path *path);

/* AUDIT_ARCH_*, as seccomp, ptrace and audit know the syscall path. */
__u32 syscall_path_arch(const struct syscall_path *path);

/* Fills in the registers for a translation; returns how many count. */
int syscall_path_arguments(const struct syscall_path *path, pid_t pid, __u64 source,
			   __u64 target, __u64 *arguments);

/* The number, or the negative error number. */
long syscall_path_translate(const struct syscall_path *path, __u64 number, pid_t pid,
			    __u64 source, __u64 target);

/*
 * Whether unloading is refused while a system call is inside, as on PREEMPT_RT;
 * elsewhere it waits for the call.
 */
bool syscall_path_holds_module(void);

#endif
