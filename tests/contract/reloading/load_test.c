// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading and unloading, at any moment and beside whatever else the kernel is
 * doing. Leaves the module unloaded.
 *
 * RUNS: on one ABI, because loading is no matter of the ABI.
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <sys/prctl.h>

#include "child.h"
#include "module.h"
#include "test.h"

/*
 * Loading and unloading under load ends after so many cycles or seconds, but not
 * before the fewest; the environment variable TRANSLATE_PID_LOAD_SECONDS gives
 * other seconds. One cycle takes a fraction of a second on an emulated machine
 * of its own, but many seconds on a busy one.
 */
#define CYCLES		200
#define SECONDS		5
#define FEWEST_CYCLES	3

FIXTURE(load)
{
};

FIXTURE_SETUP(load)
{
	translate_device_close();
	module_must_unload();
}

FIXTURE_TEARDOWN(load)
{
	nodes_destroy();
	translate_device_close();
	module_must_unload();
}

static const struct translate_interface *const interface = &translate_by_ioctl;

/* A new namespace is noticed when it comes and when it goes. */
static void check_alive(struct __test_metadata *_metadata)
{
	__u64 before = namespace_count(), id;
	struct node *init = node_spawn(NULL, CLONE_NEWPID);

	EXPECT_EQ(before + 1, namespace_count());
	id = node_ns_id(init);
	EXPECT_NE(0, id);
	EXPECT_EQ(init->pid, interface->translate(1, id, 0));
	EXPECT_EQ(1, interface->translate(init->pid, 0, id));
	node_destroy(init);
	EXPECT_TRUE(id_dies(id));
	EXPECT_EQ(before, namespace_count_settles(before));
}

static void expect_said(struct __test_metadata *_metadata, const char *parameters,
			const char *const words[], size_t count)
{
	char version[32] = "", first[64];
	const char *said = first;
	int log = log_open();

	ASSERT_EQ(0, module_load(parameters));
	EXPECT_LT(0, observe_read("/sys/module/translate_pid/version", version, sizeof(version)));
	snprintf(first, sizeof(first), "translate_pid: version %s: ", version);
	EXPECT_TRUE(log_says(log, &said, 1));
	close(log);
	module_must_unload();
	log = log_open();
	ASSERT_EQ(0, module_load(parameters));
	EXPECT_TRUE(log_says(log, words, count)) {
		TH_LOG("with '%s'", parameters);
	}
	close(log);
}

/* One line tells which version it is, and what is on. */
TEST_F(load, is_told)
{
	static const char *const usual[] = {
		"400 (x86-64)", "390 (i386)", "/ns/pidns_id listed", "/proc/translate_pid on", "confine off",
		"ancestors off",
	};
	static const char *const other[] = {
		"401 (x86-64)", "-1 (i386)", "/ns/pidns_id hidden", "/proc/translate_pid off", "confine on",
		"ancestors on",
	};

	expect_said(_metadata, "", usual, ARRAY_SIZE(usual));
	module_must_unload();
	expect_said(_metadata, "syscall_x86_64=401 syscall_i386=-1 link=hidden proc=0 confine=1 ancestors=1",
		    other, ARRAY_SIZE(other));
}

TEST_F(load, appears_and_disappears)
{
	char text[64];

	EXPECT_FALSE(module_is_loaded());
	EXPECT_EQ(-1, access(TRANSLATE_PID_DEVICE, F_OK));
	EXPECT_EQ(-ENOENT, observe_read("/proc/pidns_id", text, sizeof(text)));
	EXPECT_EQ(-ENOENT, module_unload());

	ASSERT_EQ(0, module_load(""));
	EXPECT_TRUE(module_is_loaded());
	EXPECT_EQ(1, observe_read("/proc/pidns_id", text, sizeof(text)));
	check_alive(_metadata);
	translate_device_close();

	ASSERT_EQ(0, module_unload());
	EXPECT_FALSE(module_is_loaded());
	EXPECT_EQ(-1, access(TRANSLATE_PID_DEVICE, F_OK));
	EXPECT_EQ(-ENOENT, observe_read("/proc/pidns_id", text, sizeof(text)));
}

TEST_F(load, twice)
{
	module_must_load("");
	EXPECT_EQ(-EEXIST, module_load(""));
	EXPECT_EQ(-EEXIST, module_load("confine=1"));
	check_alive(_metadata);
}

TEST_F(load, open_descriptors_keep_it)
{
	struct node *holder = node_spawn(NULL, CLONE_NEWPID);
	int fd, copy;

	module_must_load("");
	fd = open(TRANSLATE_PID_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-EAGAIN, module_unload());
	copy = dup(fd);
	close(fd);
	EXPECT_EQ(-EAGAIN, module_unload());
	node_give_fd(holder, copy);
	close(copy);
	EXPECT_EQ(-EAGAIN, module_unload());
	check_alive(_metadata);
	translate_device_close();
	EXPECT_EQ(-EAGAIN, module_unload());
	/* With the last process that has it, it is free. */
	node_destroy(holder);
	EXPECT_EQ(0, module_unload());
}

