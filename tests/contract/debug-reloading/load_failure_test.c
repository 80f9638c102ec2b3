// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernels that lack what the module needs, and hooks that cannot be set. A
 * debug build pretends. What is required refuses the load with a sentence,
 * what is not costs exactly one feature.
 *
 * RUNS: not on one CPU, because how a load fails is no matter of their number.
 */
#include "lives.h"
#include "module.h"
#include "ns_link.h"
#include "syscall_paths.h"
#include "test.h"

#define ALL	(TRANSLATE_PID_FEATURE_TRANSLATE |			\
		 TRANSLATE_PID_FEATURE_BY_NS_ID |			\
		 TRANSLATE_PID_FEATURE_PROC |				\
		 TRANSLATE_PID_FEATURE_PROC_LINK |			\
		 TRANSLATE_PID_FEATURE_PROC_COMMANDS |			\
		 TRANSLATE_PID_FEATURE_THREAD_GROUP |			\
		 TRANSLATE_PID_FEATURE_WATCH |				\
		 TRANSLATE_PID_FEATURE_PIDFD |				\
		 TRANSLATE_PID_FEATURE_SYSCALL)

RELOADING_DEBUG_FIXTURE(failure)

/* The features must be these, announced and in fact. */
static void check_features(struct __test_metadata *_metadata, __u64 features,
			   const char *how)
{
	struct translate_pid_pidfd_request pidfd = { .pid = getpid() };
	struct translate_pid_info info;
	struct node *init;
	char text[64], expected[NS_LINK_TEXT];
	long result;
	__u64 id;
	int fd;

	ASSERT_EQ(0, translate_get_info(&info));
	EXPECT_EQ(features, info.features) {
		TH_LOG("%s", how);
	}
	init = node_spawn(NULL, CLONE_NEWPID);
	id = node_ns_id(init);
	EXPECT_EQ(init->pid, translate_by_ioctl.translate(1, id, 0));
	EXPECT_EQ(init->pid, translate_by_proc.translate(1, id, 0));

	fd = observe_open_ns(init->pid, "pid");
	ASSERT_LE(0, fd);
	result = translate_by_ioctl.get_id(TRANSLATE_PID_BY_NS_ID,
					   observe_ns_id(fd), NULL, NULL);
	EXPECT_EQ(0, result) {
		TH_LOG("%s", how);
	}
	close(fd);

	result = translate_ioctl(translate_device(), TRANSLATE_PID_OPEN_PIDFD, &pidfd);
	if (features & TRANSLATE_PID_FEATURE_PIDFD) {
		EXPECT_LE(0, result);
		close(result);
	} else {
		EXPECT_EQ(-EOPNOTSUPP, result);
	}

	ns_link_expected(id, expected);
	result = ns_link_of(init->pid, NS_LINK, text, sizeof(text));
	if (features & TRANSLATE_PID_FEATURE_PROC_LINK) {
		EXPECT_STREQ(expected, text);
	} else {
		EXPECT_EQ(-ENOENT, result);
	}

	for (size_t i = 0; i < syscall_path_count; i++) {
		long number = syscall_path_default_number(&syscall_paths[i]);

		if (!syscall_path_is_open(&syscall_paths[i]))
			continue;
		result = syscall_path_translate(&syscall_paths[i], number, 1, id, 0);
		if (features & TRANSLATE_PID_FEATURE_SYSCALL) {
			EXPECT_EQ(init->pid, result);
			EXPECT_EQ(number, syscall_path_number_in(&syscall_paths[i], &info));
		} else {
			EXPECT_EQ(-ENOSYS, result);
			EXPECT_EQ(-1, syscall_path_number_in(&syscall_paths[i], &info));
		}
	}
	result = watch_as(NULL, &translate_by_ioctl, 0, 0, 0);
	if (features & TRANSLATE_PID_FEATURE_WATCH) {
		EXPECT_LE(0, result);
		close(result);
	} else {
		EXPECT_EQ(-EOPNOTSUPP, result);
	}
	/* The library finds its way all the same. */
	EXPECT_EQ(init->pid, translate_by_library.translate(1, id, 0));
	EXPECT_LT(0, observe_read("/proc/pidns_id", text, sizeof(text)));
	node_destroy(init);
	EXPECT_TRUE(id_dies(id));
}

/* Kernels without CONFIG_SYMBOLIC_ERRNAME print numbers. */
static const struct {
	const char *name, *number;
} error_names[] = {
	{ "(ENOENT)", "(Error(2))" },
	{ "(EBUSY)", "(Error(16))" },
};

