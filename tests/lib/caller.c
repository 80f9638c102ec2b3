// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "caller.h"
#include "observe.h"

struct translation {
	long (*ask)(pid_t pid, __u64 source, __u64 target);
	pid_t pid;
	__u64 source;
	__u64 target;
};

static long run_translation(void *data)
{
	struct translation *t = data;

	return t->ask(t->pid, t->source, t->target);
}

long translate_as(struct node *caller, const struct translate_interface *interface,
		  pid_t pid, __u64 source, __u64 target)
{
	struct translation t = { interface->translate, pid, source, target };

	return node_call(caller, run_translation, &t, sizeof(t));
}

long thread_group_as(struct node *caller, const struct translate_interface *interface,
		     pid_t pid, __u64 source, __u64 target)
{
	struct translation t = { interface->thread_group, pid, source, target };

	return node_call(caller, run_translation, &t, sizeof(t));
}

struct many_question {
	const struct translate_interface *interface;
	__u64 source;
	__u64 target;
	__u32 flags;
	__u32 done;
	__u32 count;
	__s32 pids[MANY_AS_MOST];
};

static long run_many_question(void *data)
{
	struct many_question *q = data;

	return q->interface->translate_many(q->pids, q->count, q->source, q->target, q->flags,
					    &q->done);
}

long translate_many_as(struct node *caller, const struct translate_interface *interface,
		       __s32 *pids, __u32 count, __u64 source, __u64 target, __u32 flags,
		       __u32 *done)
{
	struct many_question q = {
		.interface = interface,
		.source = source,
		.target = target,
		.flags = flags,
		.count = count,
	};
	long error;

	if (count > MANY_AS_MOST)
		observe_die("a node can be given %d numbers at once, not %u", MANY_AS_MOST, count);
	memcpy(q.pids, pids, count * sizeof(*pids));
	error = node_call(caller, run_many_question, &q, sizeof(q));
	memcpy(pids, q.pids, count * sizeof(*pids));
	*done = q.done;
	return error;
}

struct id_question {
	const struct translate_interface *interface;
	__u32 by;
	__u64 value;
	__u64 id;
	__u64 ns_id;
};

static long run_id_question(void *data)
{
	struct id_question *q = data;

	return q->interface->get_id(q->by, q->value, &q->id, &q->ns_id);
}

long get_id_as(struct node *caller, const struct translate_interface *interface,
	       __u32 by, __u64 value, __u64 *id, __u64 *ns_id)
{
	struct id_question q = {
		.interface = interface,
		.by = by,
		.value = value,
	};
	long error = node_call(caller, run_id_question, &q, sizeof(q));

	if (error)
		return error;
	if (id)
		*id = q.id;
	if (ns_id)
		*ns_id = q.ns_id;
	return 0;
}

__u64 node_ns_id(struct node *node)
{
	__u64 id;
	long error = get_id_as(NULL, &translate_by_ioctl,
			       node ? TRANSLATE_PID_BY_PID : TRANSLATE_PID_BY_SELF,
			       node ? node->pid : 0, &id, NULL);

	if (error)
		observe_die("no id for the namespace of process %d: error %ld",
			    node ? node->pid : 0, -error);
	return id;
}

static long read_own_id(void *data)
{
	char text[64];
	long length = observe_read("/proc/pidns_id", text, sizeof(text));

	if (length < 0)
		return length;
	*(__u64 *)data = strtoull(text, NULL, 10);
	return 0;
}

long own_id_as(struct node *caller, __u64 *id)
{
	return node_call(caller, read_own_id, id, sizeof(*id));
}

static struct translate_pid_info info_of_module(void)
{
	struct translate_pid_info info;
	long error = translate_get_info(&info);

	if (error)
		observe_die("no answer from %s: error %ld; is the module loaded?",
			    TRANSLATE_PID_DEVICE, -error);
	return info;
}

__u64 namespace_count(void)
{
	return info_of_module().namespaces;
}

__u64 id_generation(void)
{
	return info_of_module().generation;
}

struct expected_count {
	__u64 expected;
	__u64 seen;
};

static bool count_is_expected(void *argument)
{
	struct expected_count *count = argument;

	count->seen = namespace_count();
	return count->seen == count->expected;
}

__u64 namespace_count_settles(__u64 expected)
{
	struct expected_count count = { .expected = expected };

	observe_wait(count_is_expected, &count);
	return count.seen;
}

static bool id_is_dead(void *argument)
{
	__u64 *id = argument;

	return translate_by_ioctl.get_id(TRANSLATE_PID_BY_ID, *id, NULL, NULL) ==
	       -EINVAL;
}

bool id_dies(__u64 id)
{
	return observe_wait(id_is_dead, &id);
}

struct number {
	const struct translate_interface *interface;
	pid_t pid;
	__u64 id;
};

static bool number_is_free(void *argument)
{
	struct number *number = argument;

	return number->interface->translate(number->pid, number->id, 0) == -ESRCH;
}

bool number_dies(const struct translate_interface *interface, pid_t pid, __u64 id)
{
	return observe_wait(number_is_free, &(struct number){ interface, pid, id });
}
