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

# What of the tests is asked for: options of tests/plan, such as --only NAME. With listing=1, the
# following functions print what they would run and boot nothing.
plan_options=()
listing=

# Options of tests/guest-run, such as --interface ioctl.
guest_options=()

# boot_plan RUN KERNEL MODULE "ABI..." [OPTION of qemu/vm]...: boots for the tests that tests/plan names for the
# run, if there are any.
boot_plan() {
	local run=$1 kernel=$2 module=$3 abis=$4 options=("${@:5}") programs
	# shellcheck disable=SC2086 # ABIs are words.
	programs=$(tests/plan "${plan_options[@]}" "$run" $abis) || return
	[[ -n $programs ]] || return 0
	if [[ -n $listing ]]; then
		printf '# %s: in a machine with %s\n%s\n' "$run" "${options[*]:-nothing special}" "$programs"
		return
	fi
	# shellcheck disable=SC2086 # programs are words.
	boot_tests "$kernel" "$module" "${options[@]}" -- /tests/guest-run "${guest_options[@]}" $programs
}

# run_contract KERNEL MODULE ABI...: the tests of the module as it is distributed.
run_contract() {
	local kernel=$1 module=$2 abis
	shift 2
	abis=$*
	boot_plan standing "$kernel" "$module" "$abis" --append syscall.x32=y || return
	boot_plan reloading "$kernel" "$module" "$abis" --append syscall.x32=y --one-thread || return
	if kernel_has "$kernel" X86_X32_ABI; then
		abis=$(without x32 "$@")
		[[ -z $abis ]] || boot_plan x32-asleep "$kernel" "$module" "$abis" || return
		# shellcheck disable=SC2086 # ABIs are words.
		abis=$(without i386 $abis)
		[[ -z $abis ]] || boot_plan i386-asleep "$kernel" "$module" "$abis" --append ia32_emulation=0 || return
	fi
	if ((${#plan_options[@]} == 0)) && kernel_has "$kernel" SECURITY_LOCKDOWN_LSM; then
		if [[ -n $listing ]]; then echo '# lockdown: an unsigned module is refused'
		else lockdown "$kernel" "$module"; fi
	fi
}

# without ABI ABI...: the others.
without() {
	local out=$1 abi others=()
	shift
	for abi; do [[ $abi == "$out" ]] || others+=("$abi"); done
	echo "${others[*]}"
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

# run_debug_contract KERNEL MODULE ABI...: what only a module built with DEBUG=1 can show, on one and on four
# CPUs. They are QEMU's threads only where the module stays loaded, see qemu/vm's --one-thread.
run_debug_contract() {
	local kernel=$1 module=$2
	shift 2
	boot_plan debug "$kernel" "$module" "$*" --smp 1 &&
		boot_plan debug-standing "$kernel" "$module" "$*" --smp 4 &&
		boot_plan debug-reloading "$kernel" "$module" "$*" --smp 4 --one-thread
}

# run_kasan_contract MODULE ABI...: everything is several times slower there, so one interface.
run_kasan_contract() {
	local module=$1 guest_options=(--interface ioctl)
	shift
	boot_plan kasan kasan "$module" "$*" --one-thread
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
