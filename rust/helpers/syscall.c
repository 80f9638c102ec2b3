// SPDX-License-Identifier: GPL-2.0-only
/*
 * The system call translate_pid on x86-64, x32 and i386.
 *
 * The kernel sends every number without a system call to one function, the one
 * behind __x64_sys_ni_syscall and __ia32_sys_ni_syscall. That one is redirected
 * for our numbers, so a number that the kernel assigns cannot be taken over,
 * and whatever comes before it (seccomp, ptrace, audit) sees an ordinary call.
 */
#include <linux/compat.h>
#include <linux/ftrace.h>
#include <linux/syscalls.h>
#include <linux/translate_pid.h>

#include <asm/syscall.h>
#include <asm/unistd.h>

#include "compat.h"
#include "helpers.h"
#include "redirect.h"

static struct {
	translate_pid_syscall_fn fn;
	void *context;
	/* By ABI; -1 is switched off. */
	int numbers[TRANSLATE_PID_ABIS];
} translate_pid_syscall;

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

static bool translate_pid_syscall_is(unsigned int abi, int nr)
{
	return translate_pid_syscall.numbers[abi] >= 0 && translate_pid_syscall.numbers[abi] == nr;
}

/*
 * Only the low 32 bits of orig_ax are the number, and the i386 way is taken by
 * int $0x80 from a 64-bit program too.
 */
static bool translate_pid_syscall_wants(struct ftrace_regs *fregs)
{
	const struct pt_regs *regs = (const void *)ftrace_regs_get_argument(fregs, 0);
	int nr = (int)regs->orig_ax;

	if (in_ia32_syscall())
		return translate_pid_syscall_is(TRANSLATE_PID_ABI_I386, nr);
	if (nr & __X32_SYSCALL_BIT)
		return translate_pid_syscall_is(TRANSLATE_PID_ABI_X32, nr & ~__X32_SYSCALL_BIT);
	return translate_pid_syscall_is(TRANSLATE_PID_ABI_X86_64, nr);
}

static u64 translate_pid_u64_of(unsigned long low, unsigned long high)
{
	return (u64)(u32)high << 32 | (u32)low;
}

static long translate_pid_syscall_run(const struct pt_regs *regs)
{
	if (in_ia32_syscall())
		return translate_pid_syscall.fn(translate_pid_syscall.context, (int)regs->bx,
						translate_pid_u64_of(regs->cx, regs->dx),
						translate_pid_u64_of(regs->si, regs->di));
	/* A pid_t: the upper half of the register is not looked at. */
	return translate_pid_syscall.fn(translate_pid_syscall.context, (int)regs->di,
					regs->si, regs->dx);
}

/*
 * On PREEMPT_RT a task that waits for alloc_lock counts as asleep, and Tasks RCU
 * does not wait for it.
 */
#define TRANSLATE_PID_SYSCALL_SLEEPS IS_ENABLED(CONFIG_PREEMPT_RT)

/* Runs instead of sys_ni_syscall(). */
static long translate_pid_syscall_entry(const struct pt_regs *regs)
{
	long result = translate_pid_syscall_run(regs);

	if (TRANSLATE_PID_SYSCALL_SLEEPS)
		translate_pid_redirect_end();
	return result;
}

static struct translate_pid_redirect translate_pid_syscall_redirect = {
	.wants = translate_pid_syscall_wants,
	.replacement = translate_pid_syscall_entry,
	.sleeps = TRANSLATE_PID_SYSCALL_SLEEPS,
};

/*
 * Both addresses may be the same function's. @numbers has one entry per ABI.
 * Errors: those of translate_pid_redirect_enable().
 */
int translate_pid_syscall_enable(unsigned long ni_x64, unsigned long ni_ia32,
				 const int *numbers, translate_pid_syscall_fn fn, void *context)
{
	unsigned long addresses[] = { ni_x64, ni_ia32 };

	translate_pid_syscall.fn = fn;
	translate_pid_syscall.context = context;
	memcpy(translate_pid_syscall.numbers, numbers, sizeof(translate_pid_syscall.numbers));

	return translate_pid_redirect_enable(&translate_pid_syscall_redirect, addresses,
					     ni_x64 == ni_ia32 ? 1 : 2);
}

void translate_pid_syscall_disable(void)
{
	translate_pid_redirect_disable(&translate_pid_syscall_redirect);
}