/* Whether the kernel's log, read from two places alike, holds the sentence. */
static bool logs_say(const int logs[2], const char *sentence)
{
	if (log_says(logs[0], &sentence, 1))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(error_names); i++) {
		const char *name = strstr(sentence, error_names[i].name);
		char *numbered;
		bool said;

		if (!name)
			continue;
		if (asprintf(&numbered, "%.*s%s%s", (int)(name - sentence), sentence,
			     error_names[i].number, name + strlen(error_names[i].name)) < 0)
			observe_die("no memory");
		said = log_says(logs[1], (const char *const[]){ numbered }, 1);
		free(numbered);
		return said;
	}
	return false;
}

/* Nothing of a refused load stays. */
static void check_refusal(struct __test_metadata *_metadata,
			  const char *parameters, long error,
			  const char *sentence)
{
	const int logs[] = { log_open(), log_open() };

	EXPECT_EQ(error, module_load(parameters)) {
		TH_LOG("%s", parameters);
		module_must_unload();
	}
	EXPECT_TRUE(logs_say(logs, sentence)) {
		TH_LOG("%s: the log lacks \"%s\"", parameters, sentence);
	}
	close(logs[0]);
	close(logs[1]);
	EXPECT_FALSE(module_is_loaded());
	EXPECT_EQ(-1, access("/proc/pidns_id", F_OK));
	EXPECT_EQ(-1, access(TRANSLATE_PID_DEVICE, F_OK));
	EXPECT_EQ(-1, access(TRANSLATE_PID_PROC_FILE, F_OK));
	EXPECT_EQ(-1, access("/proc/self/ns/" NS_LINK, F_OK));
	for (size_t i = 0; i < syscall_path_count; i++)
		EXPECT_EQ(-ENOSYS, syscall_path_translate(&syscall_paths[i],
							  syscall_path_default_number(&syscall_paths[i]),
							  getpid(), 0, 0));
	/* Namespaces come and go as if it had never been there. */
	node_destroy(node_spawn(NULL, CLONE_NEWPID));
}

static void check_degraded(struct __test_metadata *_metadata,
			   const char *parameters, __u64 lost,
			   const char *sentence)
{
	const int logs[] = { log_open(), log_open() };

	ASSERT_EQ(0, module_load(parameters)) {
		TH_LOG("%s", parameters);
	}
	if (sentence) {
		EXPECT_TRUE(logs_say(logs, sentence)) {
			TH_LOG("%s: the log lacks \"%s\"", parameters,
			       sentence);
		}
	}
	close(logs[0]);
	close(logs[1]);
	check_features(_metadata, ALL & ~lost, parameters);
	EXPECT_EQ(0, module_unload());
}

