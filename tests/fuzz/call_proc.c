// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/pidns_id, whose text is known, and the link /proc/<pid>/ns/pidns_id,
 * where the kernel's own link "pid" says what ours must do.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "proc.h"

long or_error(long result)
{
	return result < 0 ? -errno : result;
}

size_t draw_buffer_size(struct worker *worker)
{
	switch (draw_below(worker, 8)) {
	case 0:
		return 0;
	case 1:
		return 4096;
	case 2:
		return draw_below(worker, 8000);
	default:
		return draw_below(worker, 40);
	}
}

/* Reading @length known bytes into the place. */
static answers expect_copy(const struct place *place, size_t length)
{
	return length && place->cannot_write ? SUCCESS | ANSWER(EFAULT) :
					       SUCCESS;
}

static const char *check_copy(struct worker *worker, const struct place *place,
			      const char *text, size_t length, long result)
{
	const unsigned char *seen = memory_seen(worker, place);

	if (result < 0)
		return NULL;
	if ((size_t)result > length)
		return "more than there is";
	if ((size_t)result < length && !place->cannot_write)
		return "less than there is";
	if (!memory_is_untouched(worker, place, true))
		return "memory beside the buffer was changed";
	if (result && (!seen || memcmp(seen, text, result)))
		return "another text";
	return NULL;
}

static void read_own_id(struct worker *worker, int fd, off_t *position)
{
	static const char zeros[8192];
	char text[32];
	size_t size = draw_buffer_size(worker), length, there;
	bool at_offset = draw_one_in(worker, 3);
	off_t offset = at_offset ? draw_below(worker, 30) : *position;
	struct place place;
	const char *complaint;
	answers allowed;
	long result;

	snprintf(text, sizeof(text), "%llu\n",
		 (unsigned long long)
			 worker->stage->spaces[worker->credentials->space].id);
	length = strlen(text);
	there = offset < (off_t)length ? length - offset : 0;
	if (there > size)
		there = size;
	place = memory_place(worker, draw_below(worker, PLACE_LATE_WRITE),
			     zeros, size, NULL);
	allowed = expect_copy(&place, there);
	/* The address is checked before anything is read. */
	if (place.cannot_write)
		allowed |= ANSWER(EFAULT);
	result = or_error(at_offset ? pread(fd, place.at, size, offset) :
				      read(fd, place.at, size));
	memory_settle(worker, &place);
	if (result > 0 && !at_offset)
		*position += result;
	complaint = unless_allowed(result, allowed);
	if (!complaint)
		complaint = check_copy(worker, &place, text + offset, there,
				       result);
	report(worker, CALL_PROC_PIDNS_ID, result, complaint, allowed,
	       "%s of /proc/pidns_id, %zu bytes from %lld on, to %p (%s)",
	       at_offset ? "pread" : "read", size, (long long)offset, place.at,
	       place_names[place.kind]);
}

static void seek_own_id(struct worker *worker, int fd, off_t *position)
{
	off_t offset = draw_one_in(worker, 4) ?
			       (__s32)random_next(&worker->random) :
			       (__s32)draw_below(worker, 40) - 8;
	int whence = draw_below(worker, 4);
	off_t wanted = whence == SEEK_CUR ? *position + offset : offset;
	answers allowed = SUCCESS;
	const char *complaint;
	long long result;

	if (whence > SEEK_CUR || wanted < 0)
		allowed = ANSWER(EINVAL);
	result = lseek(fd, offset, whence);
	if (result < 0)
		result = -errno;
	complaint = unless_allowed(result < 0 ? result : 0, allowed);
	if (!complaint && result >= 0 && result != wanted)
		complaint = "another position";
	if (result >= 0)
		*position = wanted;
	report(worker, CALL_PROC_PIDNS_ID, result < 0 ? result : 0, complaint,
	       allowed, "lseek of /proc/pidns_id to %lld, whence %d",
	       (long long)offset, whence);
}

