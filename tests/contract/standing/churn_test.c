// SPDX-License-Identifier: GPL-2.0-only
/*
 * Namespaces come and go while several processes translate: with ids that are
 * alive, dying, dead or were never given. Every answer must be one that the
 * contract allows at some moment of the call, and in the end every counter is
 * back.
 *
 * Usage: churn_test [SECONDS]
 *
 * RUNS: on one ABI, because what meets in the module is no matter of the ABI.
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <stdarg.h>
#include <sys/prctl.h>

#include "child.h"
#include "population.h"
#include "random.h"
#include "test.h"

#define CHURNERS	3
#define TRANSLATORS	3
#define DEEPEST		4
#define NOBODY		65534

/* Rather more than any run may take; SECONDS says when this one ends. */
#define TIMEOUT		3600

static __u64 seconds = 10;

/* Shared by all processes of the test. */
static struct {
	__u64 deadline, latest;
	struct random random;
	__u32 crowded;		/* clones refused because of too many */
	__u32 failures;
	char first_failure[256];
	/* How often translators got which answer. */
	__u32 numbers, invisible, dying, dead, refused;
	__u32 inits;		/* namespaces whose init came so far as to have an id */
} *shared;

/* Otherwise it is no churn. */
#define INITS_WANTED	10

static __u32 count(__u32 *word)
{
	return __atomic_fetch_add(word, 1, __ATOMIC_ACQ_REL);
}

static void __printf(1, 2) fail(const char *format, ...)
{
	va_list args;

	if (count(&shared->failures))
		return;
	va_start(args, format);
	vsnprintf(shared->first_failure, sizeof(shared->first_failure), format,
		  args);
	va_end(args);
}

static bool time_is_up(void)
{
	__u64 now = observe_clock_ms();

	if (now < shared->deadline)
		return false;
	/* Where all is slow, it takes longer until there is something to judge. */
	return now >= shared->latest ||
	       (shared->inits > INITS_WANTED && shared->numbers &&
		shared->invisible && shared->dead && shared->refused);
}

static long translate(pid_t pid, __u64 source, __u64 target)
{
	return translate_by_ioctl.translate(pid, source, target);
}

/* -1 when the kernel refuses because there are too many already. */
static pid_t clone_process(__u64 flags)
{
	pid_t pid = child_clone(flags);

	if (pid < 0) {
		count(&shared->crowded);
		usleep(1000);
	}
	return pid;
}

/* Making namespaces. */

static void idle(void)
{
	for (;;)
		pause();
}

/* What an init knows about itself must hold as long as it lives. */
static void check_own_numbers(const struct member *member)
{
	long up = translate(1, member->id, TRANSLATE_PID_INIT_NS);
	long down = translate(member->host, TRANSLATE_PID_INIT_NS, member->id);
	long same = translate(1, member->id, member->id);

	if (up != member->host || down != 1 || same != 1)
		fail("live init %d of %llu: up %ld, down %ld, same %ld",
		     member->host, (unsigned long long)member->id, up, down,
		     same);
}

static bool make_namespace(struct random random, int parent, int depth,
			   int ready);

/* The init of a new namespace, with up to two children and a nested one. */
static void be_init(struct random random, int index, int depth, int ready)
{
	struct member *member = &population->members[index];
	long error = translate_by_ioctl.get_id(TRANSLATE_PID_BY_SELF, 0,
					       &member->id, NULL);
	bool leave, nested;

	member->host = observe_host_pid();
	if (error || member->host < 0) {
		fail("a new init has no id or no number: %ld, %d", error,
		     member->host);
		_exit(1);
	}
	population_publish(index);
	count(&shared->inits);
	check_own_numbers(member);
	for (int i = random_below(&random, 3); i > 0; i--)
		if (clone_process(0) == 0)
			idle();
	leave = !random_below(&random, 4);
	nested = make_namespace(random, index, depth - 1, ready);
	check_own_numbers(member);
	/* Either nothing more will come, or it will not come to its end. */
	if ((!nested || leave) && write(ready, "", 1) < 0)
		_exit(1);
	/* Some namespaces end by themselves, the others are killed. */
	if (!leave)
		idle();
	_exit(0);
}

static bool make_namespace(struct random random, int parent, int depth,
			   int ready)
{
	int index;
	pid_t pid;

	if (!depth || time_is_up())
		return false;
	index = population_claim(parent);
	if (index < 0)
		return false;
	random_next(&random);
	pid = clone_process(CLONE_NEWPID);
	if (pid == 0)
		be_init(random, index, depth, ready);
	if (pid > 0)
		__atomic_store_n(&population->members[index].in_parent, pid,
				 __ATOMIC_RELEASE);
	return pid > 0;
}

