# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# How the guest scripts report, for compare.py. Source it.

# What must be the same without the module and with it.
fact() { printf 'fact %s = %s\n' "$1" "$2"; }

# outcome NAME COMMAND...
outcome() {
	name=$1
	shift
	if "$@"; then fact "$name" successful; else fact "$name" failed; fi
}

# own NAME COMMAND...: what must hold with the module.
own() {
	name=$1
	shift
	if "$@"; then echo "own ok $name"; else echo "own not ok $name"; fi
}

equal() {
	if [ "$1" != "$2" ]; then
		echo "# \"$1\" instead of \"$2\""
		return 1
	fi
}

is_loaded() { [ -e /sys/module/translate_pid/initstate ]; }

# The words of the input on one line, without those that the module adds.
without_ours() { grep -vxE "pidns_id|translate_pid" | sort | tr '\n' ' ' | sed 's/ $//'; }

# await COMMAND...: repeats it until it succeeds, for as long as something may take that happens by itself.
await() {
	for _ in $(seq 3000); do
		if "$@" 2>/dev/null; then return; fi
		usleep 10000
	done
	echo "# waited 30 s in vain for: $*"
	return 1
}

# The pid of a process in its innermost namespace.
innermost_pid() { awk '/^NSpid:/ { print $NF }' "/proc/$1/status"; }
