// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/reboot.h>
#include <termios.h>
#include <unistd.h>

#include "file.h"
#include "port.h"
#include "verdict.h"

static int verdict = -1;
static const char *token = "";

void open_verdict(void)
{
	verdict = open_port(2, 6);
}

void set_token(const char *text)
{
	token = text;
}

/* One write per line keeps lines whole. */
void tell(const char *format, ...)
{
	char line[512];
	int length = snprintf(line, sizeof(line), "%s ", token);
	va_list args;

	va_start(args, format);
	length += vsnprintf(line + length, sizeof(line) - length, format, args);
	va_end(args);
	if (length > (int)sizeof(line) - 2)
		length = sizeof(line) - 2;
	line[length++] = '\n';
	write_all(verdict, line, length);
}

void send_file(const char *name, int fd)
{
	static char record[1 << 14];
	size_t bytes = 0;
	ssize_t got;

	tell("%s", name);
	/* /dev/kmsg answers EPIPE when old records were overwritten; the next read goes on. */
	while ((got = read(fd, record, sizeof(record))) > 0 || (got < 0 && errno == EPIPE))
		if (got > 0) {
			write_all(verdict, record, got);
			bytes += got;
		}
	write_all(verdict, "\n", 1);
	tell("%s-end %zu", name, bytes);
}

_Noreturn void stop(void)
{
	if (verdict >= 0)
		tcdrain(verdict);
	/* The host runs QEMU with -no-reboot, so a reset ends it, and needs no ACPI in the kernel. */
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

void fault(const char *format, ...)
{
	char text[400];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	tell("fault %s", text);
	/* In case the verdict port itself is missing. */
	write_file("/dev/kmsg", text);
	stop();
}
