// SPDX-License-Identifier: GPL-2.0-only
/*
 * Inits that die while they are asked for. The answer may be outdated by the
 * time it arrives; the 2020 text says how a caller then finds out: with a pidfd
 * and a comparison of namespaces.
 *
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "child.h"
#include "ns_question.h"
#include "test.h"

#define ASKERS		3
#define GENERATIONS	20

enum phase { NOTHING, ALIVE, DYING, REAPED };

/* One init after another, each the target of all askers. */
struct scene {
	/* Generation and phase in one word, so that both are of one moment. */
	atomic_ulong state;
	pid_t pid;
	__u64 id;
	int nsfd;
	ino_t inode;
	atomic_bool stop;
	atomic_ulong alive;	/* answers while it certainly lived */
	atomic_ulong gone;	/* answers when it certainly did not */
	atomic_ulong verified;	/* by pidfd and namespace */
	atomic_ulong outdated;	/* recognised as such */
	atomic_ulong wrong;
};

FIXTURE(race) {
};

NAMING_VARIANTS(race);

FIXTURE_SETUP(race)
{
}

FIXTURE_TEARDOWN(race)
{
}

struct asker {
	const struct translate_interface *interface;
	struct scene *scene;
	pthread_t thread;
	bool by_id;
};

static unsigned long state_of(unsigned long generation, enum phase phase)
{
	return generation << 2 | phase;
}

static void complain(struct scene *scene, const char *what, long answer)
{
	if (!scene->wrong++)
		fprintf(stderr, "# %s, and the answer is %ld\n", what, answer);
}

/*
 * What a careful caller does with the number: true if it still is the init of
 * the namespace, and cannot become anybody else while the pidfd is open.
 */
static bool verify(struct scene *scene, ino_t inode, pid_t pid)
{
	struct pollfd exit = { .events = POLLIN };
	char path[64];
	struct stat stat_of_pid;
	bool same;

	exit.fd = syscall(__NR_pidfd_open, pid, 0);
	if (exit.fd < 0) {
		if (errno != ESRCH)
			complain(scene, "pidfd_open fails", -errno);
		return false;
	}
	snprintf(path, sizeof(path), "/proc/%d/ns/pid", pid);
	same = !stat(path, &stat_of_pid) && stat_of_pid.st_ino == inode;
	/* Not ended by now: what was read was read of this process. */
	same = same && poll(&exit, 1, 0) == 0;
	close(exit.fd);
	return same;
}

static void *ask_often(void *argument)
{
	struct asker *asker = argument;
	struct scene *scene = asker->scene;

	while (!scene->stop) {
		unsigned long before = scene->state, after;
		__u64 id = scene->id;
		int nsfd = scene->nsfd;
		ino_t inode = scene->inode;
		pid_t pid = scene->pid;
		bool verified = false;
		long answer;

		if ((before & 3) == NOTHING)
			continue;
		answer = asker->by_id ?
			 asker->interface->get_init_pid(TRANSLATE_PID_BY_ID, id) :
			 asker->interface->get_init_pid(TRANSLATE_PID_BY_NSFD, nsfd);
		if (answer > 0)
			verified = verify(scene, inode, answer);
		after = scene->state;
		if (before >> 2 != after >> 2 || (after & 3) == NOTHING)
			continue;	/* between two of them */
		if ((after & 3) == ALIVE) {
			scene->alive++;
			if (answer != pid)
				complain(scene, "the init lives", answer);
			else if (!verified)
				complain(scene, "it lives, but is not verified", answer);
		} else if ((before & 3) == REAPED) {
			scene->gone++;
			if (answer != -ESRCH)
				complain(scene, "it was reaped", answer);
		} else if (answer != pid && answer != -ESRCH) {
			complain(scene, "it dies", answer);
		}
		/* Nobody else is ever verified. */
		if (verified && answer != pid)
			complain(scene, "another one is verified", answer);
		scene->verified += verified;
		scene->outdated += answer > 0 && !verified;
	}
	return NULL;
}

