// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! Pids are found as the kernel's own `find_pid_ns()` finds them.

use super::fixture::check;
use crate::abstractions::{
    kunit::TestNs,
    pid::Pid,
    pid_ns::{self, Peek, PidNamespace},
};
use kernel::{prelude::*, sync::rcu};

/// More than numbers that the kernel has given by then, in trees of two levels and three.
const MANY: i32 = 10_000;

/// Adds 1 to `found` if it is found.
fn is_alike(nr: i32, ns: &PidNamespace, found: &mut usize) -> Result {
    let guard = rcu::read_lock();
    check!(
        Pid::is_found_as_by_the_kernel(nr, Peek::of(ns), &guard),
        "number {nr}"
    );
    *found += usize::from(Pid::find(nr, Peek::of(ns), &guard).is_some());
    Ok(())
}

/// Adds how many are found to `found`; 1 counts more than once.
fn are_alike(ns: &PidNamespace, found: &mut usize) -> Result {
    for nr in 1..MANY {
        is_alike(nr, ns, found)?;
    }
    for bit in 1..31 {
        for nr in [(1 << bit) - 1, 1 << bit, (1 << bit) + 1] {
            is_alike(nr, ns, found)?;
        }
    }
    is_alike(i32::MAX, ns, found)
}

pub(super) fn in_the_initial_namespace() -> Result {
    let mut found = 0;
    are_alike(pid_ns::initial(), &mut found)?;
    check!(found > 10, "{found} numbers are found");
    Ok(())
}

pub(super) fn in_a_namespace_with_none_or_one() -> Result {
    let ns = TestNs::new()?;
    let mut found = 0;
    are_alike(&ns, &mut found)?;
    check!(found == 0, "{found} numbers are found");
    ns.attach_init()?;
    are_alike(&ns, &mut found)?;
    check!(found > 0, "the init is not found");
    ns.last_put().detach_init();
    Ok(())
}