/* A file of /proc does not keep the module, so it must do without it. */
TEST_F(load, open_proc_file)
{
	char text[64];
	int fd;

	module_must_load("");
	fd = open("/proc/pidns_id", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	ASSERT_EQ(2, read(fd, text, sizeof(text)));
	ASSERT_EQ(0, module_unload());
	EXPECT_GE(0, pread(fd, text, sizeof(text), 0));
	module_must_load("");
	EXPECT_GE(0, pread(fd, text, sizeof(text), 0));
	close(fd);
	ASSERT_EQ(1, observe_read("/proc/pidns_id", text, sizeof(text)));
}

/* What the watcher of a load has seen. */
struct watch {
	bool end;
	unsigned int loads;
	/* The file was there while the load could still fail; it could be opened then. */
	unsigned int listed, opened;
};

static bool module_is_coming(void)
{
	char state[16];

	return observe_read("/sys/module/translate_pid/initstate", state, sizeof(state)) >= 0 &&
	       !strncmp(state, "coming", 6);
}

static int watch_loads(void *argument)
{
	struct watch *watch = argument;

	while (!__atomic_load_n(&watch->end, __ATOMIC_RELAXED)) {
		unsigned int load = __atomic_load_n(&watch->loads, __ATOMIC_ACQUIRE);
		bool listed = !access("/proc/pidns_id", F_OK);
		int fd = open("/proc/pidns_id", O_RDONLY | O_CLOEXEC);

		/* Asked last: a load that is still on its way was then. */
		if (module_is_coming() &&
		    load == __atomic_load_n(&watch->loads, __ATOMIC_ACQUIRE)) {
			watch->listed += listed;
			watch->opened += fd >= 0;
		}
		if (fd >= 0)
			close(fd);
	}
	return 0;
}

/* A load that fails would have to wait for readers, who may sleep for ever. */
TEST_F_TIMEOUT(load, proc_file_opens_after_the_load, 300)
{
	struct watch *watch = shared_memory(sizeof(*watch));
	pid_t watcher = child_start(watch_loads, watch);

	for (int cycles = 0; cycles < CYCLES && !__atomic_load_n(&watch->listed, __ATOMIC_RELAXED);
	     cycles++) {
		__atomic_fetch_add(&watch->loads, 1, __ATOMIC_RELEASE);
		module_must_load("");
		module_must_unload();
	}
	__atomic_store_n(&watch->end, true, __ATOMIC_RELAXED);
	EXPECT_EQ(0, child_wait(watcher));
	EXPECT_LT(0, watch->listed);
	EXPECT_EQ(0, watch->opened);
}

TEST_F(load, parameters_that_make_no_sense)
{
	EXPECT_EQ(-EINVAL, module_load("confine=perhaps"));
	EXPECT_EQ(-EINVAL, module_load("namespaces=many"));
	EXPECT_NE(0, module_load("namespaces=-1"));
	EXPECT_FALSE(module_is_loaded());
}

/* More namespaces than the table was sized for are slower, not wrong. */
TEST_F(load, small_table)
{
	struct node *nodes[40];
	__u64 ids[40];

	module_must_load("namespaces=1");
	for (int i = 0; i < 40; i++) {
		nodes[i] = node_spawn(NULL, CLONE_NEWPID);
		ids[i] = node_ns_id(nodes[i]);
	}
	for (int i = 0; i < 40; i++)
		EXPECT_EQ(nodes[i]->pid, interface->translate(1, ids[i], 0));
	for (int i = 0; i < 40; i += 2)
		node_destroy(nodes[i]);
	for (int i = 0; i < 40; i += 2)
		EXPECT_TRUE(id_dies(ids[i]));
	for (int i = 1; i < 40; i += 2)
		EXPECT_EQ(nodes[i]->pid, interface->translate(1, ids[i], 0));
}

/* Namespaces that are older than the module get their ids all the same. */
TEST_F(load, older_namespaces)
{
	struct node *chain[6], *sibling, *unborn, *dead;
	struct translate_pid_info info;
	pid_t numbers[PID_NS_LEVELS];
	__u64 ids[9];
	int fds[2];

	node_spawn_chain(NULL, chain, 6);
	sibling = node_spawn(chain[2], CLONE_NEWPID);
	unborn = node_spawn(NULL, 0);
	node_unshare(unborn, CLONE_NEWPID);
	fds[0] = observe_open_ns(unborn->pid, "pid_for_children");
	dead = node_spawn(NULL, CLONE_NEWPID);
	fds[1] = observe_open_ns(dead->pid, "pid");
	node_destroy(dead);

	module_must_load("");
	ASSERT_EQ(0, translate_get_info(&info));
	EXPECT_EQ(1 + 9, info.namespaces);
	for (int i = 0; i < 6; i++)
		ids[i] = node_ns_id(chain[i]);
	ids[6] = node_ns_id(sibling);
	for (int i = 0; i < 2; i++)
		ASSERT_EQ(0, interface->get_id(TRANSLATE_PID_BY_NSFD, fds[i],
					       &ids[7 + i], NULL));
	for (int i = 0; i < 9; i++) {
		EXPECT_NE(0, ids[i]);
		for (int j = 0; j < i; j++)
			EXPECT_NE(ids[j], ids[i]);
	}
	ASSERT_EQ(7, observe_numbers(chain[5]->pid, numbers));
	for (int i = 0; i < 6; i++) {
		EXPECT_EQ(numbers[i + 1], interface->translate(1, ids[5], ids[i]));
		EXPECT_EQ(1, interface->translate(numbers[i + 1], ids[i], ids[5]));
	}
	EXPECT_EQ(sibling->in_parent, interface->translate(1, ids[6], ids[2]));
	EXPECT_EQ(0, interface->translate(1, ids[6], ids[5]));

	/* Their end is noticed as well. */
	close(fds[0]);
	close(fds[1]);
	node_destroy(unborn);
	node_destroy(chain[0]);
	for (int i = 0; i < 9; i++)
		EXPECT_TRUE(id_dies(ids[i]));
	EXPECT_EQ(1, namespace_count_settles(1));
}

TEST_F(load, new_ids_each_time)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u64 ids[5], generations[5];

	for (int i = 0; i < 5; i++) {
		module_must_load("");
		ids[i] = node_ns_id(init);
		generations[i] = id_generation();
		EXPECT_NE(0, ids[i]);
		EXPECT_NE(0, generations[i]);
		for (int j = 0; j < i; j++) {
			EXPECT_NE(ids[j], ids[i]);
			EXPECT_NE(generations[j], generations[i]);
			EXPECT_EQ(-EINVAL, interface->translate(1, ids[j], 0));
		}
		translate_device_close();
		ASSERT_EQ(0, module_unload());
	}
}

