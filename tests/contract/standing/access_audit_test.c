// SPDX-License-Identifier: GPL-2.0-only
/*
 * A call that succeeds leaves no record of a denial in the kernel's audit, though the module
 * asks more than one question for it. The caller is confined by Landlock, which denies ptrace
 * access to all outside of its domain and leaves the capabilities. AppArmor, which records what
 * it denies whatever it is asked for, is in tests/existing.
 *
 * RUNS: on one ABI, because what is asked inside of a call is no matter of the ABI.
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <sys/syscall.h>
#include <linux/landlock.h>

#include "audit.h"
#include "ns_question.h"
#include "test.h"

#ifndef AUDIT_LANDLOCK_ACCESS
#define AUDIT_LANDLOCK_ACCESS	1423
#endif

#define AUDIT_FIXTURE(fixture, VARIANTS)				\
	struct node;							\
	FIXTURE(fixture) {						\
		struct audit audit;					\
	};								\
	VARIANTS(fixture);						\
	FIXTURE_SETUP(fixture)						\
	{								\
		ASSERT_EQ(0, audit_begin(&self->audit));		\
	}								\
	FIXTURE_TEARDOWN(fixture)					\
	{								\
		EXPECT_EQ(0, audit_end(&self->audit));			\
		nodes_destroy();					\
	}

AUDIT_FIXTURE(access_audit, NAMING_VARIANTS)

AUDIT_FIXTURE(level_audit, NO_VARIANTS)

/* A domain that denies one right that nobody uses here, and with it ptrace to the outside. */
static long enter_domain(void *unused)
{
	struct landlock_ruleset_attr rights = {
		.handled_access_fs = LANDLOCK_ACCESS_FS_MAKE_BLOCK,
	};
	long error = 0;
	int ruleset;

	(void)unused;
	ruleset = syscall(SYS_landlock_create_ruleset, &rights, sizeof(rights), 0);
	if (ruleset < 0)
		return -errno;
	if (syscall(SYS_landlock_restrict_self, ruleset, 0))
		error = -errno;
	close(ruleset);
	return error;
}

/*
 * Whose ptrace access was denied first since the last call, as the process's pid; 0 if nobody's.
 * Records come in the order in which they were written.
 */
static pid_t first_denied(struct audit *audit)
{
	const char *record, *target;
	__u16 type;

	while ((record = audit_next(audit, PATIENCE_MS, &type))) {
		target = strstr(record, " opid=");
		if (type == AUDIT_LANDLOCK_ACCESS && strstr(record, "blockers=ptrace") && target)
			return atoi(target + strlen(" opid="));
	}
	return 0;
}

/* As lxcfs: root with all capabilities, but for the access itself. */
TEST_F(access_audit, init_pid_by_capability)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *other = node_spawn(NULL, CLONE_NEWPID);
	struct node *caller = node_spawn(NULL, 0);
	const struct translate_interface *interface = variant->interface;
	__u64 id = node_ns_id(init);

	ASSERT_EQ(0, node_call(caller, enter_domain, NULL, 0));
	EXPECT_EQ(init->pid, init_pid_as(caller, interface, TRANSLATE_PID_BY_ID, id));
	EXPECT_EQ(init->pid, init_pid_as(caller, interface, TRANSLATE_PID_BY_PID, init->pid));
	/* No record was written for init, though there is one when it is refused. */
	EXPECT_EQ(-EPERM, translate_as(caller, interface, 1, node_ns_id(other), 0));
	EXPECT_EQ(other->pid, first_denied(&self->audit));
	EXPECT_EQ(-EPERM, translate_as(caller, interface, 1, id, 0));
	EXPECT_EQ(init->pid, first_denied(&self->audit));
}

/* Neither access nor the capability: that is one refusal, and recorded. */
TEST_F(access_audit, refused_init_pid)
{
	struct node *init = node_spawn_user(NULL, CLONE_NEWPID, 1000, 0);
	struct node *caller = node_spawn(NULL, 0);

	ASSERT_EQ(0, node_call(caller, enter_domain, NULL, 0));
	node_become_user(caller, 1000, 0);
	EXPECT_EQ(-EPERM, init_pid_as(caller, variant->interface, TRANSLATE_PID_BY_ID,
				      node_ns_id(init)));
	EXPECT_EQ(init->pid, first_denied(&self->audit));
}

struct level {
	__u64 id;
	__u32 parent_known;
};

static long ask_level(void *data)
{
	struct level *level = data;
	struct translate_pid_level_request request = {
		.by = TRANSLATE_PID_BY_ID,
		.value = level->id,
	};
	int device = translate_device();
	long error = device < 0 ? device :
				  translate_ioctl(device, TRANSLATE_PID_GET_LEVEL, &request);

	level->parent_known = request.parent_known;
	return error ? error : (long)request.level;
}

/* Not to be told of the parent is no refusal. */
TEST_F(level_audit, without_parent)
{
	struct node *outer = node_spawn(NULL, CLONE_NEWPID);
	struct node *inner = node_spawn(outer, CLONE_NEWPID);
	struct node *other = node_spawn(NULL, CLONE_NEWPID);
	const struct translate_interface *interface = &translate_by_ioctl;
	struct level level = { .id = node_ns_id(inner), .parent_known = 1 };

	ASSERT_EQ(0, node_call(inner, enter_domain, NULL, 0));
	EXPECT_EQ(2, node_call(inner, ask_level, &level, sizeof(level)));
	EXPECT_EQ(0, level.parent_known);
	EXPECT_EQ(-EPERM, translate_as(inner, interface, 1, node_ns_id(other), level.id));
	EXPECT_EQ(other->pid, first_denied(&self->audit));
	EXPECT_EQ(-EPERM, translate_as(inner, interface, 1, node_ns_id(outer), level.id));
	EXPECT_EQ(outer->pid, first_denied(&self->audit));
}

TEST_HARNESS_MAIN
