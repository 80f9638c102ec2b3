// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "caller.h"
#include "listing.h"
#include "ns_link.h"
#include "observe.h"
#include "translate.h"
#include "workload.h"

static void __attribute__((format(printf, 3, 4)))
check(struct workload *workload, bool right, const char *format, ...)
{
	va_list args;

	workload->checks++;
	if (right)
		return;
	workload->wrong++;
	fputs("# wrong: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

static pid_t pid_of(const struct node *node)
{
	return node ? node->pid : getpid();
}

unsigned long long workload_features(void)
{
	struct translate_pid_info info;
	long error = translate_get_info(&info);

	if (error)
		observe_die("no answer from the module: %s", strerror(-error));
	return info.features;
}

void workload_begin(struct workload *workload)
{
	struct node *chain[2];

	node_spawn_chain(NULL, chain, 2);
	*workload = (struct workload){
		.processes = { NULL, chain[0], chain[1], node_spawn(chain[1], 0) },
	};
}

/* All numbers of one process, from each namespace that sees it to each other. */
static void check_numbers(struct workload *workload, const struct node *node,
			  const struct translate_interface *interface)
{
	pid_t numbers[PID_NS_LEVELS];
	__u64 ids[WORKLOAD_PROCESSES];
	int levels = observe_numbers(pid_of(node), numbers);

	for (int level = 0; level < levels; level++)
		ids[level] = level ? node_ns_id(workload->processes[level]) : 0;
	check(workload, levels > 0, "/proc does not show process %d", pid_of(node));
	for (int source = 0; source < levels; source++)
		for (int target = 0; target < levels; target++) {
			long answer = interface->translate(numbers[source], ids[source],
							   ids[target]);

			check(workload, answer == numbers[target],
			      "%s: %d at level %d is %ld at level %d instead of %d",
			      interface->name, numbers[source], source, answer, target,
			      numbers[target]);
		}
}

static void check_refusals(struct workload *workload, const struct translate_interface *interface)
{
	long answer = interface->translate(1, ~0ULL, 0);

	check(workload, answer == -EINVAL, "%s: an unknown id gives %ld", interface->name, answer);
	answer = interface->translate(-1, 0, 0);
	check(workload, answer == -ESRCH, "%s: no process gives %ld", interface->name, answer);
}

static void check_birth_and_death(struct workload *workload)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u64 id = node_ns_id(init);
	long answer = translate_by_ioctl.translate(1, id, 0);

	check(workload, answer == init->pid, "a new init is %ld instead of %d", answer, init->pid);
	node_destroy(init);
	check(workload, id_dies(id), "the id of a dead namespace lives on");
}

static void check_link(struct workload *workload, struct node *node)
{
	char expected[NS_LINK_TEXT], text[64];

	ns_link_expected(node_ns_id(node), expected);
	check(workload, ns_link_of(pid_of(node), NS_LINK, text, sizeof(text)) > 0 &&
	      !strcmp(text, expected), "the link of %d is \"%s\" instead of \"%s\"",
	      pid_of(node), text, expected);
}

/* What the kernel itself shows there, whoever looks at it as well. */
static void check_kernel_links(struct workload *workload, struct node *node, bool with_ours)
{
	static const char *const names[] = { "pid", "user", "mnt", "uts" };
	struct listing listing = {};
	int directory = ns_directory(pid_of(node));

	check(workload, !listing_read(directory, 4096, &listing), "/proc/%d/ns cannot be listed",
	      pid_of(node));
	check(workload, listing_count(&listing, NS_LINK) == with_ours,
	      "/proc/%d/ns lists the link %zu times", pid_of(node),
	      listing_count(&listing, NS_LINK));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char expected[64], text[64] = "";
		struct stat status = {};

		check(workload, listing_count(&listing, names[i]) == 1,
		      "/proc/%d/ns lists \"%s\" %zu times", pid_of(node), names[i],
		      listing_count(&listing, names[i]));
		fstatat(directory, names[i], &status, 0);
		snprintf(expected, sizeof(expected), "%s:[%lu]", names[i],
			 (unsigned long)status.st_ino);
		ns_link_read(directory, names[i], text, sizeof(text));
		/* A neighbour's patch puts a word in front. */
		check(workload, strlen(text) >= strlen(expected) &&
		      !strcmp(text + strlen(text) - strlen(expected), expected),
		      "the link %s of %d is \"%s\" instead of \"%s\"", names[i], pid_of(node),
		      text, expected);
	}
	close(directory);
}

static void check_own_id(struct workload *workload, struct node *node)
{
	__u64 id = 0;
	long error = own_id_as(node, &id);

	check(workload, !error && id == node_ns_id(node), "/proc/pidns_id of %d is %llu, error %ld",
	      pid_of(node), (unsigned long long)id, error);
}

static void check_unassigned_number(struct workload *workload)
{
	long answer = syscall(UNASSIGNED_NUMBER);

	check(workload, answer == -1 && errno == ENOSYS, "system call %d answers %ld",
	      UNASSIGNED_NUMBER, answer);
}

void workload_check(struct workload *workload)
{
	unsigned long long features = workload_features();
	bool has_link = features & TRANSLATE_PID_FEATURE_PROC_LINK;

	for (int i = 0; i < WORKLOAD_PROCESSES; i++) {
		struct node *node = workload->processes[i];

		check_numbers(workload, node, &translate_by_ioctl);
		check_numbers(workload, node, &translate_by_library);
		if (features & TRANSLATE_PID_FEATURE_SYSCALL)
			check_numbers(workload, node, &translate_by_syscall);
		if (has_link)
			check_link(workload, node);
		check_kernel_links(workload, node, has_link);
		check_own_id(workload, node);
	}
	check_refusals(workload, &translate_by_ioctl);
	if (features & TRANSLATE_PID_FEATURE_SYSCALL)
		check_refusals(workload, &translate_by_syscall);
	check_unassigned_number(workload);
	check_birth_and_death(workload);
}

bool workload_is_right(void)
{
	struct workload workload;

	workload_begin(&workload);
	workload_check(&workload);
	nodes_destroy();
	return workload.checks > 100 && !workload.wrong;
}
