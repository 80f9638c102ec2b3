// SPDX-License-Identifier: MIT OR Apache-2.0
/* Without the module, every function fails with ENOSYS and writes nothing. */
#include <errno.h>
#include <translate_pid.h>
#include <unistd.h>

#include "tap.h"

#define UNTOUCHED	0x5a5a5a5a5a5a5a5aULL

int main(void)
{
	uint64_t value = UNTOUCHED;
	pid_t many[2] = { 1, getpid() };
	struct pidns_namespace namespace;
	struct pidns_entry entry = { .pid = 1 };
	struct pidns_chain_entry level = { .pid = 1 };
	uint32_t cursor = 1;

	tap_begin();
	if (access("/proc/pidns_id", F_OK) == 0) {
		skip("without the module", "the module is loaded");
		return tap_end();
	}
	for (int round = 1; round <= 2; round++)
		check_error(translate_pid(getpid(), 0, 0), ENOSYS, "translate_pid, round %d", round);
	check_error(pidns_id_self(&value), ENOSYS, "pidns_id_self");
	check_error(pidns_id_of_pid(getpid(), &value), ENOSYS, "pidns_id_of_pid");
	check_error(pidns_id_of_pidfd(0, &value), ENOSYS, "pidns_id_of_pidfd");
	check_error(pidns_id_of_nsfd(0, &value), ENOSYS, "pidns_id_of_nsfd");
	check_error(pidns_id_of_ns_id(4, &value), ENOSYS, "pidns_id_of_ns_id");
	check_error(pidns_ns_id(0, &value), ENOSYS, "pidns_ns_id");
	check_error(pidns_init_pid(0), ENOSYS, "pidns_init_pid");
	check_error(pidns_init_pid_of_nsfd(0), ENOSYS, "pidns_init_pid_of_nsfd");
	check_error(pidns_init_pid_of_pid(1), ENOSYS, "pidns_init_pid_of_pid");
	check_error(pidns_open(0), ENOSYS, "pidns_open");
	check_error(pidns_generation(&value), ENOSYS, "pidns_generation");
	check_error(pidns_translate(getpid(), 0, 0), ENOSYS, "pidns_translate");
	check_error(pidns_level(0, &value, NULL), ENOSYS, "pidns_level");
	check_error(pidns_thread_group(getpid(), 0, 0), ENOSYS, "pidns_thread_group");
	check_error(pidns_translate_many(many, 2, 0, 0, 0), ENOSYS, "pidns_translate_many");
	check_error(pidns_watch(0, 0, 0), ENOSYS, "pidns_watch");
	check_error(pidns_open_pidfd(0, 1, 0), ENOSYS, "pidns_open_pidfd");
	check_error(pidns_list(0, 0, 0, &cursor, &entry, 1), ENOSYS, "pidns_list");
	check_error(pidns_bind(0, 0, 0), ENOSYS, "pidns_bind");
	check_error(pidns_id_of_procfs(0, &value), ENOSYS, "pidns_id_of_procfs");
	check_error(pidns_chain(1, 0, 0, &level, 1), ENOSYS, "pidns_chain");
	check_error(pidns_chain_of_pidfd(0, 0, &level, 1), ENOSYS, "pidns_chain_of_pidfd");
	check_error(pidns_translate_pidfd(0, 0, 0), ENOSYS, "pidns_translate_pidfd");
	check_error(pidns_list_namespaces(0, &value, &namespace, 1), ENOSYS, "pidns_list_namespaces");
	check_error(pidns_open_module(), ENOSYS, "pidns_open_module");
	/* No descriptor is the module's. */
	check_error(pidns_watch_at(0, 0, 0, 0), ENOSYS, "pidns_watch_at");
	check_error(pidns_translate_at(0, getpid(), 0, 0), ENOSYS, "pidns_translate_at");
	check_error(pidns_thread_group_at(0, getpid(), 0, 0), ENOSYS, "pidns_thread_group_at");
	check_error(pidns_translate_many_at(0, many, 2, 0, 0, 0), ENOSYS, "pidns_translate_many_at");
	check_error(pidns_list_at(0, 0, 0, 0, &cursor, &entry, 1), ENOSYS, "pidns_list_at");
	check_error(pidns_id_at(0, 0, 0, &value, NULL), ENOSYS, "pidns_id_at");
	check_error(pidns_init_pid_at(0, 0, 0), ENOSYS, "pidns_init_pid_at");
	check_error(pidns_open_at(0, 0, 0), ENOSYS, "pidns_open_at");
	check_error(pidns_bind_at(0, 0, 0, 0), ENOSYS, "pidns_bind_at");
	check_error(pidns_open_pidfd_at(0, 0, 0, 1, 0), ENOSYS, "pidns_open_pidfd_at");
	check_error(pidns_level_at(0, 0, 0, &value, NULL), ENOSYS, "pidns_level_at");
	check_error(pidns_list_namespaces_at(0, 0, &value, &namespace, 1), ENOSYS,
		    "pidns_list_namespaces_at");
	check_error(pidns_chain_at(0, 1, 0, 0, &level, 1), ENOSYS, "pidns_chain_at");
	check_error(pidns_translate_pidfd_at(0, 0, 0, 0), ENOSYS, "pidns_translate_pidfd_at");
	check_error(pidns_translate_at(-1, getpid(), 0, 0), EBADF, "a descriptor that is not open");
	check_error(translate_pid_version(), ENOSYS, "translate_pid_version");
	check_error(translate_pid_features(&value), ENOSYS, "translate_pid_features");
	check(value == UNTOUCHED && many[0] == 1 && many[1] == getpid() &&
	      entry.pid == 1 && level.pid == 1 && cursor == 1, "nothing was written");
	return tap_end();
}
