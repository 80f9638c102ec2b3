// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "file.h"
#include "verdict.h"

/* NUL-terminated NAME=VALUE strings, some of them repeated. */
#define CONFIG_FILE "/vm/config"

/* Finds the value of a NAME=VALUE string when NAME is the one asked for. */
static bool get_value(char *setting, const char *name, char **value)
{
	size_t length = strlen(name);

	if (strncmp(setting, name, length) || setting[length] != '=')
		return false;
	*value = setting + length + 1;
	return true;
}

void read_config(struct config *config)
{
	size_t length, argc = 0;
	char *data = read_whole(CONFIG_FILE, &length), *value;

	if (!data)
		fault("%s is unreadable: %s", CONFIG_FILE, strerror(errno));
	config->argv = calloc(length + 1, sizeof(char *));
	if (!config->argv)
		fault("out of memory");
	for (char *setting = data; setting < data + length; setting += strlen(setting) + 1) {
		if (get_value(setting, "token", &value))
			config->token = value;
		else if (get_value(setting, "settle", &value))
			config->settle = atoi(value);
		else if (get_value(setting, "module", &value))
			config->module_file = value;
		else if (get_value(setting, "params", &value))
			config->module_params = value;
		else if (get_value(setting, "dependency", &value) && config->dependency_count < 64)
			config->dependencies[config->dependency_count++] = value;
		else if (get_value(setting, "arg", &value))
			config->argv[argc++] = value;
	}
	/* So that the command does not find the token when it reads through the file system. */
	unlink(CONFIG_FILE);
	rmdir("/vm");
}
