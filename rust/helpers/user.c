// SPDX-License-Identifier: GPL-2.0-only
#include <linux/uaccess.h>

#include "helpers.h"

/* May fault and sleep. 0, -E2BIG (unknown part not zero) or -EFAULT. */
int translate_pid_struct_from_user(void *to, unsigned long ksize,
				   unsigned long from, unsigned long usize)
{
	return copy_struct_from_user(to, ksize, (const void __user *)from, usize);
}

/* May fault and sleep. The part of a longer @to is zeroed. 0 or -EFAULT. */
int translate_pid_struct_to_user(unsigned long to, unsigned long usize,
				 const void *from, unsigned long ksize)
{
	return copy_struct_to_user((void __user *)to, usize, from, ksize, NULL);
}