TEST_F(failure, required_symbols)
{
	static const struct {
		const char *hidden;
		const char *missing;
		const char *consequence;
	} required[] = {
		{ "__ns_tree_add_raw", "function __ns_tree_add_raw",
		  "new pid namespaces would go unnoticed" },
		{ "__ns_tree_remove", "function __ns_tree_remove",
		  "ids would outlive their pid namespaces" },
		{ "ptrace_may_access", "function ptrace_may_access",
		  "access to pid namespaces could not be checked" },
		{ "ns_tree_lookup_rcu", "function ns_tree_lookup_rcu",
		  "pid namespaces without an entry in the table could not be found" },
		{ "pid_ns_tree", "variable pid_ns_tree",
		  "pid namespaces that exist already could not be listed" },
		/* It finds variables. */
		{ "kallsyms_lookup_name", "variable pid_ns_tree",
		  "pid namespaces that exist already could not be listed" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(required); i++) {
		char parameters[64], sentence[256];

		snprintf(parameters, sizeof(parameters), "debug_hide_symbol=%s",
			 required[i].hidden);
		snprintf(sentence, sizeof(sentence),
			 "this kernel has no usable %s (ENOENT), without which %s; not loading",
			 required[i].missing, required[i].consequence);
		check_refusal(_metadata, parameters, -EOPNOTSUPP, sentence);
	}
	ASSERT_EQ(0, module_load(""));
	check_features(_metadata, ALL, "after the refusals");
}

TEST_F_TIMEOUT(failure, optional_functions, 90)
{
	static const struct {
		const char *symbol;
		__u64 lost;
		const char *consequence;
	} optional[] = {
		{ "proc_ns_dir_lookup", TRANSLATE_PID_FEATURE_PROC_LINK,
		  "there is no /proc/<pid>/ns/pidns_id" },
		{ "proc_ns_dir_readdir", TRANSLATE_PID_FEATURE_PROC_LINK,
		  "there is no /proc/<pid>/ns/pidns_id" },
		{ "ns_get_name", TRANSLATE_PID_FEATURE_PROC_LINK,
		  "there is no /proc/<pid>/ns/pidns_id" },
		{ "proc_ns_instantiate", TRANSLATE_PID_FEATURE_PROC_LINK,
		  "there is no /proc/<pid>/ns/pidns_id" },
		{ "proc_fill_cache", TRANSLATE_PID_FEATURE_PROC_LINK,
		  "there is no /proc/<pid>/ns/pidns_id" },
		{ "__x64_sys_ni_syscall", TRANSLATE_PID_FEATURE_SYSCALL,
		  "there is no system call" },
		{ "__ia32_sys_ni_syscall", TRANSLATE_PID_FEATURE_SYSCALL,
		  "there is no system call" },
		{ "zap_pid_ns_processes", TRANSLATE_PID_FEATURE_WATCH,
		  "nobody is told of the lives of pid namespaces" },
		{ "pidfd_prepare", TRANSLATE_PID_FEATURE_PIDFD,
		  "TRANSLATE_PID_OPEN_PIDFD is not supported" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(optional); i++) {
		char parameters[64], sentence[256];

		snprintf(parameters, sizeof(parameters), "debug_hide_symbol=%s",
			 optional[i].symbol);
		snprintf(sentence, sizeof(sentence),
			 "this kernel has no usable function %s (ENOENT): %s",
			 optional[i].symbol, optional[i].consequence);
		check_degraded(_metadata, parameters, optional[i].lost,
			       sentence);
	}
	check_degraded(_metadata, "debug_hide_symbol=sched_process_fork", TRANSLATE_PID_FEATURE_WATCH,
		       "this kernel has no tracepoint sched_process_fork: nobody is told of the lives of pid namespaces");
	check_degraded(_metadata, "debug_hide_symbol=no_function_at_all", 0,
		       NULL);
}

/* In the order of registration; the first is the module's own proof. */
TEST_F(failure, required_hooks)
{
	check_refusal(_metadata, "debug_fail_hook=0", -EOPNOTSUPP,
		      "ftrace is switched off: set kernel.ftrace_enabled=1 and load again");
	check_refusal(_metadata, "debug_fail_hook=1", -EBUSY,
		      "__ns_tree_remove");
	check_refusal(_metadata, "debug_fail_hook=2", -EBUSY,
		      "__ns_tree_add_raw");
	ASSERT_EQ(0, module_load(""));
	check_features(_metadata, ALL, "after the refusals");
}

TEST_F_TIMEOUT(failure, optional_hooks, 60)
{
	for (int hook = 3; hook < 6; hook++) {
		char parameters[64];

		snprintf(parameters, sizeof(parameters), "debug_fail_hook=%d",
			 hook);
		check_degraded(_metadata, parameters,
			       TRANSLATE_PID_FEATURE_PROC_LINK,
			       "there is no /proc/<pid>/ns/pidns_id: procfs cannot be extended (EBUSY)");
	}
	check_degraded(_metadata, "debug_fail_hook=6",
		       TRANSLATE_PID_FEATURE_SYSCALL,
		       "there is no system call: sys_ni_syscall cannot be redirected (EBUSY)");
	check_degraded(_metadata, "debug_fail_hook=7",
		       TRANSLATE_PID_FEATURE_WATCH,
		       "nobody is told of the lives of pid namespaces: zap_pid_ns_processes cannot be followed (EBUSY)");
	/* There is no other. */
	check_degraded(_metadata, "debug_fail_hook=8", 0, NULL);
}

/* BPF's trampolines ask for patience: some is had, and then the load is refused. */
TEST_F_TIMEOUT(failure, hooks_that_are_to_be_tried_again, 60)
{
	check_degraded(_metadata, "debug_delay_redirects=50", 0, NULL);
	check_refusal(_metadata, "debug_delay_redirects=1000000", -EAGAIN,
		      "there is no /proc/<pid>/ns/pidns_id: procfs cannot be extended (in use by BPF, load again); not loading");
	ASSERT_EQ(0, module_load(""));
	check_features(_metadata, ALL, "after the refusal");
}

/* Switched off by its own parameters, it is not even missed. */
TEST_F(failure, system_call_that_nobody_wants)
{
	int log = log_open();

	ASSERT_EQ(0, module_load("syscall_x86_64=-1 syscall_x32=-1 syscall_i386=-1 debug_fail_hook=6"));
	EXPECT_FALSE(log_says(log, (const char *const[]){ "there is no system call" }, 1));
	close(log);
	/* The hook that failed was the next one. */
	check_features(_metadata,
		       ALL & ~(TRANSLATE_PID_FEATURE_SYSCALL | TRANSLATE_PID_FEATURE_WATCH),
		       "without system calls");
}

TEST_HARNESS_MAIN
