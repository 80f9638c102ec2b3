/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel says of itself: the records of its log, and kmemleak's report. */
#ifndef LOG_H
#define LOG_H

/* Makes kmemleak forget what was lost until now. */
void forget_leaks(void);
void report_leaks(void);
void report_log(void);

#endif
