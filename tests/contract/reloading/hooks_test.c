// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's hooks beside other users of ftrace, and what is said when they
 * cannot be had. Leaves the module unloaded. More of them are in tests/existing.
 *
 * RUNS: on one ABI, because hooks are no matter of the ABI.
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include "module.h"
#include "test.h"

#define ENABLED		"/proc/sys/kernel/ftrace_enabled"
#define TRACING		"/sys/kernel/tracing/"
#define HOOKED		"__ns_tree_add_raw __ns_tree_remove"

FIXTURE(hooks)
{
};

/* As after boot. */
static void stop_tracing(void)
{
	observe_write(TRACING "events/kprobes/enable", "0");
	observe_write(TRACING "kprobe_events", "\n");
	observe_write(TRACING "current_tracer", "nop");
	observe_write(TRACING "set_ftrace_filter", "\n");
	observe_write(TRACING "trace", "\n");
	observe_write(ENABLED, "1");
}

FIXTURE_SETUP(hooks)
{
	translate_device_close();
	module_must_unload();
	ASSERT_EQ(0, access(TRACING "current_tracer", F_OK)) {
		TH_LOG("tracefs must be mounted on " TRACING);
	}
}

/* In the parent, so that a failed assertion does not leave tracing on. */
FIXTURE_TEARDOWN_PARENT(hooks)
{
	nodes_destroy();
	translate_device_close();
	stop_tracing();
	module_must_unload();
}

static void check_alive(struct __test_metadata *_metadata)
{
	__u64 before = namespace_count(), id;
	struct node *init = node_spawn(NULL, CLONE_NEWPID);

	EXPECT_EQ(before + 1, namespace_count());
	id = node_ns_id(init);
	EXPECT_EQ(init->pid, translate_by_ioctl.translate(1, id, 0));
	node_destroy(init);
	EXPECT_TRUE(id_dies(id));
	EXPECT_EQ(before, namespace_count_settles(before));
}

static bool in_trace(void *argument)
{
	char text[16384];

	return observe_read(TRACING "trace", text, sizeof(text)) > 0 &&
	       strstr(text, argument);
}

/* The tracer may write its line after the module's own hook was called. */
static bool trace_has(char *word)
{
	return observe_wait(in_trace, word);
}

static void clear_trace(void)
{
	observe_write(TRACING "trace", "\n");
}

/* What the running kernel answers when nobody needs ftrace. */
static long switch_ftrace_off(void)
{
	return observe_write(ENABLED, "0");
}

TEST_F(hooks, ftrace_stays_on_while_loaded)
{
	long without = switch_ftrace_off();
	char text[16];

	/* Linux 7.3 refuses it at any time. */
	ASSERT_TRUE(!without || without == -EOPNOTSUPP);
	ASSERT_EQ(0, observe_write(ENABLED, "1"));
	module_must_load("");
	EXPECT_EQ(without ?: -EBUSY, switch_ftrace_off());
	ASSERT_EQ(1, observe_read(ENABLED, text, sizeof(text)));
	EXPECT_STREQ("1", text);
	check_alive(_metadata);

	/* Without the module it is the administrator's again. */
	translate_device_close();
	ASSERT_EQ(0, module_unload());
	EXPECT_EQ(without, switch_ftrace_off());
}

TEST_F(hooks, load_is_refused_without_ftrace)
{
	static const char *const reason[] = {
		"translate_pid", "ftrace", "kernel.ftrace_enabled=1",
	};
	int log = log_open();

	if (switch_ftrace_off() == -EOPNOTSUPP)
		SKIP(return, "this kernel's ftrace cannot be switched off");
	EXPECT_EQ(-EOPNOTSUPP, module_load(""));
	EXPECT_FALSE(module_is_loaded());
	EXPECT_TRUE(log_says(log, reason, ARRAY_SIZE(reason)));
	EXPECT_EQ(-1, access(TRANSLATE_PID_DEVICE, F_OK));

	/* The advice is good. */
	ASSERT_EQ(0, observe_write(ENABLED, "1"));
	EXPECT_EQ(0, module_load(""));
	EXPECT_FALSE(log_says(log, reason, ARRAY_SIZE(reason)));
	check_alive(_metadata);
	close(log);
}

/* Somebody else traces the hooked functions, from before, during and after. */
TEST_F(hooks, function_tracer_on_the_same_functions)
{
	ASSERT_EQ(0, observe_write(TRACING "set_ftrace_filter", HOOKED));
	module_must_load("");
	check_alive(_metadata);
	for (int i = 0; i < 3; i++) {
		clear_trace();
		ASSERT_EQ(0, observe_write(TRACING "current_tracer",
					   "function"));
		check_alive(_metadata);
		EXPECT_TRUE(trace_has("__ns_tree_add_raw"));
		EXPECT_TRUE(trace_has("__ns_tree_remove"));
		ASSERT_EQ(0, observe_write(TRACING "current_tracer", "nop"));
		check_alive(_metadata);
	}
	/* Unload and load again under tracing. */
	ASSERT_EQ(0, observe_write(TRACING "current_tracer", "function"));
	translate_device_close();
	ASSERT_EQ(0, module_unload());
	module_must_load("");
	check_alive(_metadata);
	translate_device_close();
	ASSERT_EQ(0, module_unload());
	clear_trace();
	node_destroy(node_spawn(NULL, CLONE_NEWPID));
	EXPECT_TRUE(trace_has("__ns_tree_add_raw"));
}

TEST_F(hooks, kprobes_on_the_same_functions)
{
	ASSERT_EQ(0, observe_write(TRACING "kprobe_events",
				   "p:add __ns_tree_add_raw\n"
				   "p:remove __ns_tree_remove\n"
				   "p:ptrace ptrace_may_access\n"));
	ASSERT_EQ(0, observe_write(TRACING "events/kprobes/enable", "1"));
	module_must_load("");
	check_alive(_metadata);
	EXPECT_TRUE(trace_has("add: (__ns_tree_add_raw"));
	EXPECT_TRUE(trace_has("remove: (__ns_tree_remove"));
	ASSERT_EQ(0, observe_write(TRACING "events/kprobes/enable", "0"));
	check_alive(_metadata);
	ASSERT_EQ(0, observe_write(TRACING "events/kprobes/enable", "1"));
	translate_device_close();
	ASSERT_EQ(0, module_unload());
	module_must_load("");
	check_alive(_metadata);
}

TEST_HARNESS_MAIN
