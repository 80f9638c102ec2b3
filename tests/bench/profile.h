/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Marks by which the guest's program tells count_plugin.c where to begin and where to
 * end: an instruction that does nothing, with an address that nobody else gives it.
 */
#ifndef PROFILE_H
#define PROFILE_H

#define PROFILE_BEGIN	0x7452b201
#define PROFILE_END	0x7452b202

#define PROFILE_MARK(mark)						\
	asm volatile(".byte 0x0f, 0x1f, 0x84, 0x00; .long %c0" : : "i"(mark) : "memory")

#endif
