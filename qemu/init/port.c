// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "port.h"

/*
 * The host gives each port its own interrupt line. A kernel with ACPI reads them from the tables; one
 * without assumes the PC's shared lines and must be told. The port is opened anew after that, because the
 * kernel leaves it marked as faulty.
 */
static int open_with_irq(int number, int irq)
{
	struct serial_struct serial;
	char path[16];

	snprintf(path, sizeof(path), "/dev/ttyS%d", number);
	for (int tries = 0; tries < 2; tries++) {
		int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

		if (fd < 0)
			return -1;
		if (ioctl(fd, TIOCGSERIAL, &serial) || serial.irq == irq)
			return fd;
		serial.irq = irq;
		ioctl(fd, TIOCSSERIAL, &serial);
		close(fd);
	}
	errno = EBUSY;
	return -1;
}

/* Raw mode: bytes pass unchanged. */
int open_port(int number, int irq)
{
	int fd = open_with_irq(number, irq);
	struct termios settings;

	if (fd < 0 || fcntl(fd, F_SETFL, 0) || tcgetattr(fd, &settings))
		return -1;
	cfmakeraw(&settings);
	cfsetspeed(&settings, B115200);
	settings.c_cflag |= CLOCAL;
	settings.c_cflag &= ~(CREAD | CRTSCTS);
	return tcsetattr(fd, TCSANOW, &settings) ? -1 : fd;
}
