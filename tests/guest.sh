# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Running this directory's tests in a guest, for the suites that do. Source it and stay in the
# checkout's directory; it runs nothing by itself.

# kernel_has KERNEL OPTION: whether it is built with CONFIG_OPTION=y.
kernel_has() {
	local config
	config=$(scripts/kernel path "$1")/config
	if [[ ! -s $config ]]; then
		printf 'tests: there is no configuration of the kernel %s; see the errors above\n' "$1" >&2
		exit 1
	fi
	grep -qx "CONFIG_$2=y" "$config"
}

# Prints the ABIs that the kernel is built with; debug kernels have no x32.
kernel_abis() {
	local abis=x86-64
	if kernel_has "$1" IA32_EMULATION; then abis+=' i386'; fi
	if kernel_has "$1" X86_X32_ABI; then abis+=' x32'; fi
	echo "$abis"
}

# What makes debug kernels so slow comes together, and lockdep is one part of it.
kernel_is_slow() { kernel_has "$1" PROVE_LOCKING; }

# Prints by how much to multiply the tests' time limits, see tests/lib/test.h. They are there for hangs only,
# and the host may be several times slower than the one on which they were chosen.
kernel_patience() {
	if kernel_is_slow "$1"; then echo 16
	else echo 4; fi
}

# build_tests KERNEL: for all ABIs. They are static and ask the module for its numbers; of a kernel's
# source they use the selftest harness only. So those built for one kernel serve all.
build_tests() {
	local kit
	kit=$(scripts/rust-kit --sysroot "$1") &&
		scripts/sysroot run make --silent -j2 -C tests KSELFTEST_DIR="$kit/tools/testing/selftests" >&2
}

# boot_tests KERNEL MODULE [OPTION of qemu/vm]... -- COMMAND...: with the tests in /tests.
# tests/guest-run ends tests that hang; the time-out here is for kernels that do.
boot_tests() {
	local kernel=$1 module=$2 patience options=()
	shift 2
	while [[ $1 != -- ]]; do options+=("$1"); shift; done
	shift
	patience=$(kernel_patience "$kernel") || return
	MODULE=$module qemu/vm --kernel "$kernel" --timeout $((600 * patience)) "${options[@]}" \
		--copy tests/out:/tests --copy tests/guest-run:/tests/guest-run -- \
		env TEST_PATIENCE="$patience" "$@"
}

# These are asked once more with x32 asleep, as distributions boot: then its numbers must lead nowhere.
x32_asleep='syscall_test syscall_trace_test syscall_filter_test syscall_audit_test'

# run_contract KERNEL MODULE ABI...: the tests of the module as it is distributed.
run_contract() {
	local kernel=$1 module=$2
	shift 2
	boot_tests "$kernel" "$module" --append syscall.x32=y -- /tests/guest-run --part standing "$@" || return
	boot_tests "$kernel" "$module" --append syscall.x32=y --one-thread -- /tests/guest-run --part reloading "$@" ||
		return
	if [[ " $* " == *' x32 '* ]]; then
		boot_tests "$kernel" "$module" -- /tests/guest-run --only "$x32_asleep" x86-64 i386 || return
		# And with i386 asleep, too: its number is told to nobody then.
		boot_tests "$kernel" "$module" --append ia32_emulation=0 -- /tests/guest-run --only syscall_test x86-64 ||
			return
	fi
	if kernel_has "$kernel" SECURITY_LOCKDOWN_LSM; then lockdown "$kernel" "$module"; fi
}

# Locked down, as with Secure Boot, the kernel wants a signature, which this module file lacks.
lockdown() {
	# shellcheck disable=SC2016 # the guest's shell expands these.
	boot_tests "$1" "$2" --no-module --append lockdown=integrity -- sh -c '
		verdict="not ok"
		if ! insmod "$TRANSLATE_PID_KO" 2>/dev/null && [ ! -e /sys/module/translate_pid ] &&
			dmesg | grep -q "Lockdown: insmod: unsigned module loading is restricted"; then
			verdict=ok
		fi
		echo "$verdict 1 - lockdown: an unsigned module is refused"
		[ "$verdict" = ok ]'
}

# run_debug_contract KERNEL MODULE: what only a module built with DEBUG=1 can show, on one and on four CPUs.
# They are QEMU's threads only where the module stays loaded, see qemu/vm's --one-thread.
run_debug_contract() {
	boot_tests "$1" "$2" --smp 1 -- /tests/guest-run x86-64 &&
		boot_tests "$1" "$2" --smp 4 -- /tests/guest-run --part standing x86-64 &&
		boot_tests "$1" "$2" --smp 4 --one-thread -- /tests/guest-run --part reloading x86-64
}

# Prints how many passed, failed and were skipped by the TAP lines in a file, and by cargo's summaries.
count_results() {
	awk '
	/^ok .*# SKIP/ { skipped++; next }
	/^ok /         { passed++ }
	/^not ok /     { failed++ }
	/^test result: / {
		for (i = 2; i <= NF; i++) {
			if ($i ~ /^passed/) passed += $(i - 1)
			if ($i ~ /^failed/) failed += $(i - 1)
			if ($i ~ /^ignored/) skipped += $(i - 1)
		}
	}
	END { print passed + 0, failed + 0, skipped + 0 }' "$1"
}
