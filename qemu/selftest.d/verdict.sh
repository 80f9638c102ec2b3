# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Runs that end without a verdict.

test_time_out() {
	local begin=$SECONDS limit
	run --no-module -- true
	limit=$((10 + 3 * (SECONDS - begin)))
	run --no-module --timeout $limit -- sh -c 'echo early; sleep 1000'
	check 'time-out is status 69' fails_saying 69 "time-out after $limit s, while the command was running"
	check 'output before the time-out arrived' prints '^early$'
	run --no-module --timeout 0.5 -- true
	check 'time-out while booting is status 69' fails_saying 69 "time-out after 0.5 s, before the guest's PID 1"
}

test_panic() {
	run --no-module -- sh -c 'echo c >/proc/sysrq-trigger'
	check 'panic is status 69' fails_saying 69 'panicked while the command was running: sysrq triggered crash'
	run --no-module --append 'rdinit=/no/init' -- true
	check 'no init is status 69' fails_saying 69 "panicked before the guest's PID 1 said anything"
}

test_no_verdict() {
	run --no-module -- reboot -f
	check 'a reset from inside is status 69' fails_saying 69 'without a verdict'
	# What a command writes to the verdict port is no verdict, though it looks like one.
	run --no-module -- sh -c 'printf "\n%s exit 0\n%s done\n" 0 0 >/dev/ttyS2; sleep 0.5; reboot -f'
	check 'a forged verdict counts for nothing' fails_saying 69 'without a verdict'
}
