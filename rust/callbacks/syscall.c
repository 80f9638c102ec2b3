// SPDX-License-Identifier: GPL-2.0-only
/*
 * The system call translate_pid on x86-64, x32 and i386.
 *
 * The kernel sends every number without a system call to one function, the one
 * behind __x64_sys_ni_syscall and __ia32_sys_ni_syscall. That one is redirected
 * for our numbers, so a number that the kernel assigns cannot be taken over,
 * and whatever comes before it (seccomp, ptrace, audit) sees an ordinary call.
 */
#include <linux/ftrace.h>
#include <linux/syscalls.h>

#include <asm/syscall.h>
#include <asm/unistd.h>

#include "../helpers/helpers.h"
#include "callbacks.h"
#include "redirect.h"

static struct {
	translate_pid_syscall_fn fn;
	void *context;
	/* By ABI; -1 is switched off. */
	int numbers[TRANSLATE_PID_ABIS];
} translate_pid_syscall;

static bool translate_pid_syscall_is(unsigned int abi, int nr)
{
	return nr >= 0 && translate_pid_syscall.numbers[abi] == nr;
}

/*
 * Only the low 32 bits of orig_ax are the number, and the i386 way is taken by
 * int $0x80 from a 64-bit program too.
 */
static __always_inline bool translate_pid_syscall_wants(struct ftrace_regs *fregs,
							unsigned long parent_ip)
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

TRANSLATE_PID_REDIRECT(translate_pid_syscall_redirect, translate_pid_syscall_wants,
		       translate_pid_syscall_entry, TRANSLATE_PID_SYSCALL_SLEEPS);

/*
 * Both addresses may be the same function's. @numbers has one element per ABI.
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
