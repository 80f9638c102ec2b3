// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <linux/audit.h>

#include "syscall_paths.h"

#define ARGUMENTS 6

#ifdef __x86_64__

static __s64 by_syscall(__u64 number, const __u64 *arguments)
{
	register __u64 r10 __asm__("r10") = arguments[3];
	register __u64 r8 __asm__("r8") = arguments[4];
	register __u64 r9 __asm__("r9") = arguments[5];
	__s64 result;

	__asm__ volatile("syscall"
			 : "=a" (result)
			 : "a" (number), "D" (arguments[0]),
			   "S" (arguments[1]), "d" (arguments[2]),
			   "r" (r10), "r" (r8), "r" (r9)
			 : "rcx", "r11", "memory");
	return result;
}

/* The number's bit is the whole difference. */
static __s64 by_x32_syscall(__u64 number, const __u64 *arguments)
{
	return by_syscall(number | SYSCALL_PATH_X32_BIT, arguments);
}

/* From 64-bit code: an i386 call all the same. Older kernels clear r8 to r11. */
static __s64 by_int80(__u64 number, const __u64 *arguments)
{
	__s64 result;

	__asm__ volatile("int $0x80"
			 : "=a" (result)
			 : "a" (number), "b" (arguments[0]),
			   "c" (arguments[1]), "d" (arguments[2]),
			   "S" (arguments[3]), "D" (arguments[4])
			 : "r8", "r9", "r10", "r11", "memory");
	return (__s32)result;
}

const struct syscall_path syscall_paths[] = {
	{ "syscall", SYSCALL_PATH_X86_64, by_syscall },
	{ "x32 syscall", SYSCALL_PATH_X32, by_x32_syscall },
	{ "int 0x80", SYSCALL_PATH_I386, by_int80 },
};

#else

#include <sys/auxv.h>

/* Loads all argument registers and calls @entry, which enters the kernel. */
__s32 syscall_paths_i386_enter(const void *entry, const __u32 *registers);
void syscall_paths_i386_int80(void);

__asm__(".text\n"
	"syscall_paths_i386_enter:\n"
	"	pushl %ebp\n"
	"	pushl %ebx\n"
	"	pushl %esi\n"
	"	pushl %edi\n"
	"	movl 20(%esp), %eax\n"
	"	movl 24(%esp), %ebp\n"
	"	pushl %eax\n"
	"	movl 0(%ebp), %eax\n"
	"	movl 4(%ebp), %ebx\n"
	"	movl 8(%ebp), %ecx\n"
	"	movl 12(%ebp), %edx\n"
	"	movl 16(%ebp), %esi\n"
	"	movl 20(%ebp), %edi\n"
	"	movl 24(%ebp), %ebp\n"
	"	call *(%esp)\n"
	"	addl $4, %esp\n"
	"	popl %edi\n"
	"	popl %esi\n"
	"	popl %ebx\n"
	"	popl %ebp\n"
	"	ret\n"
	"syscall_paths_i386_int80:\n"
	"	int $0x80\n"
	"	ret\n");

static __s64 enter(const void *entry, __u64 number, const __u64 *arguments)
{
	__u32 registers[1 + ARGUMENTS];

	registers[0] = number;
	for (int i = 0; i < ARGUMENTS; i++)
		registers[1 + i] = arguments[i];
	return syscall_paths_i386_enter(entry, registers);
}

static __s64 by_int80(__u64 number, const __u64 *arguments)
{
	return enter(syscall_paths_i386_int80, number, arguments);
}

/* What the kernel offers as the fast way: sysenter or syscall, by the CPU. */
static __s64 by_vdso(__u64 number, const __u64 *arguments)
{
	return enter((const void *)getauxval(AT_SYSINFO), number, arguments);
}

const struct syscall_path syscall_paths[] = {
	{ "int 0x80", SYSCALL_PATH_I386, by_int80 },
	{ "vdso", SYSCALL_PATH_I386, by_vdso },
};

#endif

const size_t syscall_path_count = sizeof(syscall_paths) / sizeof(syscall_paths[0]);

long syscall_path_getppid_number(const struct syscall_path *path)
{
	return path->abi == SYSCALL_PATH_I386 ? 64 : 110;
}

static bool is_open[sizeof(syscall_paths) / sizeof(syscall_paths[0])];
static sigjmp_buf nowhere;

static void return_from_nowhere(int signal)
{
	(void)signal;
	siglongjmp(nowhere, 1);
}

/* Before there are threads, for the handler is the whole process's. */
static void __attribute__((constructor)) try_paths(void)
{
	struct sigaction action = { .sa_handler = return_from_nowhere }, before;
	__u64 none[ARGUMENTS] = {};

	sigaction(SIGSEGV, &action, &before);
	for (volatile size_t i = 0; i < syscall_path_count; i++) {
		/* Where i386 programs cannot run, int 0x80 is a fault. */
		if (!sigsetjmp(nowhere, 1))
			is_open[i] = syscall_paths[i].call(syscall_path_getppid_number(&syscall_paths[i]), none) ==
				     getppid();
	}
	sigaction(SIGSEGV, &before, NULL);
}

bool syscall_path_is_open(const struct syscall_path *path)
{
	return is_open[path - syscall_paths];
}

long syscall_path_default_number(const struct syscall_path *path)
{
	switch (path->abi) {
	case SYSCALL_PATH_X86_64:
		return TRANSLATE_PID_SYSCALL_X86_64;
	case SYSCALL_PATH_X32:
		return TRANSLATE_PID_SYSCALL_X32;
	default:
		return TRANSLATE_PID_SYSCALL_I386;
	}
}

long syscall_path_number_in(const struct syscall_path *path,
			    const struct translate_pid_info *info)
{
	switch (path->abi) {
	case SYSCALL_PATH_X86_64:
		return info->syscall_x86_64;
	case SYSCALL_PATH_X32:
		return info->syscall_x32;
	default:
		return info->syscall_i386;
	}
}

bool syscall_path_number_fits(enum syscall_path_abi abi, long loaded, long told)
{
	for (size_t i = 0; i < syscall_path_count; i++) {
		if (syscall_paths[i].abi == abi)
			return told == (syscall_path_is_open(&syscall_paths[i]) ? loaded : -1);
	}
	return told == loaded || told == -1;
}

__u32 syscall_path_arch(const struct syscall_path *path)
{
	return path->abi == SYSCALL_PATH_I386 ? AUDIT_ARCH_I386 : AUDIT_ARCH_X86_64;
}

int syscall_path_arguments(const struct syscall_path *path, pid_t pid, __u64 source,
			   __u64 target, __u64 *arguments)
{
	arguments[0] = (__u32)pid;
	if (path->abi != SYSCALL_PATH_I386) {
		arguments[1] = source;
		arguments[2] = target;
		return 3;
	}
	arguments[1] = (__u32)source;
	arguments[2] = source >> 32;
	arguments[3] = (__u32)target;
	arguments[4] = target >> 32;
	return 5;
}

long syscall_path_translate(const struct syscall_path *path, __u64 number, pid_t pid,
			    __u64 source, __u64 target)
{
	__u64 arguments[ARGUMENTS] = {};

	syscall_path_arguments(path, pid, source, target, arguments);
	return path->call(number, arguments);
}

bool syscall_path_holds_module(void)
{
	struct utsname kernel;

	return !uname(&kernel) && strstr(kernel.version, "PREEMPT_RT");
}
