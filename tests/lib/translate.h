/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interfaces of the module, behind one set of function pointers, so that the
 * same test body runs through each of them.
 */
#ifndef TRANSLATE_H
#define TRANSLATE_H

#include <stdbool.h>
#include <sys/types.h>
#include <linux/translate_pid.h>

/* Every function gives a result >= 0 or the negative error number. */
struct translate_interface {
	const char *name;
	/* The functions below translate() end the test with a message. */
	bool translates_only;
	long (*translate)(pid_t pid, __u64 source, __u64 target);
	/* The same with TRANSLATE_PID_THREAD_GROUP. */
	long (*thread_group)(pid_t pid, __u64 source, __u64 target);
	/*
	 * TRANSLATE_PID_TRANSLATE_MANY: 0 or the negative error number. @done is 0
	 * before; the library has no count that is too large.
	 */
	long (*translate_many)(__s32 *pids, __u32 count, __u64 source, __u64 target, __u32 flags,
			       __u32 *done);
	/* @id and @ns_id may be NULL. */
	long (*get_id)(__u32 by, __u64 value, __u64 *id, __u64 *ns_id);
	long (*get_init_pid)(__u32 by, __u64 value);
	/* The new descriptor. */
	long (*open_ns)(__u32 by, __u64 value);
};

/* Through the device; it is opened at the first use in each process. */
extern const struct translate_interface translate_by_ioctl;

/* Through /proc/translate_pid, likewise. */
extern const struct translate_interface translate_by_proc;

/*
 * Through the system call of the program's own ABI, which translates only, and
 * through libtranslate_pid.
 */
extern const struct translate_interface translate_by_syscall;
extern const struct translate_interface translate_by_library;

/* GET_INFO, of the device. */
long translate_get_info(struct translate_pid_info *info);

/* The device's descriptor, opened when needed, or the negative error number. */
int translate_device(void);

/* The same of /proc/translate_pid. */
int translate_proc_file(void);

/* Closes both, so that the module can be unloaded, and is found when it is back. */
void translate_device_close(void);

/* ioctl() on any descriptor, with the error number in the result. */
long translate_ioctl(int fd, unsigned long command, void *argument);

/* Ends the program with a message if an interface above lacks one of its functions. */
void translate_must_be_complete(void);

#endif
