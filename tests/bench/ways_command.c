// SPDX-License-Identifier: GPL-2.0-only
/* By the module's other commands for one question. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "bench.h"
#include "translate.h"

static int device;
static struct translate_pid_ns_request ns_request;
static struct translate_pid_id_request id_request;

static long init_pid(void)
{
	return ioctl(device, TRANSLATE_PID_GET_INIT_PID, &ns_request) ? -1 : ns_request.result;
}

static const char *init_by_id(long *expected)
{
	device = translate_device();
	ns_request.by = TRANSLATE_PID_BY_ID;
	ns_request.value = scene->inner_id;
	*expected = scene->inner->pid;
	return NULL;
}

static long get_id(void)
{
	return failed(ioctl(device, TRANSLATE_PID_GET_ID, &id_request));
}

static const char *id_by_pid(long *expected)
{
	device = translate_device();
	id_request.by = TRANSLATE_PID_BY_PID;
	id_request.value = scene->outside;
	*expected = 0;
	return NULL;
}

const struct way command_ways[] = {
	WAY("init-pid-by-id", WITH_MODULE, 400, init_by_id, init_pid),
	WAY("id-by-pid", WITH_MODULE, 400, id_by_pid, get_id),
};
WAYS_COUNT(command_ways);