/* A namespace whose init is gone lives on behind a descriptor. */
static void outlive_init(pid_t init)
{
	int fd = observe_open_ns(init, "pid");
	__u64 id, again;
	long answer;

	kill(init, SIGKILL);
	waitpid(init, NULL, 0);
	if (fd < 0) {
		fail("/proc/%d/ns/pid: error %d", init, -fd);
		return;
	}
	if (translate_by_ioctl.get_id(TRANSLATE_PID_BY_NSFD, fd, &id, NULL) ||
	    translate_by_ioctl.get_id(TRANSLATE_PID_BY_ID, id, &again, NULL) ||
	    again != id)
		fail("a namespace lost its id with its init");
	answer = translate(1, id, TRANSLATE_PID_INIT_NS);
	if (answer != -ESRCH)
		fail("pid 1 of a namespace without processes: %ld", answer);
	close(fd);
}

static void churn(struct random random)
{
	int ready[2];

	while (!time_is_up()) {
		struct pollfd event = { .events = POLLIN };
		int index = population_claim(-1);
		int depth = 1 + random_below(&random, DEEPEST);
		__u32 ending = random_below(&random, 4);
		pid_t init;

		if (index < 0)
			return;
		if (pipe2(ready, O_CLOEXEC))
			observe_die("no pipe: %s", strerror(errno));
		random_next(&random);
		init = clone_process(CLONE_NEWPID);
		if (init == 0)
			be_init(random, index, depth, ready[1]);
		close(ready[1]);
		event.fd = ready[0];
		/* The end of file comes when all writers are gone. */
		if (init > 0 && ending)
			poll(&event, 1, PATIENCE_MS);
		close(ready[0]);
		if (init < 0)
			continue;
		if (ending == 1) {
			outlive_init(init);
			continue;
		}
		kill(init, SIGKILL);
		waitpid(init, NULL, 0);
	}
}

/* Asking. */

static void count_answer(long answer)
{
	if (answer > 0)
		count(&shared->numbers);
	else if (answer == 0)
		count(&shared->invisible);
	else if (answer == -ESRCH)
		count(&shared->dying);
	else if (answer == -EINVAL)
		count(&shared->dead);
	else if (answer == -EPERM)
		count(&shared->refused);
}

static int choose_member(struct random *random)
{
	return population_choose(random, 24);
}

/* What one process was told, the others know before they ask. */
static bool is_known_dead(const struct member *member)
{
	return __atomic_load_n(&member->dead, __ATOMIC_ACQUIRE);
}

/* An id that was dead before the question may not be alive after it. */
static void check_death(struct member *member, bool was_dead, bool is_dead,
			const char *question)
{
	if (was_dead && !is_dead)
		fail("%s: dead id %llu is alive again", question,
		     (unsigned long long)member->id);
	if (is_dead && !was_dead)
		__atomic_store_n(&member->dead, 1, __ATOMIC_RELEASE);
}

static void ask_translation(struct random *random, int source)
{
	struct member *member = &population->members[source];
	int target = random_below(random, 4) ? choose_member(random) : -1;
	__u64 target_id = target < 0 ? TRANSLATE_PID_INIT_NS :
				       population->members[target].id;
	bool was_dead = is_known_dead(member);
	bool target_was_dead = target >= 0 && is_known_dead(&population->members[target]);
	long answer = translate(1, member->id, target_id);

	count_answer(answer);
	if (!population_allows(answer, source, target))
		fail("init %d of %llu in %llu: %ld", member->host,
		     (unsigned long long)member->id,
		     (unsigned long long)target_id, answer);
	if (answer != -EINVAL && (was_dead || target_was_dead))
		fail("pid 1 of %llu%s in %llu%s: %ld",
		     (unsigned long long)member->id, was_dead ? " (dead)" : "",
		     (unsigned long long)target_id,
		     target_was_dead ? " (dead)" : "", answer);
	if (target < 0 || target == source)
		check_death(member, was_dead, answer == -EINVAL, "translation");
}

static void ask_id(int index)
{
	struct member *member = &population->members[index];
	bool was_dead = is_known_dead(member);
	__u64 id = 0;
	long error = translate_by_ioctl.get_id(TRANSLATE_PID_BY_ID, member->id,
					       &id, NULL);

	if (error ? error != -EINVAL : id != member->id)
		fail("id %llu: error %ld, id %llu",
		     (unsigned long long)member->id, -error,
		     (unsigned long long)id);
	check_death(member, was_dead, error == -EINVAL, "id");
}

static void ask_process(int index)
{
	pid_t host = population->members[index].host;
	long error = translate_by_ioctl.get_id(TRANSLATE_PID_BY_PID, host, NULL,
					       NULL);
	long answer = translate(host, TRANSLATE_PID_INIT_NS,
				population->members[index].id);

	if (error && error != -ESRCH)
		fail("the namespace of process %d: error %ld", host, -error);
	/* The number may belong to somebody else by now. */
	if (answer < 0 && answer != -EINVAL && answer != -ESRCH)
		fail("process %d from outside: %ld", host, answer);
}

