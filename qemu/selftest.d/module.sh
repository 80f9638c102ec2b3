# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Modules: loaded, refused, unloaded, and faults that are found out.

test_stock_modules() {
	run --no-module --modprobe 9pnet-virtio -- cut -d' ' -f1 /proc/modules
	check 'a stock module is loaded with what it depends on' \
		eval 'prints "^9pnet_virtio$" && prints "^9pnet$" && has_status 0'
	run --no-module --modprobe no_such_module -- true
	check 'an unknown stock module is status 69' fails_saying 69 'has no module no_such_module'
}

test_refused_module() {
	echo 'not a module' >"$work/broken.ko"
	MODULE=$work/broken.ko run -- echo ran
	check 'a module that does not load is status 69' fails_saying 69 'refused to load translate_pid.ko: Exec format error'
	check 'the command does not run without its module' is_empty "$out"
	# shellcheck disable=SC2016 # the guest's shell expands it.
	MODULE=$work/broken.ko run --no-module -- sh -c 'cat "$TRANSLATE_PID_KO"'
	check '--no-module leaves the file in the guest' prints '^not a module$'
	MODULE=$work/absent.ko run -- true
	check 'a missing module is status 69' fails_saying 69 'absent.ko is missing; build it'
}

test_module() {
	if [[ ! -e $module ]]; then
		skip 'the module is loaded, unloaded and refused' "$module is not built"
		return
	fi
	MODULE=$module run --param no_such_parameter='with a space' -- sh -c '
		cut -d" " -f1 /proc/modules; dmesg | grep -c "unknown parameter .no_such_parameter. ignored"'
	check 'the module is there, parameters reach it' cmp -s "$out" - <<<$'translate_pid\n1'
	check 'it is unloaded without trouble' has_status 0
	# shellcheck disable=SC2016 # the guest's shell expands it.
	MODULE=$module run -- sh -c 'sleep 1000 </dev/translate_pid &
		for try in $(seq 600); do
			[ "$(readlink /proc/$!/fd/0)" != /dev/translate_pid ] || exit 4
			sleep 0.1
		done'
	check 'a left process with the device open does not keep the module' has_status 4
	# shellcheck disable=SC2016 # the guest's shell expands it.
	MODULE=$module run --no-module -- sh -c 'insmod "$TRANSLATE_PID_KO" && rmmod translate_pid && insmod "$TRANSLATE_PID_KO"'
	check 'a command may load the module itself' has_status 0
}

# A module of the same name that misbehaves on demand.
build_faulty_module() {
	if [[ ! -e $module ]]; then
		skip 'a faulty module is found out' "$module is not built, so the kernel's build tree may be missing"
		return 1
	fi
	mkdir -p "$work/faulty"
	echo 'obj-m := translate_pid.o' >"$work/faulty/Kbuild"
	cp "$here/selftest.d/faulty_module.c" "$work/faulty/translate_pid.c"
	"$checkout/scripts/sysroot" run --bind "$work" make -s -C "$("$checkout/scripts/rust-kit")" \
		"KERNELRELEASE=$("$checkout/scripts/kernel" release)" "M=$work/faulty" modules >"$work/make.log" 2>&1 ||
		sed 's/^/# /' "$work/make.log"
}

test_faulty_module() {
	build_faulty_module || return 0
	local -x MODULE=$work/faulty/translate_pid.ko
	run -- sh -c 'exit 5'
	check 'without a fault its run has the status of the command' has_status 5
	run --param fault=refuse -- true
	check 'a module that refuses is status 69' fails_saying 69 'refused to load translate_pid.ko: No such device'
	check 'its own words are shown' says '\| cannot do this here'
	run --param fault=oops -- true
	check 'an Oops while loading is status 70' fails_saying 70 'holds kernel trouble'
	run --param fault=stay -- sh -c 'exit 5'
	check 'a module that stays is status 70' fails_saying 70 'could not be unloaded: Resource temporarily unavailable'
	check "the command's status is told nevertheless" says 'own status was 5'
	# shellcheck disable=SC2016 # the guest's shell expands it.
	run -- sh -c 'echo 1 >/sys/module/translate_pid/parameters/hang &
		until grep -q hang+0x /proc/$!/stack; do sleep 0.1; done; exit 5'
	check 'a process that SIGKILL does not end is status 70' fails_saying 70 'SIGKILL did not end 1 processes'
	check 'the log says where it waits' says '\|.* hang\+0x.*\[translate_pid\]'
	run --param fault=warn -- true
	check 'a WARNING while unloading is status 70' fails_saying 70 'holds kernel trouble'
	run --param fault=late -- true
	check 'a crash soon after unloading is status 70' fails_saying 70 'holds kernel trouble'
}

# What only kernels with kmemleak find; tests/control/run asks for it.
test_leaking_module() {
	if ! grep -q '^CONFIG_DEBUG_KMEMLEAK=y' "$("$checkout/scripts/kernel" path)/config"; then
		skip 'a leak is status 70' 'this kernel lacks kmemleak; say KERNEL=kasan'
		return
	fi
	build_faulty_module || return 0
	local -x MODULE=$work/faulty/translate_pid.ko
	run --param fault=leak -- true
	check 'a leak is status 70' fails_saying 70 'holds kernel trouble'
	check 'the leaked object is shown' says 'unreferenced object 0x[0-9a-f]+ \(size 64\)'
	run -- umount /sys/kernel/debug
	check 'no report of leaks is status 69' fails_saying 69 "kmemleak's report is missing"
}