/* Makes nested namespaces for ever, and leaves some time to the others. */
static void __attribute__((noreturn)) churn(void)
{
	for (;; usleep(1000)) {
		pid_t pid = child_clone(CLONE_NEWPID);

		if (!pid) {
			pid = child_clone(CLONE_NEWPID);
			if (!pid)
				_exit(0);
			waitpid(pid, NULL, 0);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
}

/*
 * Opens, translates, closes, and lets the module go for a moment; it ends with
 * an answer that may not be.
 */
static void __attribute__((noreturn)) translate_for_ever(void)
{
	for (;; usleep(2000)) {
		long answer = interface->translate(1, 0, 0);

		translate_device_close();
		if (answer != 1 && answer != -ENOENT && answer != -ENODEV &&
		    answer != -ENXIO)
			_exit(1);
	}
}

/* Also while callers are on their way in or out. */
TEST_F_TIMEOUT(load, over_and_over_under_load, 3600)
{
	const char *seconds = getenv("TRANSLATE_PID_LOAD_SECONDS");
	void (*const work[])(void) = { churn, churn, translate_for_ever };
	pid_t workers[ARRAY_SIZE(work)];
	__u64 end = observe_clock_ms() +
		    1000ULL * (seconds ? atoi(seconds) : SECONDS);
	__u64 loading = 0, unloading = 0;
	int cycles = 0, busy = 0;

	for (size_t i = 0; i < ARRAY_SIZE(work); i++) {
		workers[i] = fork();
		ASSERT_LE(0, workers[i]);
		if (!workers[i]) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			work[i]();
		}
	}
	while (cycles < FEWEST_CYCLES ||
	       ((seconds || cycles < CYCLES) && observe_clock_ms() < end)) {
		__u64 start = observe_clock_ms();
		long error = module_load("");

		ASSERT_EQ(0, error);
		loading += observe_clock_ms() - start;
		EXPECT_EQ(1, interface->translate(1, 0, 0));
		translate_device_close();
		start = observe_clock_ms();
		/* No waiting: a descriptor is open for a moment only. */
		do {
			error = module_unload();
			busy += error == -EAGAIN;
		} while (error == -EAGAIN);
		ASSERT_EQ(0, error);
		unloading += observe_clock_ms() - start;
		cycles++;
	}
	for (size_t i = 0; i < ARRAY_SIZE(work); i++) {
		int status;

		EXPECT_EQ(0, waitpid(workers[i], &status, WNOHANG)) {
			TH_LOG("worker %zu ended early", i);
		}
		kill(workers[i], SIGKILL);
		waitpid(workers[i], NULL, 0);
	}
	TH_LOG("%d times loaded (%llu ms) and unloaded (%llu ms), %d times refused as in use",
	       cycles, (unsigned long long)loading / cycles,
	       (unsigned long long)unloading / cycles, busy);
	module_must_load("");
	/* What the workers left behind is going away. */
	EXPECT_EQ(1, namespace_count_settles(1));
	check_alive(_metadata);
}

TEST_HARNESS_MAIN
