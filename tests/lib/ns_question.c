// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "caller.h"
#include "ns_question.h"
#include "observe.h"

struct ns_question {
	const struct translate_interface *interface;
	__u64 value;
	__u32 by;
};

static long run_init_pid(void *data)
{
	struct ns_question *q = data;

	return q->interface->get_init_pid(q->by, q->value);
}

static long run_open_ns(void *data)
{
	struct ns_question *q = data;

	return q->interface->open_ns(q->by, q->value);
}

long init_pid_as(struct node *caller, const struct translate_interface *interface,
		 __u32 by, __u64 value)
{
	struct ns_question q = { .interface = interface, .by = by, .value = value };

	return node_call(caller, run_init_pid, &q, sizeof(q));
}

long open_ns_as(struct node *caller, const struct translate_interface *interface,
		__u32 by, __u64 value)
{
	struct ns_question q = { .interface = interface, .by = by, .value = value };

	return node_call(caller, run_open_ns, &q, sizeof(q));
}

struct ns_names ns_names_of(struct node *node)
{
	struct ns_names names;
	int nsfd = observe_open_ns(node->pid, "pid");

	if (nsfd < 0)
		observe_die("/proc/%d/ns/pid: %s", node->pid, strerror(-nsfd));
	names.values[TRANSLATE_PID_BY_SELF] = 0;
	names.values[TRANSLATE_PID_BY_PID] = node->pid;
	names.values[TRANSLATE_PID_BY_PIDFD] = observe_pidfd(node->pid, 0);
	names.values[TRANSLATE_PID_BY_NSFD] = nsfd;
	names.values[TRANSLATE_PID_BY_NS_ID] = observe_ns_id(nsfd);
	names.values[TRANSLATE_PID_BY_ID] = node_ns_id(node);
	names.values[TRANSLATE_PID_BY_PROCFS] = observe_procfs(nsfd);
	return names;
}

void ns_names_close(struct ns_names *names)
{
	for (__u32 by = TRANSLATE_PID_BY_SELF; by < NS_NAMES; by++)
		if (ns_name_is_fd(by))
			close(names->values[by]);
}
