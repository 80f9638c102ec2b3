# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# How the measuring program is built and run in a machine. Source it and stay in the checkout's directory.

say() { printf 'tests: bench: %s\n' "$*" >&2; }

build_bench() {
	local kit bpf
	kit=$(scripts/rust-kit --sysroot stock) &&
		bpf=$(scripts/sysroot run python3 -B qemu/packages.py bpftool libbpf-dev) &&
		scripts/sysroot run make --silent -j2 -C tests/bench KSELFTEST_DIR="$kit/tools/testing/selftests" \
			BPF_ROOT="$bpf" >&2
}

# measure KERNEL MODULE [NAME=VALUE]... [-- OPTION of qemu/vm...]: the program loads the module itself.
measure() {
	local kernel=$1 module=$2 settings=() options=(--icount)
	shift 2
	while (($#)) && [[ $1 != -- ]]; do settings+=("$1"); shift; done
	if (($#)); then shift; options=("$@"); fi
	MODULE=$module qemu/vm --kernel "$kernel" --no-module --mem 2048 --timeout 3000 "${options[@]}" \
		--copy tests/bench/out/x86-64/bench:/bench/bench -- env "${settings[@]}" /bench/bench
}
