// SPDX-License-Identifier: GPL-2.0-only
/* Handles that are bound to two namespaces: what they answer while these live and die. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bound_handle.h"

/* What the worker may access does not count for a handle; an id that died makes it stale. */
static struct verdict translation(const struct worker *worker, pid_t pid, __u64 source,
				  __u64 target, __u32 flags)
{
	static struct worker anybody;
	struct verdict verdict;

	anybody = *worker;
	memset(anybody.access, true, sizeof(anybody.access));
	verdict = contract_translate(&anybody, pid, source, target, flags);
	if (verdict.allowed & ANSWER(EINVAL))
		verdict.allowed |= ANSWER(ESTALE);
	verdict.allowed &= ~(ANSWER(EINVAL) | ANSWER(EPERM));
	return verdict;
}

/* A watch can be looked at without waiting: what it tells is the other workers' doing. */
const char *watch_complain(int fd, const struct translate_pid_watch_request *asked)
{
	bool nonblocking = asked->flags & TRANSLATE_PID_WATCH_NONBLOCK;
	char record[TRANSLATE_PID_WATCH_RECORD_MOST];
	int flags = fcntl(fd, F_GETFL);
	ssize_t size;

	if (fcntl(fd, F_GETFD) != FD_CLOEXEC)
		return "not a close-on-exec descriptor";
	if (!(flags & O_NONBLOCK) != !nonblocking)
		return "another way of reading than was asked for";
	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	size = read(fd, record, sizeof(record));
	if (size < 0)
		return errno == EAGAIN ? NULL : "a watch cannot be read";
	return !size || size % (asked->record_size ?: TRANSLATE_PID_WATCH_RECORD_SIZE_VER0) ?
		       "no whole records" : NULL;
}

/* One translation; @stale: it was over before, and is for ever. */
static const char *translate(struct worker *worker, int handle,
			     const struct translate_pid_bind_request *bound, bool back, pid_t pid,
			     bool *stale, long *result, answers *allowed)
{
	struct verdict verdict = translation(worker, pid, back ? bound->target : bound->source,
					     back ? bound->source : bound->target, bound->flags);
	unsigned long argument = (unsigned int)pid;
	int number;

	/* Of a register the lower half counts. */
	if (sizeof(argument) > 4 && draw_one_in(worker, 2))
		argument |= (unsigned long)(random_next(&worker->random) & ~0xffffffffULL);
	number = ioctl(handle, back ? TRANSLATE_PID_BOUND_TO_SOURCE : TRANSLATE_PID_BOUND_TO_TARGET,
		       argument);
	*result = number < 0 ? -errno : number;
	*allowed = *stale ? ANSWER(ESTALE) : verdict.allowed;
	if (*result == -ESTALE)
		*stale = true;
	if (number >= WHOLE_PID_MAX)
		return "no number of a pid";
	if (number >= 0 && verdict.exact && number != verdict.value)
		return "wrong number";
	return unless_allowed(*result, *allowed);
}

const char *handle_complain(struct worker *worker, const struct translate_pid_bind_request *asked,
			    int handle)
{
	bool stale = false;
	answers allowed;
	long result;

	if (fcntl(handle, F_GETFD) != FD_CLOEXEC)
		return "not a close-on-exec descriptor";
	return translate(worker, handle, asked, draw_one_in(worker, 2),
			 draw_pid(worker, draw_space(worker)), &stale, &result, &allowed);
}

/* Those of the background load die under it; else any that may be bound. */
static __u64 draw_side(struct worker *worker)
{
	__u64 id = worker->stage->live[draw_below(worker, LIVE_IDS)];

	return draw_one_in(worker, 2) ? id : draw_id(worker);
}

static int bind_drawn(struct worker *worker, struct translate_pid_bind_request *request)
{
	int handle = -1;

	for (int tries = 0; tries < 8 && handle < 0; tries++) {
		request->source = draw_side(worker);
		request->target = draw_one_in(worker, 8) ? request->source : draw_side(worker);
		request->flags = draw_one_in(worker, 4) ? TRANSLATE_PID_THREAD_GROUP : 0;
		handle = ioctl(draw_one_in(worker, 2) ? worker->device : worker->proc_file,
			       TRANSLATE_PID_BIND, request);
	}
	return handle;
}

static const char *wait_for_end(struct worker *worker, int handle, bool *stale)
{
	struct pollfd ask = { .fd = handle, .events = random_next(&worker->random) };
	int count = poll(&ask, 1, draw_one_in(worker, 3) ? draw_below(worker, 50) : 0);

	if (count < 0 || (count && ask.revents != POLLHUP))
		return "poll() says something else than POLLHUP";
	if (!count && *stale)
		return "poll() does not know that it is stale";
	*stale = count;
	return NULL;
}

void call_handle(struct worker *worker)
{
	struct translate_pid_bind_request request = {};
	int handle = bind_drawn(worker, &request);
	bool stale = false;

	for (int left = 2 + draw_below(worker, 12); left && handle >= 0; left--) {
		const char *complaint, *what = "translation";
		answers allowed = SUCCESS;
		bool back = draw_one_in(worker, 2);
		pid_t pid = draw_pid(worker, draw_space(worker));
		__u64 side = back ? request.target : request.source;
		unsigned int command;
		long result = 0;

		for (int space = 0; space < SPACES; space++)
			if (worker->stage->spaces[space].id == side)
				pid = draw_pid(worker, space);
		switch (draw_below(worker, 8)) {
		case 0:
			what = "poll";
			complaint = wait_for_end(worker, handle, &stale);
			break;
		case 1:
			what = "unknown command";
			command = TRANSLATE_PID_BOUND_TO_TARGET ^ 2U << draw_below(worker, 15);
			allowed = ANSWER(ENOTTY);
			result = ioctl(handle, command, &request) < 0 ? -errno : 0;
			complaint = unless_allowed(result, allowed);
			break;
		default:
			complaint = translate(worker, handle, &request, back, pid, &stale, &result,
					      &allowed);
			break;
		}
		report(worker, CALL_HANDLE, result, complaint, allowed,
		       "handle from %llu to %llu: %s, pid %d, %s",
		       (unsigned long long)request.source, (unsigned long long)request.target,
		       what, pid, back ? "back" : "there");
		if (complaint)
			break;
	}
	if (handle >= 0)
		close(handle);
}
