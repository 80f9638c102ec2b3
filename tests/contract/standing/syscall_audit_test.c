// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's audit records the system call as any other.
 *
 * RUNS: also with x32 asleep, because its numbers must lead nowhere then, as distributions boot.
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <poll.h>
#include <sys/socket.h>
#include <linux/audit.h>
#include <linux/netlink.h>

#include "child.h"
#include "syscall_paths.h"
#include "test.h"

FIXTURE(audit) {
	int control;
	int records;
	__u32 enabled_before;
};

struct message {
	struct nlmsghdr head;
	union {
		struct nlmsgerr error;
		struct audit_status status;
		struct audit_rule_data rule;
		char text[8192];
	};
};

/* Sends and waits for the answer; 0 or the negative error number. */
static long tell(int control, __u16 type, const void *data, size_t size)
{
	static __u32 sequence;
	struct message message = {
		.head = {
			.nlmsg_len = NLMSG_LENGTH(size),
			.nlmsg_type = type,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
			.nlmsg_seq = ++sequence,
		},
	};

	memcpy(message.text, data, size);
	if (send(control, &message, message.head.nlmsg_len, 0) < 0)
		return -errno;
	do {
		if (recv(control, &message, sizeof(message), 0) < 0)
			return -errno;
	} while (message.head.nlmsg_type != NLMSG_ERROR ||
		 message.head.nlmsg_seq != sequence);
	return message.error.error;
}

static __u32 enabled(int control)
{
	struct message message = {
		.head = {
			.nlmsg_len = NLMSG_LENGTH(0),
			.nlmsg_type = AUDIT_GET,
			.nlmsg_flags = NLM_F_REQUEST,
		},
	};

	if (send(control, &message, message.head.nlmsg_len, 0) < 0)
		return 0;
	do {
		if (recv(control, &message, sizeof(message), 0) < 0)
			return 0;
	} while (message.head.nlmsg_type != AUDIT_GET);
	return message.status.enabled;
}

static long enable(int control, __u32 value)
{
	struct audit_status status = {
		.mask = AUDIT_STATUS_ENABLED,
		.enabled = value,
	};

	return tell(control, AUDIT_SET, &status, sizeof(status));
}

FIXTURE_SETUP(audit)
{
	struct sockaddr_nl listener = {
		.nl_family = AF_NETLINK,
		.nl_groups = 1 << (AUDIT_NLGRP_READLOG - 1),
	};

	self->control = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
			       NETLINK_AUDIT);
	if (self->control < 0)
		SKIP(return, "this kernel is built without audit");
	self->records = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
			       NETLINK_AUDIT);
	ASSERT_EQ(0, bind(self->records, (struct sockaddr *)&listener,
			  sizeof(listener)));
	self->enabled_before = enabled(self->control);
	ASSERT_EQ(0, enable(self->control, 1));
}

FIXTURE_TEARDOWN(audit)
{
	EXPECT_EQ(0, enable(self->control, self->enabled_before));
	nodes_destroy();
}

/* Everything that calls this number on this syscall path is recorded. */
static struct audit_rule_data rule_for(const struct syscall_path *path)
{
	long number = syscall_path_default_number(path);
	struct audit_rule_data rule = {
		.flags = AUDIT_FILTER_EXIT,
		.action = AUDIT_ALWAYS,
		.field_count = 1,
		.fields = { AUDIT_ARCH },
		.values = { syscall_path_arch(path) },
		.fieldflags = { AUDIT_EQUAL },
	};

	rule.mask[AUDIT_WORD(number)] = AUDIT_BIT(number);
	return rule;
}

struct call {
	const struct syscall_path *path;
	pid_t pid;
	__u64 source;
	__u64 target;
};

static int call_once(void *argument)
{
	struct call *call = argument;

	syscall_path_translate(call->path, syscall_path_default_number(call->path), call->pid,
			       call->source, call->target);
	return 0;
}

/* The record of the system call of the process; NULL if none comes. */
static const char *record_of(int records, pid_t pid)
{
	static struct message message;
	char mark[32];

	snprintf(mark, sizeof(mark), " pid=%d ", pid);
	for (;;) {
		struct pollfd wait = { .fd = records, .events = POLLIN };
		ssize_t length;

		if (poll(&wait, 1, PATIENCE_MS) != 1)
			return NULL;
		length = recv(records, &message, sizeof(message) - 1, 0);
		if (length < (ssize_t)NLMSG_HDRLEN)
			return NULL;
		((char *)&message)[length] = '\0';
		if (message.head.nlmsg_type == AUDIT_SYSCALL &&
		    strstr(message.text, mark))
			return message.text;
	}
}

static void check_record(struct __test_metadata *_metadata, int records,
			 struct call *call, long result)
{
	/* A task is audited if it was born when audit was on. */
	pid_t caller = child_start(call_once, call);
	const char *record;
	__u64 arguments[6];
	char expected[256];

	EXPECT_EQ(0, child_wait(caller));
	record = record_of(records, caller);
	ASSERT_NE(NULL, record) {
		TH_LOG("no record of %s", call->path->name);
	}
	syscall_path_arguments(call->path, call->pid, call->source, call->target,
			       arguments);
	snprintf(expected, sizeof(expected),
		 "arch=%x syscall=%ld success=%s exit=%ld a0=%llx a1=%llx a2=%llx ",
		 syscall_path_arch(call->path), syscall_path_default_number(call->path),
		 result < 0 ? "no" : "yes", result, arguments[0], arguments[1],
		 arguments[2]);
	EXPECT_NE(NULL, strstr(record, expected)) {
		TH_LOG("expected: %s", expected);
		TH_LOG("recorded: %s", record);
	}
}

TEST_F(audit, records)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u64 id = node_ns_id(init);

	for (size_t i = 0; i < syscall_path_count; i++) {
		struct audit_rule_data rule = rule_for(&syscall_paths[i]);
		struct call call = { .path = &syscall_paths[i], .pid = 1, .source = id };

		/* Audit's rules do not know the numbers of x32. */
		if (syscall_paths[i].abi == SYSCALL_PATH_X32 || !syscall_path_is_open(&syscall_paths[i]))
			continue;
		ASSERT_EQ(0, tell(self->control, AUDIT_ADD_RULE, &rule,
				  sizeof(rule)));
		check_record(_metadata, self->records, &call, init->pid);
		call.source = ~id;
		check_record(_metadata, self->records, &call, -EINVAL);
		call.source = id;
		call.pid = 77;
		check_record(_metadata, self->records, &call, -ESRCH);
		EXPECT_EQ(0, tell(self->control, AUDIT_DEL_RULE, &rule,
				  sizeof(rule)));
	}
}

TEST_HARNESS_MAIN
