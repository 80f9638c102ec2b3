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
