// SPDX-License-Identifier: GPL-2.0-only
#include <linux/uaccess.h>

#include "helpers.h"

/*
 * May fault and sleep. 0, -E2BIG (unknown part not zero) or -EFAULT.
 *
 * Copies of constant size take no detour by the checks of usercopy hardening, which
 * are for sizes that come from somewhere. So the sizes of the structures that are
 * read on paths that matter, as today's header has them, are written out.
 */
int translate_pid_struct_from_user(void *to, unsigned long ksize,
				   unsigned long from, unsigned long usize)
{
	const void __user *at = (const void __user *)from;

	if (usize == ksize) {
		switch (ksize) {
		case 24:
			return copy_from_user(to, at, 24) ? -EFAULT : 0;
		case 32:
			return copy_from_user(to, at, 32) ? -EFAULT : 0;
		case 40:
			return copy_from_user(to, at, 40) ? -EFAULT : 0;
		}
	}
	return copy_struct_from_user(to, ksize, at, usize);
}

/* May fault and sleep. The part of a longer @to is zeroed. 0 or -EFAULT. */
int translate_pid_struct_to_user(unsigned long to, unsigned long usize,
				 const void *from, unsigned long ksize)
{
	void __user *at = (void __user *)to;

	if (usize == 32 && ksize == 32)
		return copy_to_user(at, from, 32) ? -EFAULT : 0;
	return copy_struct_to_user(at, usize, from, ksize, NULL);
}

/* May fault and sleep. 0 or -EFAULT. */
int translate_pid_s32_to_user(unsigned long to, int value)
{
	return put_user(value, (__s32 __user *)to);
}

/* Whether user space could have memory at all of these addresses. */
bool translate_pid_is_user_range(unsigned long from, unsigned long size)
{
	return access_ok((const void __user *)from, size);
}

/* May fault and sleep. 0 or -EFAULT; then @to holds anything. */
int translate_pid_numbers_from_user(int *to, unsigned long from, unsigned int count)
{
	const __s32 __user *at = (const __s32 __user *)from;
	unsigned int i;

	might_fault();
	if (!user_read_access_begin(at, count * sizeof(*at)))
		return -EFAULT;
	for (i = 0; i < count; i++)
		unsafe_get_user(to[i], at + i, fault);
	user_read_access_end();
	return 0;
fault:
	user_read_access_end();
	return -EFAULT;
}

/*
 * May fault and sleep. Returns how many were written. Each by a single store, so
 * that no number is half written, also where one lies across two pages.
 */
unsigned int translate_pid_numbers_to_user(unsigned long to, const int *from, unsigned int count)
{
	__s32 __user *at = (__s32 __user *)to;
	unsigned int i = 0;

	might_fault();
	if (!user_write_access_begin(at, count * sizeof(*at)))
		return 0;
	for (; i < count; i++)
		unsafe_put_user(from[i], at + i, fault);
fault:
	user_write_access_end();
	return i;
}
