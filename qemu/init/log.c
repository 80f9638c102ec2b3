// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"
#include "log.h"
#include "verdict.h"

#define KMEMLEAK "/sys/kernel/debug/kmemleak"

/*
 * kmemleak reports an object only when its checksum stood still between two scans, and none younger
 * than five seconds. If it has given up and does not scan, the log says so.
 */
static void scan_for_leaks(void)
{
	pause_ms(5500);
	write_file(KMEMLEAK, "scan");
	write_file(KMEMLEAK, "scan");
}

void forget_leaks(void)
{
	if (!exists(KMEMLEAK))
		return;
	scan_for_leaks();
	write_file(KMEMLEAK, "clear");
}

void report_leaks(void)
{
	int fd = open(KMEMLEAK, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	scan_for_leaks();
	send_file("leaks", fd);
	close(fd);
}

void report_log(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		fault("/dev/kmsg cannot be opened: %s", strerror(errno));
	send_file("log", fd);
	close(fd);
}
