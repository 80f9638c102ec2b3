# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the command finds in the guest, and what comes back from it.

test_status() {
	local expected
	for expected in 0 1 77; do
		run --no-module -- sh -c "exit $expected"
		check "status $expected passes" has_status "$expected"
	done
	# shellcheck disable=SC2016 # the guest's shell expands it.
	run --no-module -- sh -c 'kill -SEGV $$'
	check 'death by signal 11 is status 139' has_status 139
	run --no-module -- /no/such/program
	check 'a missing command is status 127' has_status 127
	check 'a missing command is named' says '^/no/such/program: '
}

test_streams() {
	local bytes='a\0b\r\nc\r\n\377\033[1m\n\n no end'
	run --no-module -- sh -c "printf '$bytes'; printf 'e\0\r\n' >&2"
	check 'stdout passes byte by byte' cmp -s "$out" <(printf '%b' "${bytes//\\377/\\0377}")
	check 'stderr passes apart from it' cmp -s "$err" <(printf 'e\0\r\n')
	run --no-module -- sh -c 'dd if=/dev/zero bs=1M count=3 2>/dev/null | tr "\0" x; test -t 1 || exit 5'
	check '3 MiB of stdout arrive whole' cmp -s "$out" <(head -c $((3 << 20)) /dev/zero | tr '\0' x)
	check 'the command sees no terminal' has_status 5
	run --no-module -- cat
	check 'stdin is empty' has_status 0
}

test_arguments() {
	# shellcheck disable=SC2016 # nothing is meant to expand.
	local arguments=('a b' "it's \"quoted\"" $'two\nlines' '' '*' '$HOME' 'back\slash' -- --smp '=' $'\xff')
	# shellcheck disable=SC2016 # the guest's shell expands it.
	run --no-module -- sh -c 'for a; do printf "%s\0" "$a"; done' sh "${arguments[@]}"
	check 'arguments pass unchanged' cmp -s "$out" <(printf '%s\0' "${arguments[@]}")
}

test_environment() {
	# shellcheck disable=SC2016 # the guest's shell expands it.
	run --no-module --smp 1 --mem 700 --append 'dummy.word=1' -- sh -c '
		id -u; id -u user; nproc; grep -o dummy.word=1 /proc/cmdline; echo "$HOME"; ls /vm 2>&1
		for path in /proc /sys /dev/pts /sys/fs/cgroup /sys/kernel/debug /sys/kernel/tracing; do
			grep -q " $path " /proc/mounts || echo "not mounted: $path"
		done
		stat -c %a /tmp /run; ip address show lo | grep -o "inet 127.0.0.1"
		test $(ls /sys/class/net | wc -l) = 1 || echo "a network"
		test $(sed -n "s/MemTotal: *\([0-9]*\) kB/\1/p" /proc/meminfo) -lt 716800 || echo "too much memory"'
	check 'the guest is as documented' cmp -s "$out" - <<-'END'
	0
	1000
	1
	dummy.word=1
	/root
	ls: /vm: No such file or directory
	1777
	1777
	inet 127.0.0.1
	END
}

# The ports work by the PC's fixed rules as well, which small kernels go by.
test_without_acpi() {
	run --no-module --append acpi=off -- sh -c 'echo out; echo err >&2; nproc; exit 6'
	check 'a kernel without ACPI runs a command' has_status 6
	check 'it has its streams and both CPUs' eval 'prints "^out$" && prints "^2$" && says "^err$"'
}

test_left_processes() {
	local begin=$SECONDS
	run --no-module -- sh -c '(trap "" HUP TERM INT; sleep 1000) & setsid sleep 1000 & echo done'
	check 'what a command leaves running does not keep the guest' \
		eval 'has_status 0 && prints ^done$ && ((SECONDS - begin < 300))'
}
