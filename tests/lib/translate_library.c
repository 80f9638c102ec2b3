// SPDX-License-Identifier: GPL-2.0-only
/*
 * Through libtranslate_pid. What its functions cannot express (a value that is
 * no int, a way of naming that it leaves out) is asked of the device.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>

#include "../../shim/lib/translate_pid.h"
#include "observe.h"
#include "translate.h"

static long result_of(long result)
{
	return result < 0 ? -errno : result;
}

static long translate(pid_t pid, __u64 source, __u64 target)
{
	return result_of(pidns_translate(pid, source, target));
}

static long thread_group(pid_t pid, __u64 source, __u64 target)
{
	return result_of(pidns_thread_group(pid, source, target));
}

static long translate_many(__s32 *pids, __u32 count, __u64 source, __u64 target, __u32 flags,
			   __u32 *done)
{
	ssize_t result = pidns_translate_many(pids, count, source, target, flags);

	*done = result < 0 ? 0 : result;
	if (*done == count && result >= 0)
		return 0;
	/* What ended it is told by a call for the rest. */
	if (result >= 0)
		result = pidns_translate_many(pids + *done, count - *done, source, target, flags);
	if (result >= 0)
		observe_die("pidns_translate_many() stops, and goes on");
	return -errno;
}

static long id_of(__u32 by, __u64 value, uint64_t *id)
{
	switch (by) {
	case TRANSLATE_PID_BY_SELF:
		return pidns_id_self(id);
	case TRANSLATE_PID_BY_PID:
		return pidns_id_of_pid(value, id);
	case TRANSLATE_PID_BY_PIDFD:
		return pidns_id_of_pidfd(value, id);
	case TRANSLATE_PID_BY_NSFD:
		return pidns_id_of_nsfd(value, id);
	case TRANSLATE_PID_BY_PROCFS:
		return pidns_id_of_procfs(value, id);
	default:
		return pidns_id_of_ns_id(value, id);
	}
}

static bool is_expressible(__u32 by, __u64 value)
{
	switch (by) {
	case TRANSLATE_PID_BY_SELF:
		return value == 0;
	case TRANSLATE_PID_BY_PID:
	case TRANSLATE_PID_BY_PIDFD:
	case TRANSLATE_PID_BY_NSFD:
	case TRANSLATE_PID_BY_PROCFS:
		return value <= INT_MAX;
	case TRANSLATE_PID_BY_NS_ID:
		return true;
	default:
		return false;
	}
}

static long get_id(__u32 by, __u64 value, __u64 *id, __u64 *ns_id)
{
	uint64_t found, found_ns_id;
	long result;

	if (by == TRANSLATE_PID_BY_ID) {
		result = result_of(pidns_ns_id(value, &found_ns_id));
		found = value;
	} else if (is_expressible(by, value)) {
		result = result_of(id_of(by, value, &found));
		/* The caller may access it: it has just learned the id. */
		if (!result && ns_id)
			result = result_of(pidns_ns_id(found, &found_ns_id));
	} else {
		return translate_by_ioctl.get_id(by, value, id, ns_id);
	}
	if (result)
		return result;
	if (id)
		*id = found;
	if (ns_id)
		*ns_id = found_ns_id;
	return 0;
}

static long get_init_pid(__u32 by, __u64 value)
{
	if (by == TRANSLATE_PID_BY_ID)
		return result_of(pidns_init_pid(value));
	if (by == TRANSLATE_PID_BY_NSFD && value <= INT_MAX)
		return result_of(pidns_init_pid_of_nsfd(value));
	if (by == TRANSLATE_PID_BY_PID && value <= INT_MAX)
		return result_of(pidns_init_pid_of_pid(value));
	return translate_by_ioctl.get_init_pid(by, value);
}

static long open_ns(__u32 by, __u64 value)
{
	if (by == TRANSLATE_PID_BY_ID)
		return result_of(pidns_open(value));
	return translate_by_ioctl.open_ns(by, value);
}

const struct translate_interface translate_by_library = {
	.name = "library",
	.translate = translate,
	.thread_group = thread_group,
	.translate_many = translate_many,
	.get_id = get_id,
	.get_init_pid = get_init_pid,
	.open_ns = open_ns,
};
