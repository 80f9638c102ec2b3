// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <time.h>

#include "clock.h"

void pause_ms(long ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&time, &time) && errno == EINTR)
		;
}
