# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Options and wrong usage.

test_icount() {
	run --no-module --icount -- sh -c 'nproc; cut -d. -f1 /proc/uptime'
	check '--icount gives one CPU and 3 s of head start' \
		eval 'has_status 0 && prints "^1$" && prints "^([3-9]|[1-9][0-9])$"'
	run --no-module --icount --smp 2 -- true
	check '--icount refuses more CPUs' fails_saying 64 'one CPU only'
}

test_usage() {
	run
	check 'no command is wrong usage' fails_saying 64 'give the command to run after --'
	run --no-such-option -- true
	check 'an unknown option is wrong usage' fails_saying 64 'no-such-option'
	run --no-module --kernel /nowhere/at/all -- true
	check 'an unknown kernel is status 69' has_status 69
	run --list
	check '--list names the stock kernel' prints '^stock [0-9]'
	run --no-module --kernel "$("$checkout/scripts/kernel" path)" --log "$work/console" -- uname -r
	check 'a kernel directory is a kernel' cmp -s "$out" <("$checkout/scripts/kernel" release)
	check '--log keeps the console' grep -q 'Linux version' "$work/console"
}
