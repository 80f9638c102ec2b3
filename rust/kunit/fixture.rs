// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! What the in-kernel tests share: a check that returns, waiting, and tables to test.

use crate::abstractions::{
    ksyms::{Address, NsList, NsTreeLookup, Variable},
    kunit::{namespaces_freed, TestNs},
};
use kernel::{
    fmt,
    prelude::*,
    processor::cpu_relax,
    sync::atomic::{Acquire, Atomic, Release},
    time::{delay::fsleep, Delta, Instant, Monotonic},
};

/// How long anything may take that happens by itself, also under emulation.
const PATIENCE_MS: i64 = 20_000;
/// How long a thread may spin under RCU, which begins to complain after 21 s.
const SPIN_MS: i64 = 10_000;

/// Ends a test with a sentence in the kernel's log, unless the condition holds.
macro_rules! check {
    ($condition:expr, $($what:tt)+) => {
        if !$condition {
            return $crate::kunit::fixture::failed(
                file!(),
                line!(),
                stringify!($condition),
                kernel::prelude::fmt!($($what)+),
            );
        }
    };
}
pub(crate) use check;

pub(crate) fn failed(file: &str, line: u32, condition: &str, what: fmt::Arguments<'_>) -> Result {
    pr_err!("# {file}:{line}: {what}; {condition} does not hold\n");
    Err(EINVAL)
}

/// `count` namespaces. To be declared before the table that they are put into.
pub(crate) fn namespaces(count: usize) -> Result<KVec<TestNs>> {
    let mut made = KVec::with_capacity(count, GFP_KERNEL)?;
    for _ in 0..count {
        made.push(TestNs::new()?, GFP_KERNEL)?;
    }
    Ok(made)
}

/// The function at which tables follow removals.
pub(crate) fn ns_tree_remove() -> Result<Address> {
    Address::find(c"__ns_tree_remove")
}

/// The kernel's own way from an `ns_id` to a namespace.
pub(crate) fn ns_tree_lookup() -> Result<NsTreeLookup> {
    NsTreeLookup::bind(Address::find(c"ns_tree_lookup_rcu")?)
}

/// The kernel's own list of pid namespaces.
pub(crate) fn ns_list() -> Result<NsList> {
    NsList::new(Variable::find(c"pid_ns_tree")?)
}

/// Whether no two are equal. Sorts.
pub(crate) fn are_distinct(ids: &mut [u64]) -> bool {
    ids.sort_unstable();
    ids.windows(2).all(|pair| pair[0] != pair[1])
}

/// Sleeps until so many test namespaces have been freed; the milliseconds that it took, or `None`
/// if they were not.
pub(crate) fn freed_after_ms(count: u64) -> Option<i64> {
    let start = Instant::<Monotonic>::now();
    loop {
        let waited = start.elapsed().as_millis();
        if namespaces_freed() >= count {
            return Some(waited);
        }
        if waited > PATIENCE_MS {
            return None;
        }
        sleep_ms(1);
    }
}

pub(crate) fn sleep_ms(ms: i64) {
    fsleep(Delta::from_millis(ms));
}

/// Something that one thread tells the other.
pub(crate) struct Signal(Atomic<u32>);

impl Signal {
    pub(crate) fn new() -> Self {
        Self(Atomic::new(0))
    }

    pub(crate) fn give(&self) {
        self.0.store(1, Release);
    }

    pub(crate) fn was_given(&self) -> bool {
        self.0.load(Acquire) != 0
    }

    /// Spins, so it may be called under RCU. `false` if the signal did not come.
    pub(crate) fn spin(&self) -> bool {
        let start = Instant::<Monotonic>::now();
        while !self.was_given() {
            if start.elapsed().as_millis() > SPIN_MS {
                return false;
            }
            cpu_relax();
        }
        true
    }

    /// Sleeps. `false` if the signal did not come.
    pub(crate) fn wait(&self) -> bool {
        let start = Instant::<Monotonic>::now();
        while !self.was_given() {
            if start.elapsed().as_millis() > PATIENCE_MS {
                return false;
            }
            sleep_ms(1);
        }
        true
    }
}
