// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 of the test guest: prepare a small system, load the module, run one command, put everything
 * away again, hand the kernel log to the host and write the verdict last.
 *
 * Ports: ttyS0 kernel console, ttyS1 the command's stdout, ttyS2 verdict, ttyS3 the command's stderr.
 * This file uses all others; each of them uses only those further down:
 *
 *   system, module, command, log
 *   config
 *   verdict
 *   port
 *   file, clock
 */
#include <stdlib.h>
#include <sys/stat.h>

#include "clock.h"
#include "command.h"
#include "config.h"
#include "log.h"
#include "module.h"
#include "system.h"
#include "verdict.h"

static void prepare(struct config *config)
{
	umask(0);
	make_devices();
	open_verdict();
	read_config(config);
	set_token(config->token);
	umask(022);
	prepare_system();
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	setenv("USER", "root", 1);
	setenv("LANG", "C.UTF-8", 1);
	setenv("TERM", "dumb", 1);
	if (config->module_file)
		setenv("TRANSLATE_PID_KO", config->module_file, 1);
}

int main(void)
{
	static struct config config = { .token = "" };

	prepare(&config);
	tell("boot");
	pause_ms(config.settle * 1000L);
	/* What the kernel lost while booting is not the module's fault. */
	forget_leaks();
	/* A process that cannot be killed may be inside the module; unloading would wait for it or crash. */
	if (!load_modules(&config) || run_command(config.argv))
		unload_module();
	report_leaks();
	report_log();
	tell("done");
	stop();
}