static void ask_nonsense(struct random *random)
{
	long answer = translate(1, random_next(random), TRANSLATE_PID_INIT_NS);

	if (answer != -EINVAL)
		fail("an id that was never given answers %ld", answer);
}

/* Otherwise churn gets little of the processors, and most ids are long dead. */
static void make_room(void)
{
	if (nice(10) < 0)
		observe_die("nice: %s", strerror(errno));
}

static void ask_counters(__u64 generation)
{
	struct translate_pid_info info = {};
	long error = translate_get_info(&info);

	if (error || info.generation != generation || !info.namespaces)
		fail("counters: error %ld, %llu namespaces, generation %llu", -error,
		     (unsigned long long)info.namespaces,
		     (unsigned long long)info.generation);
}

static void ask(struct random random)
{
	struct translate_pid_info info = {};

	translate_get_info(&info);
	make_room();
	while (!time_is_up()) {
		int index = choose_member(&random);
		__u32 kind = random_below(&random, 16);

		if (kind == 0)
			ask_nonsense(&random);
		else if (kind == 1)
			ask_counters(info.generation);
		else if (index < 0)
			sched_yield();
		else if (kind < 4)
			ask_id(index);
		else if (kind < 6)
			ask_process(index);
		else
			ask_translation(&random, index);
	}
}

/* The inits belong to root: nobody may use an id, dying or not. */
static void ask_as_nobody(struct random random)
{
	if (setgid(NOBODY) || setuid(NOBODY))
		observe_die("cannot become nobody: %s", strerror(errno));
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	make_room();
	while (!time_is_up()) {
		int index = choose_member(&random);
		long answer;

		if (index < 0) {
			sched_yield();
			continue;
		}
		answer = translate(1, population->members[index].id,
				   TRANSLATE_PID_INIT_NS);
		count_answer(answer);
		if (answer != -EPERM && answer != -EINVAL)
			fail("nobody was told %ld", answer);
	}
}

/* The test. */

static pid_t start(void (*work)(struct random), __u64 flags)
{
	struct random random = { .state = random_next(&shared->random) };
	pid_t pid = clone_process(flags);

	if (pid < 0)
		observe_die("no process: %s", strerror(errno));
	if (pid == 0) {
		work(random);
		_exit(0);
	}
	return pid;
}

FIXTURE(churn)
{
	struct translate_pid_info before, after;
	pid_t workers[CHURNERS + TRANSLATORS + 2];
};

FIXTURE_SETUP(churn)
{
	population_new();
	shared = shared_memory(sizeof(*shared));
	shared->random = random_start();
	shared->deadline = observe_clock_ms() + seconds * 1000;
	shared->latest = shared->deadline + 9 * seconds * 1000;
}

FIXTURE_TEARDOWN(churn)
{
}

TEST_F_TIMEOUT(churn, every_answer_is_allowed_and_counters_return, TIMEOUT)
{
	int workers = 0, status;
	size_t published;

	ASSERT_EQ(0, translate_get_info(&self->before));
	for (int i = 0; i < CHURNERS; i++)
		self->workers[workers++] = start(churn, 0);
	for (int i = 0; i < TRANSLATORS; i++)
		self->workers[workers++] = start(ask, 0);
	self->workers[workers++] = start(ask, CLONE_NEWPID);
	self->workers[workers++] = start(ask_as_nobody, 0);
	for (int i = 0; i < workers; i++) {
		ASSERT_EQ(self->workers[i],
			  waitpid(self->workers[i], &status, 0));
		EXPECT_EQ(0, status);
	}

	EXPECT_EQ(0, shared->failures)
	TH_LOG("first of %u failures: %s", shared->failures,
	       shared->first_failure);
	EXPECT_EQ(self->before.namespaces,
		  namespace_count_settles(self->before.namespaces));
	ASSERT_EQ(0, translate_get_info(&self->after));

	EXPECT_EQ(self->before.generation, self->after.generation);

	/* No two namespaces got the same id. */
	published = population_count_ids();
	EXPECT_GE(population->claimed, published);

	TH_LOG("%zu namespaces, %u clones refused", published, shared->crowded);
	TH_LOG("answers: %u numbers, %u invisible, %u dying, %u dead, %u refused",
	       shared->numbers, shared->invisible, shared->dying, shared->dead,
	       shared->refused);
	EXPECT_LT(INITS_WANTED, published);
	EXPECT_LT(0, shared->numbers);
	EXPECT_LT(0, shared->invisible);
	EXPECT_LT(0, shared->dead);
	EXPECT_LT(0, shared->refused);
}

int main(int argc, char **argv)
{
	if (argc > 1 && isdigit(argv[1][0])) {
		seconds = atoi(argv[1]);
		argv[1] = argv[0];
		argc--;
		argv++;
	}
	return test_harness_run(argc, argv);
}
