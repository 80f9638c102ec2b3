// SPDX-License-Identifier: GPL-2.0-only
#include <linux/uaccess.h>

#include "helpers.h"

/* May fault and sleep. @words is a constant. 0 or -EFAULT; then @to holds anything. */
static __always_inline int translate_pid_words_from_user(u64 *to, unsigned long from,
							 unsigned int words)
{
	const u64 __user *at = (const u64 __user *)from;

	BUILD_BUG_ON(words < 3 || words > 5);
	might_fault();
	if (!user_read_access_begin(at, words * sizeof(*at)))
		return -EFAULT;
	unsafe_get_user(to[0], at, fault);
	unsafe_get_user(to[1], at + 1, fault);
	unsafe_get_user(to[2], at + 2, fault);
	if (words > 3)
		unsafe_get_user(to[3], at + 3, fault);
	if (words > 4)
		unsafe_get_user(to[4], at + 4, fault);
	user_read_access_end();
	return 0;
fault:
	user_read_access_end();
	return -EFAULT;
}

/* Out of line, so that the few loads below need no frame of their own. */
static noinline int translate_pid_any_struct_from_user(void *to, unsigned long ksize,
						       unsigned long from, unsigned long usize)
{
	return copy_struct_from_user(to, ksize, (const void __user *)from, usize);
}

/*
 * May fault and sleep. 0, -E2BIG (unknown part not zero) or -EFAULT. @to has the
 * alignment of a u64.
 *
 * The sizes of the structures that are read on paths that matter, as today's header
 * has them, are written out: a few loads in place of three functions, and of the
 * checks of usercopy hardening, which are for sizes that come from somewhere.
 */
int translate_pid_struct_from_user(void *to, unsigned long ksize,
				   unsigned long from, unsigned long usize)
{
	if (usize == ksize) {
		switch (ksize) {
		case 24:
			return translate_pid_words_from_user(to, from, 24 / 8);
		case 32:
			return translate_pid_words_from_user(to, from, 32 / 8);
		case 40:
			return translate_pid_words_from_user(to, from, 40 / 8);
		}
	}
	return translate_pid_any_struct_from_user(to, ksize, from, usize);
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
	__s32 __user *at = (__s32 __user *)to;

	might_fault();
	if (!user_write_access_begin(at, sizeof(*at)))
		return -EFAULT;
	unsafe_put_user(value, at, fault);
	user_write_access_end();
	return 0;
fault:
	user_write_access_end();
	return -EFAULT;
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

/* May fault and sleep. 0 or -EFAULT: some of it may have been written. */
int translate_pid_bytes_to_user(unsigned long to, const void *from, unsigned long size)
{
	return copy_to_user((void __user *)to, from, size) ? -EFAULT : 0;
}
