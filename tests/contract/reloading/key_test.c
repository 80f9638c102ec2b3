// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's parameter key=: with the same key, ids are the same after each
 * load. Leaves the module unloaded.
 *
 * RUNS: on one ABI, because loading is no matter of the ABI.
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <stdatomic.h>

#include "child.h"
#include "module.h"
#include "test.h"

/* Loading under load ends after so many cycles or seconds, but not before the fewest. */
#define CYCLES		200
#define SECONDS		5
#define FEWEST_CYCLES	3

#define KEY		"key=000102030405060708090a0b0c0d0e0f"
#define SAME_KEY	"key=000102030405060708090A0B0C0D0E0F"
#define OTHER_KEY	"key=000102030405060708090a0b0c0d0e1f"

FIXTURE(key)
{
};

FIXTURE_SETUP(key)
{
	translate_device_close();
	module_must_unload();
}

FIXTURE_TEARDOWN(key)
{
	nodes_destroy();
	translate_device_close();
	module_must_unload();
}

static const struct translate_interface *const interface = &translate_by_ioctl;

TEST_F(key, gives_the_same_ids_again)
{
	static const char *const same[] = {
		SAME_KEY, KEY " namespaces=1", "confine=1 " KEY, OTHER_KEY " " KEY,
	};
	static const char *const others[] = { OTHER_KEY, "", "" };
	struct node *chain[4], *younger;
	__u64 ids[4], younger_id, first;

	node_spawn_chain(NULL, chain, 4);
	module_must_load(KEY);
	first = id_generation();
	for (int i = 0; i < 4; i++)
		ids[i] = node_ns_id(chain[i]);
	younger = node_spawn(chain[1], CLONE_NEWPID);
	younger_id = node_ns_id(younger);

	for (size_t load = 0; load < ARRAY_SIZE(same); load++) {
		/* It dies while nobody looks, and its id is nobody's later. */
		struct node *passing = node_spawn(NULL, CLONE_NEWPID);
		__u64 passing_id = node_ns_id(passing);

		module_must_unload();
		node_destroy(passing);
		module_must_load(same[load]);
		EXPECT_EQ(first, id_generation());
		for (int i = 0; i < 4; i++) {
			EXPECT_EQ(ids[i], node_ns_id(chain[i]));
			EXPECT_EQ(chain[i]->pid, interface->translate(1, ids[i], 0));
		}
		EXPECT_EQ(younger_id, node_ns_id(younger));
		EXPECT_EQ(younger->in_parent, interface->translate(1, younger_id, ids[1]));
		EXPECT_TRUE(id_dies(passing_id));
	}
	for (size_t load = 0; load < ARRAY_SIZE(others); load++) {
		module_must_reload(others[load]);
		EXPECT_NE(first, id_generation());
		for (int i = 0; i < 4; i++) {
			EXPECT_NE(ids[i], node_ns_id(chain[i]));
			EXPECT_EQ(-EINVAL, interface->translate(1, ids[i], 0));
		}
		first = id_generation();
	}
}

TEST_F(key, must_be_one)
{
	static const char *const none[] = {
		"key", "key=", "key=0",
		"key=000102030405060708090a0b0c0d0e0",
		"key=000102030405060708090a0b0c0d0e0f0",
		"key=0x0102030405060708090a0b0c0d0e0f",
		"key=000102030405060708090a0b0c0d0e0g",
		"key=\" 00102030405060708090a0b0c0d0e0f\"",
		KEY " key=000102030405060708090a0b0c0d0e0",
	};
	static const char *const sentence[] = {
		"the parameter key must be 32 hexadecimal digits; not loading",
	};
	/* What all of the longer ones have. */
	static const char *const digits[] = { "0405060708090a0b0c" };

	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		int log = log_open(), same = log_open();

		EXPECT_EQ(-EINVAL, module_load(none[i])) {
			TH_LOG("%s", none[i]);
		}
		EXPECT_TRUE(log_says(log, sentence, 1)) {
			TH_LOG("%s", none[i]);
		}
		EXPECT_FALSE(log_says(same, digits, 1)) {
			TH_LOG("%s is in the log", none[i]);
		}
		close(log);
		close(same);
	}
	EXPECT_FALSE(module_is_loaded());
}

