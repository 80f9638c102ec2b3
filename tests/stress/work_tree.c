// SPDX-License-Identifier: GPL-2.0-only
/*
 * Namespaces in namespaces, with orphans, that end at any level: by themselves,
 * by a kill, or with everything above them.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "board.h"
#include "observe.h"

#define DEEPEST		32

/* One tree: a chain of namespaces. */
struct plan {
	int depth;
	int killed;		/* the level whose init its parent kills, or 0 */
	int ready;		/* gets a byte when nothing more will come */
};

static void __attribute__((noreturn)) idle(void)
{
	for (;;)
		pause();
}

/* What an init knows about itself holds as long as it lives. */
static void check_own_numbers(struct random *random, const struct member *own)
{
	long up = board_translate(random, 1, own->id, TRANSLATE_PID_INIT_NS);
	long down = board_translate(random, own->host, TRANSLATE_PID_INIT_NS,
				    own->id);
	long same = board_translate(random, 1, own->id, own->id);

	if (up != own->host || down != 1 || same != 1)
		board_fail("live init %d of %llu: up %ld, down %ld, same %ld",
			   own->host, own->id, up, down, same);
}

static void introduce(struct random *random, int index)
{
	struct member *own = &population->members[index];
	long error = translate_by_ioctl.get_id(TRANSLATE_PID_BY_SELF, 0,
					       &own->id, &own->ns_id);
	struct stat stat_of_ns;

	own->host = observe_host_pid();
	if (error || own->host < 0 || stat("/proc/self/ns/pid", &stat_of_ns)) {
		/* Injected or real shortage of memory is no wrong answer. */
		if (error != -ENOMEM && error != -EMFILE && error != -ENFILE)
			board_fail("a new init: id %ld, pid %d, errno %d",
				   error, own->host, errno);
		_exit(1);
	}
	own->inode = stat_of_ns.st_ino;
	board_publish(index);
	check_own_numbers(random, own);
}

/* Some stay, and some leave a child to the init, or a zombie. */
static void make_company(struct random *random)
{
	for (int i = random_below(random, 3); i > 0; i--) {
		pid_t pid = board_clone(0);

		if (pid == 0) {
			if (random_below(random, 2)) {
				pid = fork();
				if (pid)
					_exit(0);
			}
			idle();
		}
	}
}

/* Its init is reaped: no number 1 is in it any more, or it is gone. */
static void check_ended(struct random *random, const struct member *member)
{
	long answer = board_translate(random, 1, member->id,
				      TRANSLATE_PID_INIT_NS);

	if (answer != -ESRCH && answer != -EINVAL)
		board_fail("pid 1 of %llu, whose init was reaped: %ld",
			   member->id, answer);
}

static pid_t make_level(struct random *random, const struct plan *plan,
			int parent, int level, int *index);

static void __attribute__((noreturn)) be_init(struct random random,
					      const struct plan *plan,
					      int index, int level)
{
	int nested = -1;
	pid_t child;

	introduce(&random, index);
	make_company(&random);
	child = make_level(&random, plan, index, level + 1, &nested);
	if (child > 0 && plan->killed == level + 1) {
		usleep(random_below(&random, 3000));
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		board_count(INIT_KILLS, 1);
		if (population->members[nested].published)
			check_ended(&random, &population->members[nested]);
		child = -1;
	}
	check_own_numbers(&random, &population->members[index]);
	/* The deepest speaks, or who has nothing below it. */
	if (child < 0 && write(plan->ready, "", 1) < 0)
		_exit(1);
	/* A few end by themselves, and take along what is in them. */
	if (!random_below(&random, 16))
		_exit(0);
	idle();
}

static pid_t make_level(struct random *random, const struct plan *plan,
			int parent, int level, int *index)
{
	pid_t pid;

	if (level > plan->depth || board_is_closing())
		return -1;
	*index = population_claim(parent);
	if (*index < 0)
		return -1;
	random_next(random);
	pid = board_clone(CLONE_NEWPID);
	if (pid == 0)
		be_init(*random, plan, *index, level);
	if (pid > 0)
		__atomic_store_n(&population->members[*index].in_parent, pid,
				 __ATOMIC_RELEASE);
	return pid;
}

/* A namespace that a descriptor keeps when its init is gone. */
static int hold(const struct member *member)
{
	return translate_by_ioctl.open_ns(TRANSLATE_PID_BY_ID, member->id);
}

static void check_held(struct random *random, const struct member *member,
		       int fd)
{
	__u64 id = 0, again = 0;

	check_ended(random, member);
	if (translate_by_ioctl.get_id(TRANSLATE_PID_BY_NSFD, fd, &id, NULL) ||
	    id != member->id ||
	    translate_by_ioctl.get_id(TRANSLATE_PID_BY_ID, id, &again, NULL) ||
	    again != id)
		board_fail("%llu lost its id with its init", member->id);
	close(fd);
}

static void grow(struct random *random, int depth)
{
	struct pollfd event = { .events = POLLIN };
	struct plan plan = {
		.depth = depth,
		.killed = random_below(random, 2) ?
			  2 + random_below(random, depth) : 0,
	};
	int ready[2], index = -1, fd = -1;
	pid_t init;

	if (pipe2(ready, O_CLOEXEC))
		observe_die("no pipe");
	plan.ready = ready[1];
	init = make_level(random, &plan, -1, 1, &index);
	close(ready[1]);
	event.fd = ready[0];
	/* The end of file comes when all writers are gone. */
	if (init > 0 && random_below(random, 8))
		poll(&event, 1, PATIENCE_MS);
	close(ready[0]);
	if (init < 0)
		return;
	if (population->members[index].published && !random_below(random, 3))
		fd = hold(&population->members[index]);
	kill(init, SIGKILL);
	waitpid(init, NULL, 0);
	board_count(INIT_KILLS, 1);
	if (fd >= 0)
		check_held(random, &population->members[index], fd);
}

void work_tree(struct random *random)
{
	/* Mostly flat, and every now and then to the bottom. */
	int depth = random_below(random, 12) ? 1 + random_below(random, 5) :
		    1 + random_below(random, DEEPEST);

	grow(random, depth);
}

/* Many at a time, each only for a moment. */
void work_crowd(struct random *random)
{
	pid_t pids[16];
	int count = 4 + random_below(random, 12);

	for (int i = 0; i < count; i++) {
		int index = population_claim(-1);

		if (index < 0)
			return;
		random_next(random);
		pids[i] = board_clone(CLONE_NEWPID);
		if (pids[i] == 0) {
			introduce(random, index);
			_exit(0);
		}
	}
	for (int i = 0; i < count; i++)
		if (pids[i] > 0)
			waitpid(pids[i], NULL, 0);
}
