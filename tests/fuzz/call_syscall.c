// SPDX-License-Identifier: GPL-2.0-only
/* The system call, on every syscall path, with rubbish in the registers beside it. */
#include <errno.h>
#include <unistd.h>

#include "fuzz.h"

static size_t draw_path(struct worker *worker)
{
	return draw_one_in(worker, 2) ? 0 : draw_below(worker, syscall_path_count);
}

/* In what the kernel does not look at. */
static void add_rubbish(struct worker *worker, const struct syscall_path *path,
			int count, __u64 *number, __u64 *arguments)
{
	for (int i = count; i < 6; i++)
		arguments[i] = random_next(&worker->random);
	if (!draw_one_in(worker, 4))
		return;
	*number |= random_next(&worker->random) << 32;
	arguments[0] |= random_next(&worker->random) << 32;
	/* Registers of i386 have 32 bits, whoever comes that way. */
	if (path->abi == SYSCALL_PATH_I386)
		for (int i = 1; i < count; i++)
			arguments[i] |= random_next(&worker->random) << 32;
}

void call_syscall(struct worker *worker)
{
	size_t index = draw_path(worker);
	const struct syscall_path *path = &syscall_paths[index];
	enum call call = path->abi == SYSCALL_PATH_I386 ? CALL_SYSCALL_INT80 :
							  CALL_SYSCALL;
	__u64 source = draw_id(worker), target = draw_id(worker);
	__u64 number = syscall_path_number_in(path, &worker->stage->info);
	pid_t pid = draw_pid(worker, draw_space(worker));
	__u64 arguments[6];
	struct verdict verdict;
	const char *complaint;
	long result;

	for (int space = 0; space < SPACES; space++)
		if (worker->stage->spaces[space].id == source)
			pid = draw_pid(worker, space);
	verdict = contract_translate(worker, pid, source, target, 0);
	if (worker->path_open[index] && (__s32)number >= 0)
		verdict.allowed &= contract_of(call);
	else
		verdict = (struct verdict){ .allowed = ANSWER(ENOSYS) };
	add_rubbish(worker, path,
		    syscall_path_arguments(path, pid, source, target, arguments),
		    &number, arguments);

	result = path->call(number, arguments);

	complaint = unless_allowed(result, verdict.allowed);
	if (!complaint && result > WHOLE_PID_MAX)
		complaint = "no number of a pid";
	if (!complaint && result >= 0 && verdict.exact &&
	    result != verdict.value)
		complaint = "wrong number";
	report(worker, call, result, complaint, verdict.allowed,
	       "%s %#llx: pid %d (%#llx), source %llu, target %llu, right %lld",
	       path->name, (unsigned long long)number, pid,
	       (unsigned long long)arguments[0], (unsigned long long)source,
	       (unsigned long long)target,
	       verdict.exact ? (long long)verdict.value : -1);
}

/* Numbers beside the system call's have none, as without the module. */
void call_hole(struct worker *worker)
{
	static const __u32 holes[][8] = {
		[SYSCALL_PATH_X86_64] = { 345, 398, 399, 401, 402, 423, 100000, ~0U },
		[SYSCALL_PATH_X32] = { 345, 398, 399, 401, 402, 423, 100000,
			       0x3fffffff },
		[SYSCALL_PATH_I386] = { 222, 251, 388, 389, 391, 392, 100000,
				0x7fffffff },
	};
	const struct syscall_path *path = &syscall_paths[draw_path(worker)];
	__u64 number = holes[path->abi][draw_below(worker, 8)];
	__u64 arguments[6];
	long result;

	add_rubbish(worker, path,
		    syscall_path_arguments(path, draw_pid(worker, SPACE_INITIAL),
					   draw_id(worker), draw_id(worker), arguments),
		    &number, arguments);
	result = path->call(number, arguments);
	report(worker, CALL_SYSCALL_HOLE, result,
	       unless_allowed(result, contract_of(CALL_SYSCALL_HOLE)),
	       contract_of(CALL_SYSCALL_HOLE), "%s %#llx", path->name,
	       (unsigned long long)number);
}