/* Neither sysfs nor the log has a key that is one. */
TEST_F(key, is_kept_secret)
{
	static const char *const digits[] = { "0405060708090a0b0c" };
	int log = log_open();

	module_must_load(KEY);
	EXPECT_EQ(0, access("/sys/module/translate_pid/parameters/namespaces", F_OK));
	EXPECT_EQ(-1, access("/sys/module/translate_pid/parameters/key", F_OK));
	module_must_unload();
	EXPECT_EQ(-EINVAL, module_load(KEY " confine=perhaps"));
	EXPECT_FALSE(log_says(log, digits, 1));
	close(log);
}

/* Namespaces whose ids live through all loads, and who asks for them. */
#define LASTING	6

struct lasting {
	__u64 ids[LASTING];
	pid_t pids[LASTING];
	atomic_bool stop;
	atomic_ulong right, absent, wrong;
	/* Of churning namespaces, one after the other. */
	atomic_ulong born;
};

/* Whether the module was not there, or was about to go. */
static bool is_absence(long answer)
{
	return answer == -ENOENT || answer == -ENODEV || answer == -ENXIO;
}

static int ask_for_lasting(void *argument)
{
	struct lasting *lasting = argument;

	for (unsigned int i = 0; !lasting->stop; i++) {
		unsigned int one = i % LASTING, other = (i / LASTING) % LASTING;
		/* A chain: each is seen from those before it. */
		long expected = one < other ? 0 : one == other ? 1 : -1;
		long out = interface->translate(1, lasting->ids[one], 0);
		long answer = interface->translate(1, lasting->ids[one], lasting->ids[other]);

		translate_device_close();
		if (is_absence(out) || is_absence(answer))
			lasting->absent++;
		else if (out == lasting->pids[one] &&
			 (expected < 0 ? answer > 1 : answer == expected))
			lasting->right++;
		else
			lasting->wrong++;
		usleep(1000);
	}
	return 0;
}

/* The same id for a namespace, whoever is asked and when. */
static int give_birth(void *argument)
{
	struct lasting *lasting = argument;

	for (; !lasting->stop; usleep(1000)) {
		pid_t init = child_clone(CLONE_NEWPID);
		__u64 first = 0;

		if (!init)
			child_idle(NULL);
		for (int i = 0; i < 20; i++) {
			__u64 id = 0;
			long error = interface->get_id(TRANSLATE_PID_BY_PID, init, &id, NULL);
			long back = error ? error : interface->translate(1, id, 0);

			translate_device_close();
			if (is_absence(error) || is_absence(back))
				lasting->absent++;
			else if (error || !id || back != init || (first && id != first))
				lasting->wrong++;
			else
				lasting->right++;
			if (!error)
				first = id;
			usleep(5000);
		}
		child_kill(init);
		lasting->born++;
	}
	return 0;
}

TEST_F_TIMEOUT(key, under_load, 600)
{
	struct lasting *lasting = shared_memory(sizeof(*lasting));
	int (*const work[])(void *) = {
		ask_for_lasting, ask_for_lasting, give_birth, give_birth,
	};
	__u64 end = observe_clock_ms() + 1000 * SECONDS, first;
	pid_t workers[ARRAY_SIZE(work)];
	struct node *chain[LASTING];
	int cycles;

	node_spawn_chain(NULL, chain, LASTING);
	module_must_load(KEY);
	first = id_generation();
	for (int i = 0; i < LASTING; i++) {
		lasting->ids[i] = node_ns_id(chain[i]);
		lasting->pids[i] = chain[i]->pid;
	}
	translate_device_close();
	for (size_t i = 0; i < ARRAY_SIZE(work); i++)
		workers[i] = child_start(work[i], lasting);
	for (cycles = 0; cycles < FEWEST_CYCLES ||
	     (cycles < CYCLES && observe_clock_ms() < end); cycles++) {
		module_must_unload();
		module_must_load(KEY);
		EXPECT_EQ(first, id_generation());
		for (int i = 0; i < LASTING; i++)
			EXPECT_EQ(lasting->ids[i], node_ns_id(chain[i]));
		translate_device_close();
		usleep(20000);
	}
	lasting->stop = true;
	for (size_t i = 0; i < ARRAY_SIZE(work); i++)
		EXPECT_EQ(0, child_wait(workers[i]));
	EXPECT_EQ(0, lasting->wrong);
	EXPECT_LT(0, lasting->right);
	EXPECT_LT(0, lasting->absent);
	EXPECT_LT(0, lasting->born);
	TH_LOG("%d loads with the same key, %lu right answers, %lu without the module, %lu births",
	       cycles, lasting->right, lasting->absent, lasting->born);
}

TEST_HARNESS_MAIN