void call_proc_pidns_id(struct worker *worker)
{
	int fd = open("/proc/pidns_id", O_RDONLY | O_CLOEXEC);
	off_t position = 0;

	if (fd < 0) {
		report(worker, CALL_PROC_PIDNS_ID, -errno, "cannot be opened",
		       SUCCESS, "open of /proc/pidns_id");
		return;
	}
	for (__u32 i = 4 + draw_below(worker, 20); i; i--) {
		if (draw_one_in(worker, 4))
			seek_own_id(worker, fd, &position);
		else
			read_own_id(worker, fd, &position);
	}
	close(fd);
}

void call_proc_prepare(struct worker *worker)
{
	const struct oracle *oracle = worker->stage->oracle;
	char path[64], text[64];

	for (int i = 0; i < oracle->pid_count; i++) {
		snprintf(path, sizeof(path), "/proc/%d/ns",
			 oracle->pids[i].numbers[0]);
		worker->directories[i] = open(path, O_PATH | O_CLOEXEC);
		worker->kernel_says[i] =
			or_error(readlinkat(worker->directories[i], MODEL, text,
					    sizeof(text)));
	}
}

struct subject draw_subject(struct worker *worker)
{
	const struct stage *stage = worker->stage;
	int index = draw_below(worker, stage->oracle->pid_count);
	const struct oracle_pid *pid = &stage->oracle->pids[index];
	struct subject subject = { .space = SPACES, .known = -1 };
	pid_t number = 0;

	switch (draw_below(worker, 16)) {
	case 0:
		subject.space = worker->credentials->space;
		strcpy(subject.directory, draw_one_in(worker, 2) ?
			       "/proc/self/ns" : "/proc/thread-self/ns");
		return subject;
	case 1:
		number = stage->live_pid[draw_below(worker, LIVE_IDS)];
		break;
	case 2:
		number = draw_pid(worker, SPACE_INITIAL);
		break;
	default:
		/* Sessions may have numbers that no process has. */
		if (worker->directories[index] >= 0) {
			subject.space = stage_space_of(stage, pid);
			subject.known = index;
		}
		number = pid->numbers[0];
		break;
	}
	snprintf(subject.directory, sizeof(subject.directory), "/proc/%d/ns",
		 number);
	return subject;
}

static answers like_model(const struct subject *subject, long model)
{
	if (subject->space == SPACES)
		return SUCCESS | GONE | (model < 0 ? ANSWER(-model) : 0);
	return model < 0 ? ANSWER(-model) : SUCCESS;
}

static bool is_some_id(const char *text, size_t length)
{
	if (!length || text[0] != '[')
		return !length;
	for (size_t i = 1; i < length; i++)
		if ((text[i] < '0' || text[i] > '9') &&
		    !(text[i] == ']' && i + 1 == length && i > 1))
			return false;
	return true;
}

static void read_link(struct worker *worker, const struct subject *subject)
{
	static const char zeros[8192];
	char model[96], path[96], text[64];
	size_t size = draw_buffer_size(worker), length;
	int directory = AT_FDCWD;
	const char *complaint;
	struct place place;
	answers allowed;
	long result;

	if (subject->known >= 0 && !draw_one_in(worker, 8)) {
		directory = worker->directories[subject->known];
		strcpy(path, LINK);
		allowed = like_model(subject,
				     worker->kernel_says[subject->known]);
	} else {
		snprintf(model, sizeof(model), "%s/" MODEL, subject->directory);
		snprintf(path, sizeof(path), "%s/" LINK, subject->directory);
		allowed = like_model(subject, or_error(readlink(model, text,
								sizeof(text))));
	}
	length = 0;
	if (subject->space != SPACES)
		length = snprintf(text, sizeof(text), "[%llu]",
				  (unsigned long long)
				  worker->stage->spaces[subject->space].id);
	if (length > size)
		length = size;
	place = memory_place(worker, draw_below(worker, PLACE_LATE_WRITE),
			     zeros, size, NULL);
	if (!size)
		allowed = ANSWER(EINVAL);
	else if (allowed & SUCCESS && place.cannot_write)
		/* Half a buffer may be enough. */
		allowed |= ANSWER(EFAULT);
	result = or_error(syscall(__NR_readlinkat, directory, path, place.at,
				  size));
	memory_settle(worker, &place);
	complaint = unless_allowed(result, allowed);
	if (!complaint && result >= 0 && subject->space != SPACES)
		complaint = check_copy(worker, &place, text, length, result);
	else if (!complaint && result > 0 &&
		 (!memory_seen(worker, &place) ||
		  !is_some_id((const char *)memory_seen(worker, &place),
			      result)))
		complaint = "no text of an id";
	report(worker, CALL_LINK, result, complaint, allowed,
	       "readlink of %s%s, %zu bytes at %p (%s)", subject->directory,
	       directory == AT_FDCWD ? " by its path" : "", size, place.at,
	       place_names[place.kind]);
}

