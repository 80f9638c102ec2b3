// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/sched.h>

#include "births.h"
#include "child.h"
#include "lives.h"
#include "ns_link.h"
#include "observe.h"

long clone_newpid(struct scene *scene)
{
	struct clone_args args = { .flags = CLONE_NEWPID };
	long pid = syscall(__NR_clone3, &args, sizeof(args));

	(void)scene;
	if (!pid)
		child_idle(NULL);
	return result_of(pid);
}

bool newborn_has_id(struct scene *scene, long pid)
{
	char path[64], expected[NS_LINK_TEXT];

	scene->id = 0;
	if (translate_by_ioctl.get_id(TRANSLATE_PID_BY_PID, pid, &scene->id, NULL) || !scene->id)
		return false;
	ns_link_path(pid, NS_LINK, path, sizeof(path));
	ns_link_expected(scene->id, expected);
	return ns_link_read(AT_FDCWD, path, scene->text, sizeof(scene->text)) > 0 &&
	       !strcmp(scene->text, expected) &&
	       translate_by_ioctl.translate(1, scene->id, 0) == pid;
}

void end_newborn(struct scene *scene, long pid)
{
	(void)scene;
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
		;
}

void begin_watching(struct scene *scene)
{
	scene->child = watch_of(NULL, &translate_by_ioctl);
}

bool told_of_newborn(struct scene *scene, long pid)
{
	struct translate_pid_watch_record record;

	if (!newborn_has_id(scene, pid))
		return false;
	while (watch_next_of(scene->child, scene->id, &record))
		if (record.event == TRANSLATE_PID_EVENT_INIT_BORN)
			return record.init_pid == pid;
	return false;
}

void end_watched(struct scene *scene, long pid)
{
	end_newborn(scene, pid);
	close(scene->child);
}

void watch_a_birth(struct scene *scene)
{
	begin_watching(scene);
	scene->fresh = node_spawn(NULL, CLONE_NEWPID);
	/* Of this one or of another that is ending. */
	while (!watch_events(scene->child))
		usleep(1000);
}

long read_watch(struct scene *scene)
{
	return result_of(read(scene->child, scene->text, sizeof(struct translate_pid_watch_record)));
}

bool is_record(struct scene *scene, long result)
{
	struct translate_pid_watch_record record;

	memcpy(&record, scene->text, sizeof(record));
	return result == sizeof(record) && record.sequence == 1;
}

/* What could not be read is still there. */
void end_reading(struct scene *scene, long result)
{
	struct translate_pid_watch_record record;

	if (result < 0 && (!watch_next(scene->child, &record, PATIENCE_MS) || record.sequence != 1))
		observe_die("a record was lost when it could not be read");
	close(scene->child);
	node_destroy(scene->fresh);
}
