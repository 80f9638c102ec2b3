// SPDX-License-Identifier: GPL-2.0-only
/* A function that an interface's initialiser forgot is NULL, and a call of it tells nobody which. */
#include <stddef.h>
#include <string.h>

#include "observe.h"
#include "translate.h"

#define FUNCTION(name)	{ #name, offsetof(struct translate_interface, name) }

static const struct {
	const char *name;
	size_t offset;
} functions[] = {
	FUNCTION(translate),
	FUNCTION(thread_group),
	FUNCTION(translate_many),
	FUNCTION(get_id),
	FUNCTION(get_init_pid),
	FUNCTION(open_ns),
};

#define FUNCTIONS	(sizeof(functions) / sizeof(functions[0]))

_Static_assert(offsetof(struct translate_interface, translate) + FUNCTIONS * sizeof(void *) ==
	       sizeof(struct translate_interface),
	       "a function of struct translate_interface is missing here");

static void check(const struct translate_interface *interface, const char *variable)
{
	void *function;

	for (size_t i = 0; i < FUNCTIONS; i++) {
		memcpy(&function, (const char *)interface + functions[i].offset, sizeof(function));
		if (!function)
			observe_die("%s has no .%s: add it to the initialiser in tests/lib", variable,
				    functions[i].name);
	}
	if (!interface->name)
		observe_die("%s has no .name: add it to the initialiser in tests/lib", variable);
}

void translate_must_be_complete(void)
{
	check(&translate_by_ioctl, "translate_by_ioctl");
	check(&translate_by_proc, "translate_by_proc");
	check(&translate_by_syscall, "translate_by_syscall");
	check(&translate_by_library, "translate_by_library");
}
