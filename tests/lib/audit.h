/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's audit: switching it on, its rules, and the records that it writes. */
#ifndef AUDIT_H
#define AUDIT_H

#include <stddef.h>
#include <linux/audit.h>
#include <linux/types.h>

struct audit {
	int control;
	int records;
	__u32 enabled_before;
};

/*
 * Switches audit on and listens. 0 or the negative error number: -EPROTONOSUPPORT on
 * kernels without audit.
 */
long audit_begin(struct audit *audit);

/* Leaves audit as it was before. 0 or the negative error number. */
long audit_end(struct audit *audit);

/* Sends a message of a type and waits for the answer; 0 or the negative error number. */
long audit_tell(struct audit *audit, __u16 type, const void *data, size_t size);

/*
 * The text of the next record and its type, valid until the next call; NULL if none comes
 * within the time.
 */
const char *audit_next(struct audit *audit, int timeout_ms, __u16 *type);

#endif
