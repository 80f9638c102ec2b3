# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Kernel trouble in the log.

test_kernel_trouble() {
	run --no-module -- sh -c 'echo "<4>WARNING: a test wrote this" >/dev/kmsg'
	check 'WARNING in the log is status 70' fails_saying 70 'holds kernel trouble'
	check 'the line is shown' says '\| WARNING: a test wrote this'
	# Too low a level for the console: only the examination in the guest can see it.
	run --no-module -- sh -c 'dmesg -n 1; echo "<6>BUG: hidden from the console" >/dev/kmsg; exit 3'
	check 'trouble that the console left out is status 70' fails_saying 70 'holds kernel trouble'
	# The log's ring turns over; only the console has the beginning.
	run --no-module --append log_buf_len=128K -- sh -c 'echo "<4>BUG: early" >/dev/kmsg
		dmesg -n 1; yes "<6>filling the ring with this long line" | head -n 4000 >/dev/kmsg'
	check 'trouble that the ring lost is status 70' fails_saying 70 'holds kernel trouble'
	run --no-module -- sh -c 'echo "<4>BUG: then silence" >/dev/kmsg; sleep 0.5; reboot -f'
	check 'trouble without a verdict is status 70' fails_saying 70 'holds kernel trouble'
}

# Lines of real logs. A "!" marks those that must be found.
test_patterns() {
	cat >"$work/samples" <<-'END'
	! BUG: kernel NULL pointer dereference, address: 0000000000000010
	! BUG: KASAN: slab-use-after-free in translate_pid_lookup+0x1f/0x60 [translate_pid]
	! BUG: KFENCE: use-after-free read in foo+0x10/0x20
	! BUG: KCSAN: data-race in find+0x10/0x20 [translate_pid] / insert+0x10/0x20 [translate_pid]
	  BUG: KCSAN: data-race in tick_nohz_idle_stop_tick / tick_sched_do_timer
	! BUG: sleeping function called from invalid context at kernel/locking/mutex.c:591
	! BUG: scheduling while atomic: sh/97/0x00000002
	! watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [sh:97]
	! BUG kmalloc-64 (Tainted: G           O       ): Right Redzone overwritten
	! kernel BUG at mm/slub.c:563!
	! Disabling lock debugging due to kernel taint
	! INFO: lockdep is turned off.
	! BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 43s!
	! WARNING: kernel/pid.c:101 at free_pid+0x1c/0x100, CPU#0: sh/97
	! WARNING: possible circular locking dependency detected
	! WARNING: possible recursive locking detected
	! WARNING: bad unlock balance detected!
	! WARNING: suspicious RCU usage
	! ------------[ cut here ]------------
	! Oops: 0002 [#1] SMP NOPTI
	! Oops: general protection fault, probably for non-canonical address 0xdead000000000122: 0000 [#1]
	! UBSAN: array-index-out-of-bounds in lib/foo.c:17:4
	! kmemleak: 2 new suspected memory leaks (see /sys/kernel/debug/kmemleak)
	! rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
	! rcu: INFO: rcu_preempt self-detected stall on CPU
	! rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 1-...D } 6049 jiffies s: 73
	! rcu: rcu_preempt kthread starved for 5252 jiffies! g1 f0x0 RCU_GP_WAIT_FQS(5) ->state=0x0 ->cpu=0
	! INFO: rcu_tasks detected stalls on tasks:
	! INFO: task rmmod:97 blocked for more than 60 seconds.
	! INFO: trying to register non-static key.
	! turning off the locking correctness validator.
	! DEBUG_LOCKS_WARN_ON(lock->magic != lock)
	! refcount_t: underflow; use-after-free.
	! kmemleak: Kernel memory leak detector disabled
	! ODEBUG: Out of memory. ODEBUG disabled
	! ODEBUG: free active (active state 0) object: 00000000ab object type: timer_list hint: f+0x0/0x10
	! list_del corruption. prev->next should be ffff, but was dead
	! Watchdog detected hard LOCKUP on cpu 1
	! Call Trace:
	  Command line: console=ttyS0,115200 panic=-1 oops=panic
	  rcu: Preemptible hierarchical RCU implementation.
	  rcu: RCU calculated value of scheduler-enlistment delay is 25 jiffies.
	  rcu: RCU restricting CPUs from NR_CPUS=8192 to nr_cpu_ids=2.
	  clocksource: timekeeping watchdog on CPU1: Marking clocksource 'tsc' as unstable because the skew is too large:
	  clocksource: Long readout interval, skipping watchdog check: cs_nsec: 1 wd_nsec: 2
	  NMI watchdog: Perf NMI watchdog permanently disabled
	  kmemleak: Kernel memory leak detector initialized (mem pool available: 15679)
	  kmemleak: Automatic memory scanning thread started
	  kfence: initialized - using 2097152 bytes for 255 objects at 0x0-0x0
	  kasan: KernelAddressSanitizer initialized (generic)
	  ODEBUG: selftest passed
	  DEBUG: something
	  Lock dependency validator: Copyright (c) 2006 Red Hat, Inc., Ingo Molnar
	  traps: fuzz[97] general protection fault ip:401136 sp:7ffd error:0 in fuzz[401000+1000]
	  translate_pid: loading out-of-tree module taints kernel.
	  translate_pid: module verification failed: signature and/or required key missing - tainting kernel
	  workqueue: drain_vmap_area_work hogged CPU for >10000us 4 times, consider switching to WQ_UNBOUND
	  Spectre V2 : Mitigation: Retpolines
	  Unknown kernel command line parameters "dummy.word=1", will be passed to user space.
	END
	cut -c3- "$work/samples" | "$checkout/scripts/sysroot" run python3 -B -c '
import sys
sys.path.insert(0, sys.argv[1])
import guestlog
for line in sys.stdin.buffer:
    found = guestlog.find_trouble(guestlog.console_lines(b"[    1.234567] " + line.rstrip(b"\n") + b"\r\n"))
    print("!" if found else " ", line.decode().rstrip("\n"))' "$here" >"$out"
	check 'log lines are judged rightly' diff "$work/samples" "$out"
}

# What runs where in a race: here, and who called it.
test_races() {
	local race
	while read -r verdict first first_caller second second_caller; do
		race=$(printf '%s\n' "BUG: KCSAN: data-race in a / b" '' "read to 0xffff888000d1802c of 4 bytes by interrupt on cpu 2:" \
			" $first+0x20/0x70" " $first_caller+0x1/0x2" '' "read-write to 0xffff888000d1802c of 4 bytes by task 565 on cpu 3:" \
			" $second+0x6b/0xa0" " $second_caller+0x30/0x40" '' ==============================)
		status=0
		"$checkout/scripts/sysroot" run python3 -B -c 'import sys
sys.path.insert(0, sys.argv[1])
import guestlog
print(len(guestlog.find_trouble(sys.argv[2].split("\n"))))' "$here" "$race" >"$out" 2>"$err" || status=$?
		check "a race of $first and $second, called by $second_caller, counts $verdict times" prints "^$verdict$"
	done <<-'END'
	0 can_migrate_task sched_balance_rq capable do_exit
	1 can_migrate_task sched_balance_rq kfree f[translate_pid]
	1 f[translate_pid] vfs_read kfree do_exit
	0 can_migrate_task sched_balance_rq ns_capable f[translate_pid]
	1 f[translate_pid] vfs_read ns_capable f[translate_pid]
	END
	# Another CPU may write in between; and a report that ends the log has no line of its end.
	"$checkout/scripts/sysroot" run python3 -B -c 'import sys
sys.path.insert(0, sys.argv[1])
import guestlog
race = ["BUG: KCSAN: data-race in a / b", "read to 0xffff888000d1802c of 4 bytes by task 7 on cpu 2:", " a+0x1/0x2"]
for lines in race, [*race, "WARNING: kernel/pid.c:101", "=" * 60], [*race, "BUG: KASAN: wild-memory-access in b"]:
    print([finding.line for finding in guestlog.find_trouble(lines)])' "$here" >"$out" 2>"$err" || status=$?
	check 'a race that does not count hides no other trouble' cmp -s "$out" - <<-'END'
	[]
	['WARNING: kernel/pid.c:101']
	['BUG: KASAN: wild-memory-access in b']
	END
}
