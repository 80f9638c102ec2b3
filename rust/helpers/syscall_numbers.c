// SPDX-License-Identifier: GPL-2.0-only
#include <linux/compat.h>
#include <linux/syscalls.h>
#include <linux/translate_pid.h>

#include <asm/syscall.h>
#include <asm/unistd.h>

#include "compat.h"
#include "helpers.h"

/*
 * The target kernel's own numbers, as case labels, from its unistd headers. A
 * default that the kernel assigns is a duplicate case: the build stops here. The
 * headers tell of an ABI's numbers even where the kernel is built without it.
 */
static bool translate_pid_assigned_x86_64(int nr)
{
	switch (nr) {
#include "assigned_64.h"
		return true;
	case TRANSLATE_PID_SYSCALL_X86_64:
	default:
		return nr < 0 || nr >= NR_syscalls;
	}
}

static bool translate_pid_assigned_x32(int nr)
{
	switch (nr) {
#include "assigned_x32.h"
		return true;
	case TRANSLATE_PID_SYSCALL_X32:
	default:
		return nr < 0 || nr >= X32_NR_syscalls;
	}
}

static bool translate_pid_assigned_i386(int nr)
{
	switch (nr) {
#include "assigned_32.h"
		return true;
	case TRANSLATE_PID_SYSCALL_I386:
	default:
		return nr < 0 || nr >= IA32_NR_syscalls;
	}
}

/* Whether the kernel's table for @abi has room at @nr and nothing there. */
bool translate_pid_syscall_is_hole(unsigned int abi, int nr)
{
	switch (abi) {
	case TRANSLATE_PID_ABI_X86_64:
		return !translate_pid_assigned_x86_64(nr);
	case TRANSLATE_PID_ABI_X32:
		return !translate_pid_assigned_x32(nr);
	default:
		return !translate_pid_assigned_i386(nr);
	}
}

/* Whether programs can make calls of @abi in the running kernel, or an error. Sleeps. */
int translate_pid_syscall_abi_is_on(unsigned int abi)
{
	switch (abi) {
	case TRANSLATE_PID_ABI_X86_64:
		return true;
	case TRANSLATE_PID_ABI_X32:
		return translate_pid_x32_is_on();
	default:
		return translate_pid_ia32_is_on();
	}
}
