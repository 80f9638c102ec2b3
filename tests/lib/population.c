// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <linux/translate_pid.h>

#include "child.h"
#include "observe.h"
#include "population.h"

struct population *population;

void population_new(void)
{
	population = shared_memory(sizeof(*population));
}

int population_claim(int parent)
{
	__u32 index = __atomic_fetch_add(&population->claimed, 1,
					 __ATOMIC_RELAXED);

	if (index >= MEMBERS)
		return -1;
	population->members[index].parent = parent;
	return index;
}

static bool is_published(__u32 index)
{
	return __atomic_load_n(&population->members[index].published,
			       __ATOMIC_ACQUIRE);
}

void population_publish(int index)
{
	__atomic_store_n(&population->members[index].published, 1,
			 __ATOMIC_RELEASE);
}

static __u32 count_places(void)
{
	__u32 claimed = __atomic_load_n(&population->claimed, __ATOMIC_RELAXED);

	return claimed < MEMBERS ? claimed : MEMBERS;
}

int population_choose(struct random *random, __u32 recent)
{
	__u32 count = count_places(), back;

	if (!count)
		return -1;
	back = random_below(random, random_below(random, 8) ? recent : count);
	if (back >= count || !is_published(count - 1 - back))
		return -1;
	return count - 1 - back;
}

static bool is_ancestor(int ancestor, int index)
{
	while (index >= 0 && index != ancestor)
		index = population->members[index].parent;
	return index == ancestor;
}

bool population_allows(long answer, int source, int target)
{
	const struct member *member = &population->members[source];
	pid_t in_parent;

	if (answer == -EINVAL || answer == -ESRCH)
		return true;
	if (target < 0)
		return answer == member->host;
	if (source == target)
		return answer == 1;
	if (!is_ancestor(target, source))
		return answer == 0;
	in_parent = __atomic_load_n(&member->in_parent, __ATOMIC_ACQUIRE);
	if (target == member->parent && in_parent)
		return answer == in_parent;
	return answer > 0;
}

static int by_value(const void *left, const void *right)
{
	__u64 a = *(const __u64 *)left, b = *(const __u64 *)right;

	return (a > b) - (a < b);
}

size_t population_count_ids(void)
{
	__u32 places = count_places();
	__u64 *ids = calloc(places + 1, sizeof(*ids));
	size_t count = 0, twice = 0;

	if (!ids)
		observe_die("no memory for %u ids", places);
	for (__u32 i = 0; i < places; i++)
		if (is_published(i))
			ids[count++] = population->members[i].id;
	qsort(ids, count, sizeof(*ids), by_value);
	for (size_t i = 0; i < count; i++)
		twice += ids[i] == (i ? ids[i - 1] : TRANSLATE_PID_INIT_NS);
	free(ids);
	return twice ? 0 : count;
}