static void open_link(struct worker *worker, const struct subject *subject)
{
	static const int flags[] = {
		O_RDONLY, O_RDONLY, O_WRONLY, O_RDWR, O_PATH,
		O_PATH | O_NOFOLLOW, O_RDONLY | O_NOFOLLOW,
		O_RDONLY | O_DIRECTORY, O_RDWR | O_CREAT | O_EXCL,
		O_RDONLY | O_NONBLOCK,
	};
	int flag = flags[draw_below(worker, sizeof(flags) / sizeof(*flags))];
	struct stat status = {}, model_status = {};
	const char *complaint;
	char model[96], path[96];
	answers allowed;
	long fd, model_fd;

	snprintf(model, sizeof(model), "%s/" MODEL, subject->directory);
	snprintf(path, sizeof(path), "%s/" LINK, subject->directory);
	model_fd = or_error(open(model, flag | O_CLOEXEC, 0600));
	fd = or_error(open(path, flag | O_CLOEXEC, 0600));
	allowed = like_model(subject, model_fd);
	if (subject->space == SPACES) {
		/* Born since the model was asked? */
		long again = or_error(open(model, flag | O_CLOEXEC, 0600));

		allowed |= like_model(subject, again);
		if (again >= 0)
			close(again);
	}
	complaint = unless_allowed(fd, allowed);
	if (fd >= 0 && model_fd >= 0) {
		fstat(fd, &status);
		fstat(model_fd, &model_status);
		if (status.st_mode != model_status.st_mode ||
		    (!S_ISLNK(status.st_mode) && subject->space != SPACES &&
		     (status.st_ino != model_status.st_ino ||
		      status.st_dev != model_status.st_dev)))
			complaint = "not what the kernel's link opens";
	}
	if (fd >= 0)
		close(fd);
	if (model_fd >= 0)
		close(model_fd);
	report(worker, CALL_LINK, fd < 0 ? fd : 0, complaint, allowed,
	       "open of %s, flags %#x", path, flag);
}

static long change(int how, const char *path)
{
	struct stat status;
	char text[16];

	switch (how) {
	case 0:
		return or_error(lstat(path, &status));
	case 1:
		return or_error(unlink(path));
	case 2:
		return or_error(chmod(path, 0777));
	case 3:
		return or_error(symlink("/", path));
	case 4:
		return or_error(mkdir(path, 0700));
	case 5:
		return or_error(rmdir(path));
	case 6:
		return or_error(faccessat(AT_FDCWD, path, R_OK, 0));
	case 7:
		return or_error(truncate(path, 0));
	case 8:
		return or_error(lgetxattr(path, "user.x", text, sizeof(text)));
	case 9:
		return or_error(rename(path, "/tmp/x"));
	default:
		return or_error(stat(path, &status));
	}
}

/* As the kernel's own link answers it. */
static void change_link(struct worker *worker, const struct subject *subject)
{
	int how = draw_below(worker, 11);
	char model[96], path[96];
	answers allowed;
	long result;

	snprintf(model, sizeof(model), "%s/" MODEL, subject->directory);
	snprintf(path, sizeof(path), "%s/" LINK, subject->directory);
	allowed = like_model(subject, change(how, model));
	result = change(how, path);
	/* Born since the model was asked? */
	if (subject->space == SPACES)
		allowed |= like_model(subject, change(how, model));
	report(worker, CALL_LINK, result, unless_allowed(result, allowed),
	       allowed, "operation %d on %s", how, path);
}

void call_link(struct worker *worker)
{
	struct subject subject = draw_subject(worker);

	switch (draw_below(worker, 16)) {
	case 0:
		open_link(worker, &subject);
		break;
	case 1:
		change_link(worker, &subject);
		break;
	default:
		read_link(worker, &subject);
		break;
	}
}