/* Until all askers have had some answers in this phase. */
static void wait_for_answers(struct scene *scene, atomic_ulong *counter)
{
	unsigned long before = *counter;
	__u64 deadline = observe_clock_ms() + PATIENCE_MS;

	while (*counter < before + 2 * ASKERS && !scene->wrong)
		if (observe_clock_ms() > deadline)
			observe_die("nobody gets an answer any more");
}

/* A process that is pid 1 of a new namespace, and cheap. */
static pid_t start_init(void)
{
	pid_t pid = syscall(__NR_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);

	if (pid < 0)
		observe_die("clone failed: %s", strerror(errno));
	if (!pid)
		for (;;)
			pause();
	return pid;
}

TEST_F(race, single_threaded_init_dies)
{
	struct scene *scene = shared_memory(sizeof(*scene));
	struct asker askers[ASKERS];

	translate_device();
	for (int i = 0; i < ASKERS; i++) {
		askers[i] = (struct asker){
			.interface = variant->interface,
			.scene = scene,
			.by_id = i % 2,
		};
		ASSERT_EQ(0, pthread_create(&askers[i].thread, NULL, ask_often,
					    &askers[i]));
	}
	for (int generation = 1; generation <= GENERATIONS; generation++) {
		struct stat stat;

		scene->pid = start_init();
		scene->nsfd = observe_open_ns(scene->pid, "pid");
		ASSERT_LE(0, scene->nsfd);
		ASSERT_EQ(0, fstat(scene->nsfd, &stat));
		scene->inode = stat.st_ino;
		ASSERT_EQ(0, translate_by_ioctl.get_id(TRANSLATE_PID_BY_NSFD,
						       scene->nsfd, &scene->id,
						       NULL));
		scene->state = state_of(generation, ALIVE);
		wait_for_answers(scene, &scene->alive);
		scene->state = state_of(generation, DYING);
		kill(scene->pid, SIGKILL);
		if (generation % 2)
			usleep(500);
		ASSERT_EQ(scene->pid, waitpid(scene->pid, NULL, 0));
		scene->state = state_of(generation, REAPED);
		wait_for_answers(scene, &scene->gone);
		/* The number of the descriptor is not used again at once. */
		scene->state = state_of(generation, NOTHING);
		close(scene->nsfd);
		if (scene->wrong)
			break;
	}
	scene->stop = true;
	for (int i = 0; i < ASKERS; i++)
		pthread_join(askers[i].thread, NULL);
	EXPECT_EQ(0, scene->wrong);
	EXPECT_LT(0, scene->verified);
	TH_LOG("%lu verified, %lu recognised as outdated",
	       (unsigned long)scene->verified, (unsigned long)scene->outdated);
}

/*
 * The second case: threads of the init die and others go on. Whatever happens
 * among them, the init's number stays that of the thread group.
 */
struct replacement {
	const struct translate_interface *interface;
	__u64 id;
	atomic_bool stop;
	atomic_long wrong;
	atomic_ulong answers;
	long pid;
};

static void *watch_number(void *argument)
{
	struct replacement *r = argument;

	while (!r->stop) {
		long answer = r->interface->get_init_pid(TRANSLATE_PID_BY_ID, r->id);

		if (answer != r->pid)
			r->wrong = answer ?: -1;
		r->answers++;
	}
	return NULL;
}

TEST_F(race, multi_threaded_init_changes)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct replacement r = {
		.interface = variant->interface,
		.id = node_ns_id(init),
		.pid = init->pid,
	};
	pthread_t watcher;

	translate_device();
	ASSERT_EQ(0, pthread_create(&watcher, NULL, watch_number, &r));
	for (int round = 0; round < 10; round++) {
		node_thread(init);
		node_leave_leader(init);
		/* Ends the idle thread; the serving one becomes the leader. */
		node_exec(init);
	}
	r.stop = true;
	pthread_join(watcher, NULL);
	EXPECT_EQ(0, r.wrong) {
		TH_LOG("the answer was once %ld", (long)r.wrong);
	}
	EXPECT_LT(10, r.answers);
	nodes_destroy();
}

TEST_HARNESS_MAIN
