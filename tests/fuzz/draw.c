// SPDX-License-Identifier: GPL-2.0-only
/* Values worth asking about: right ones, and right ones with one thing wrong. */
#include <limits.h>

#include "fuzz.h"

__u32 draw_below(struct worker *worker, __u32 bound)
{
	return random_below(&worker->random, bound);
}

bool draw_one_in(struct worker *worker, __u32 n)
{
	return draw_below(worker, n) == 0;
}

/* More often one that the worker may access: errors are frequent enough. */
enum space draw_space(struct worker *worker)
{
	enum space space = draw_below(worker, SPACES);

	for (int tries = 0; tries < 3 && !worker->access[space]; tries++)
		space = draw_below(worker, SPACES);
	return space;
}

/* A number of the stage, mostly one that it has in @space. */
static pid_t draw_stage_pid(struct worker *worker, enum space space)
{
	const struct oracle *oracle = worker->stage->oracle;
	const struct oracle_pid *pid;
	pid_t number = 0;

	for (int tries = 0; tries < 4 && !number; tries++) {
		pid = &oracle->pids[draw_below(worker, oracle->pid_count)];
		number = stage_number_in(worker->stage, pid, space);
	}
	return number ? number : pid->numbers[0];
}

pid_t draw_pid(struct worker *worker, enum space space)
{
	static const pid_t odd[] = {
		0, -1, 1, 2, 3, 300, 32767, 32768, 32769, INT_MIN, INT_MIN + 1,
		INT_MAX, WHOLE_PID_MAX - 1, WHOLE_PID_MAX, WHOLE_PID_MAX + 1,
	};

	switch (draw_below(worker, 16)) {
	case 0:
		return odd[draw_below(worker, sizeof(odd) / sizeof(*odd))];
	case 1:
		return draw_below(worker, worker->stage->pid_max);
	case 2:
		return draw_stage_pid(worker, space) ^
		       1U << draw_below(worker, 32);
	case 3:
		return -draw_stage_pid(worker, space);
	case 4:
		return worker->own_pid;
	case 5:
		return worker->stage->lonely_group;
	case 6:
		return worker->stage->live_pid[draw_below(worker, LIVE_IDS)];
	case 7:
		return random_next(&worker->random);
	default:
		return draw_stage_pid(worker, space);
	}
}

__u64 draw_id(struct worker *worker)
{
	struct stage *stage = worker->stage;
	__u64 id = stage->spaces[draw_space(worker)].id;
	__u64 mixed = random_next(&worker->random);

	switch (draw_below(worker, 16)) {
	case 0:
		return id ^ 1ULL << mixed % 64;
	case 1:
		return id << 32 | id >> 32;
	case 2:
		/* What a careless conversion to 32 bits would leave. */
		return mixed % 2 ? (__u32)id : (__u64)(__s32)id;
	case 3:
		return mixed % 2 ? mixed : mixed % 4096;
	case 4:
		return -(mixed % 4);
	case 5:
	case 6:
		return __atomic_load_n(&stage->dead[mixed % DEAD_IDS],
				       __ATOMIC_ACQUIRE);
	case 7:
	case 8:
		return __atomic_load_n(&stage->live[mixed % LIVE_IDS],
				       __ATOMIC_ACQUIRE);
	case 9:
		return stage->spaces[worker->credentials->space].id;
	case 10:
		/* Whose descriptor few may ask for, and nobody gets. */
		return stage->spaces[SPACE_INACTIVE].id;
	default:
		return id;
	}
}

__u64 draw_descriptor(struct worker *worker)
{
	const struct stage *stage = worker->stage;

	if (draw_one_in(worker, 8))
		return draw_below(worker, 1024);
	return stage->descriptors[draw_below(worker, stage->descriptor_count)].fd;
}

static __u64 draw_ns_id(struct worker *worker)
{
	switch (draw_below(worker, 8)) {
	case 0:
		return draw_below(worker, 64);
	case 1:
		return random_next(&worker->random);
	case 2:
		return draw_id(worker);
	default:
		return worker->stage->spaces[draw_space(worker)].ns_id;
	}
}

__u64 draw_by_value(struct worker *worker, __u32 by)
{
	__u64 value;

	switch (by) {
	case TRANSLATE_PID_BY_SELF:
		value = 0;
		break;
	case TRANSLATE_PID_BY_PID:
		value = (__u32)draw_pid(worker, worker->credentials->space);
		break;
	case TRANSLATE_PID_BY_PIDFD:
	case TRANSLATE_PID_BY_NSFD:
	case TRANSLATE_PID_BY_PROCFS:
		value = draw_descriptor(worker);
		break;
	case TRANSLATE_PID_BY_NS_ID:
		value = draw_ns_id(worker);
		break;
	default:
		value = draw_id(worker);
		break;
	}
	switch (draw_below(worker, 24)) {
	case 0:
		return value ^ 1ULL << draw_below(worker, 64);
	case 1:
		return value | 1ULL << 32;
	case 2:
		return (__u64)(__s64)(__s32)-value;
	default:
		return value;
	}
}
