// SPDX-License-Identifier: GPL-2.0-only
/*
 * Watches nested containers from outside by means of translate_pid. Needs no
 * privilege: it must only be the user whom the containers belong to.
 *
 * Usage: monitor namespaces PID        namespaces from that of PID inwards
 *        monitor processes PID         their processes with all their pids
 *        monitor translate PID SOURCE TARGET
 *        monitor price PID             what a translation costs
 *
 * Given one pid, it finds everything else through the module. /proc is read
 * for names, and to check the answers.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"

#define NAMESPACES	8
/* Containers of the demo have no higher pids. */
#define HIGHEST_PID	50

struct namespace {
	__u64 id;
	char name[16];
	pid_t init;		/* its pid as the monitor sees it */
	int depth;
};

/* The first one is the monitor's own. */
static struct namespace namespaces[NAMESPACES] = { { .name = "outside" } };
static int count = 1;

/* A line "NAME:\tVALUE" of /proc/PID/status; the last newline is cut off. */
static void read_status(const char *pid, const char *name, char *value, size_t size)
{
	char path[64], line[256];
	FILE *status;

	value[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%s/status", pid);
	status = fopen(path, "r");
	if (!status)
		return;
	while (fgets(line, sizeof(line), status))
		if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':')
			snprintf(value, size, "%.*s", (int)strcspn(line + strlen(name) + 2, "\n"),
				 line + strlen(name) + 2);
	fclose(status);
}

static void read_name(pid_t pid, char *name, size_t size)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", pid);
	read_status(number, "Name", name, size);
}

static bool is_known(__u64 id)
{
	for (int i = 0; i < count; i++)
		if (namespaces[i].id == id)
			return true;
	return false;
}

/* Remembers the namespace of a process that the monitor sees as @pid. */
static void discover(pid_t pid)
{
	struct namespace *new = &namespaces[count];
	__u64 id;
	long error = id_of_process(pid, &id);

	if (error)
		give_up("the namespace of process %d has no id for us: %s.", pid,
			strerror(-error));
	if (is_known(id))
		return;
	if (count == NAMESPACES)
		give_up("there are more than %d namespaces.", NAMESPACES - 1);
	new->id = id;
	new->init = translate(1, id, TRANSLATE_PID_INIT_NS);
	read_name(new->init, new->name, sizeof(new->name));
	new->name[strcspn(new->name, "-")] = '\0';
	/* As deep as there are namespaces that see its init. */
	for (int i = 0; i < count; i++)
		new->depth += translate(1, id, namespaces[i].id) > 0;
	count++;
}

static void find_namespaces(pid_t first)
{
	discover(first);
	/* The list grows while it is walked. */
	for (int i = 1; i < count; i++)
		for (pid_t pid = 1; pid <= HIGHEST_PID; pid++) {
			long seen = translate(pid, namespaces[i].id, TRANSLATE_PID_INIT_NS);

			if (seen > 0)
				discover(seen);
		}
}

static void list_namespaces(void)
{
	char uid[64], capabilities[64];

	read_status("self", "Uid", uid, sizeof(uid));
	read_status("self", "CapEff", capabilities, sizeof(capabilities));
	uid[strcspn(uid, "\t")] = '\0';
	printf("   monitor runs as user %s, CapEff: %s\n\n", uid, capabilities);
	printf("   %-14s %20s   %s\n", "namespace", "id", "its pid 1 is here pid");
	for (int i = 0; i < count; i++) {
		printf("   %*s%-*s %20llu", 2 * namespaces[i].depth, "",
		       14 - 2 * namespaces[i].depth, namespaces[i].name,
		       (unsigned long long)namespaces[i].id);
		if (i)
			printf("   %d", namespaces[i].init);
		putchar('\n');
	}
}

/* The pids of a process, from /proc, as a check: those of all its namespaces. */
static void check_with_proc(pid_t pid, const long *numbers)
{
	char number[16], line[128], expected[128] = "";
	int length = 0;

	for (int i = 0; i < count; i++)
		if (numbers[i] > 0)
			length += snprintf(expected + length, sizeof(expected) - length, "%s%ld",
					   length ? "\t" : "", numbers[i]);
	snprintf(number, sizeof(number), "%d", pid);
	read_status(number, "NSpid", line, sizeof(line));
	if (strcmp(line, expected))
		give_up("process %d has the pids '%s', but /proc says '%s'.", pid, expected, line);
}

/* Every pid of the process must lead to every other one. */
static int check_all_ways(const long *numbers)
{
	int ways = 0;

	for (int source = 0; source < count; source++)
		for (int target = 0; target < count; target++) {
			long answer;

			if (numbers[source] <= 0)
				continue;
			answer = translate(numbers[source], namespaces[source].id,
					   namespaces[target].id);
			if (answer != numbers[target])
				give_up("pid %ld of %s is %ld in %s, expected %ld.",
					numbers[source], namespaces[source].name, answer,
					namespaces[target].name, numbers[target]);
			ways++;
		}
	return ways;
}

static void list_processes(void)
{
	int outermost = 1, ways = 0;

	printf("   %-16s", "process");
	for (int i = 0; i < count; i++)
		printf("%9s", namespaces[i].name);
	putchar('\n');
	/* All of them have a number in the outermost container. */
	for (pid_t pid = 1; pid <= HIGHEST_PID; pid++) {
		long numbers[NAMESPACES];
		char name[32];

		for (int i = 0; i < count; i++)
			numbers[i] = translate(pid, namespaces[outermost].id, namespaces[i].id);
		if (numbers[0] <= 0)
			continue;
		read_name(numbers[0], name, sizeof(name));
		printf("   %-16s", name);
		for (int i = 0; i < count; i++)
			if (numbers[i] > 0)
				printf("%9ld", numbers[i]);
			else
				printf("%9s", "-");
		putchar('\n');
		ways += check_all_ways(numbers);
		check_with_proc(numbers[0], numbers);
	}
	printf("\n   %d translations, up, down and across, agree with each other and with /proc.\n",
	       ways);
}

static void print_translation(char **words)
{
	long answer = translate(atoi(words[0]), strtoull(words[1], NULL, 10),
				strtoull(words[2], NULL, 10));

	if (answer < 0)
		give_up("%s (%s)", strerror(-answer), strerrorname_np(-answer));
	printf("%ld\n", answer);
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";

	if (argc == 5 && strcmp(command, "translate") == 0) {
		print_translation(argv + 2);
	} else if (argc == 3 && strcmp(command, "namespaces") == 0) {
		find_namespaces(atoi(argv[2]));
		list_namespaces();
	} else if (argc == 3 && strcmp(command, "processes") == 0) {
		find_namespaces(atoi(argv[2]));
		list_processes();
	} else if (argc == 3 && strcmp(command, "price") == 0) {
		find_namespaces(atoi(argv[2]));
		if (count < 4)
			give_up("three namespaces are needed, %d are there.", count - 1);
		print_prices(2, namespaces[count - 1].id, namespaces[count - 2].id);
	} else {
		fputs("Usage: monitor namespaces|processes|price PID\n"
		      "       monitor translate PID SOURCE TARGET\n", stderr);
		return 2;
	}
	return 0;
}
