// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's audit records the system call as any other.
 *
 * RUNS: also with x32 asleep, because its numbers must lead nowhere then, as distributions boot.
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include "audit.h"
#include "child.h"
#include "syscall_paths.h"
#include "test.h"

FIXTURE(audit) {
	struct audit audit;
};

FIXTURE_SETUP(audit)
{
	long error = audit_begin(&self->audit);

	if (error == -EPROTONOSUPPORT)
		SKIP(return, "this kernel is built without audit");
	ASSERT_EQ(0, error);
}

FIXTURE_TEARDOWN(audit)
{
	EXPECT_EQ(0, audit_end(&self->audit));
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
static const char *record_of(struct audit *audit, pid_t pid)
{
	const char *record;
	char mark[32];
	__u16 type;

	snprintf(mark, sizeof(mark), " pid=%d ", pid);
	while ((record = audit_next(audit, PATIENCE_MS, &type)))
		if (type == AUDIT_SYSCALL && strstr(record, mark))
			return record;
	return NULL;
}

static void check_record(struct __test_metadata *_metadata, struct audit *audit,
			 struct call *call, long result)
{
	/* A task is audited if it was born when audit was on. */
	pid_t caller = child_start(call_once, call);
	const char *record;
	__u64 arguments[6];
	char expected[256];

	EXPECT_EQ(0, child_wait(caller));
	record = record_of(audit, caller);
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
		ASSERT_EQ(0, audit_tell(&self->audit, AUDIT_ADD_RULE, &rule,
					sizeof(rule)));
		check_record(_metadata, &self->audit, &call, init->pid);
		call.source = ~id;
		check_record(_metadata, &self->audit, &call, -EINVAL);
		call.source = id;
		call.pid = 77;
		check_record(_metadata, &self->audit, &call, -ESRCH);
		EXPECT_EQ(0, audit_tell(&self->audit, AUDIT_DEL_RULE, &rule,
					sizeof(rule)));
	}
}

TEST_HARNESS_MAIN
