# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The end of a run from outside: signals, and readers that leave.

# Begins a run in the background and waits for its command.
begin_run() {
	: >"$out"
	"$@" >"$out" 2>"$err" &
	background=$!
	wait_until prints '^running$' || true
}

end_run() {
	status=0
	# The shell would announce the death by a signal.
	{ wait "$background" || status=$?; } 2>/dev/null
}

test_interruption() {
	local background signal word
	for signal in TERM HUP KILL; do
		word=selftest.$signal.$$
		begin_run "$vm" --no-module --append "$word=1" -- sh -c 'echo running; sleep 1000'
		check "before SIG$signal there is a machine" eval "prints '^running$' && ! is_gone $word=1"
		kill "-$signal" "$background"
		end_run
		check "SIG$signal ends the run" eval '((status > 128))'
		check "SIG$signal leaves no process" wait_until is_gone "$word=1"
	done
}

# The same inside the build tree, where no pid namespace of its own cleans up behind qemu/vm.
test_interruption_inside() {
	# shellcheck disable=SC2016 # the tree's shell expands it.
	local script='
		export TMPDIR=/tmp/scratch
		mkdir -p "$TMPDIR"
		"$1" --no-module -- sh -c "echo running; sleep 1000" >/tmp/out &
		vm=$!
		until grep -qs running /tmp/out; do kill -0 "$vm" || exit; sleep 0.1; done
		ls "$TMPDIR" | grep -q . || echo "no temporary directory to look at"
		grep -aqsFf <(printf %s "$TMPDIR/") /proc/[0-9]*/cmdline || echo "no process to look at"
		kill -"$2" "$vm"
		wait "$vm"
		echo "status $?"
		for ((i = 0; i < 300; i++)); do
			grep -aqsFf <(printf %s "$TMPDIR/") /proc/[0-9]*/cmdline || break
			sleep 0.1
		done
		ls -A "$TMPDIR"
		grep -aqsFf <(printf %s "$TMPDIR/") /proc/[0-9]*/cmdline && echo "a process is left"
		exit 0'
	local signal
	for signal in INT TERM HUP; do
		status=0
		timeout 120 "$checkout/scripts/sysroot" run bash -c "$script" bash "$vm" "$signal" >"$out" 2>"$err" || status=$?
		check "SIG$signal inside the tree leaves no file and no process" \
			cmp -s "$out" <(echo "status $((128 + $(kill -l "$signal")))")
	done
	# Killed, it cannot remove its files, but the machine must not outlive it.
	status=0
	timeout 120 "$checkout/scripts/sysroot" run bash -c "$script" bash "$vm" KILL >"$out" 2>"$err" || status=$?
	check 'SIGKILL inside the tree leaves no process' eval 'prints "^status 137$" && ! prints "is left"'
}

test_leaving_reader() {
	local word=selftest.reader.$$ begin=$SECONDS
	"$vm" --no-module --append "$word=1" -- yes 2>"$err" | head -n 1 >"$out" || true
	check 'a reader that leaves has its line' prints '^y$'
	check 'it ends the run' test $((SECONDS - begin)) -lt 300
	check 'it leaves no process' wait_until is_gone "$word=1"
}
