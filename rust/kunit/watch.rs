// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! Watches: for how long their namespaces are found, who shares one, and when it goes.

use super::*;
use crate::{
    abstractions::{
        entropy::Key,
        kunit::{beside, failing_allocation, namespaces_freed, TestNs},
        lives::Lives,
        ns_table::NamespaceTable,
    },
    kunit::fixture::{check, freed_after_ms, namespaces, ns_tree_remove, sleep_ms, Signal},
};

/// How often a change that happens by itself is looked for, a millisecond apart.
const LOOKS: u32 = 20_000;

fn table(buckets: usize) -> Result<NamespaceTable> {
    NamespaceTable::new(ns_tree_remove()?, Key::new([7; 16]), buckets, Lives::new()?)
}

fn finds(watched: &Watched, ns: &TestNs) -> bool {
    watched
        .peek(&rcu::read_lock())
        .is_some_and(|found| found.is(ns))
}

fn is_gone(watched: &Watched) -> bool {
    watched.peek(&rcu::read_lock()).is_none()
}

fn users(watched: &Watched) -> usize {
    watched.watch().users.load(Relaxed)
}

fn linked(watches: &Watches) -> usize {
    let guard = rcu::read_lock();
    (0..watches.shared.buckets.len() as u64)
        .map(|bucket| watches.shared.buckets.entries(bucket, &guard).count())
        .sum()
}

/// Whether the work item gives its use back.
fn work_is_done(watched: &Watched, users_left: usize) -> bool {
    for _ in 0..LOOKS {
        if users(watched) == users_left {
            return true;
        }
        sleep_ms(1);
    }
    false
}

pub(crate) fn found_until_the_removal() -> Result {
    let (ns, other) = (TestNs::new()?, TestNs::new()?);
    let table = table(64)?;
    let (one, two) = (table.watch(&ns)?, table.watch(&other)?);
    check!(
        finds(&one, &ns) && finds(&two, &other),
        "another namespace is found"
    );
    check!(!one.is(&two), "two namespaces share a watch");
    // The count falls, and nothing tells of it yet.
    let dying = ns.last_put();
    check!(!is_gone(&one), "it is gone before its removal");
    drop(dying);
    check!(is_gone(&one), "it is found after its removal");
    check!(
        finds(&two, &other),
        "a removal took more than its own watch"
    );
    check!(work_is_done(&one, 1), "{} users are left", users(&one));
    Ok(())
}

pub(crate) fn one_watch_per_namespace() -> Result {
    let all = namespaces(50)?;
    let table = table(1)?;
    let mut held = KVec::new();
    for i in 0..2 * all.len() {
        held.push(table.watch(&all[i % all.len()])?, GFP_KERNEL)?;
    }
    let watches = held[0].watches.clone();
    check!(linked(&watches) == 50, "{} watches", linked(&watches));
    for (i, ns) in all.iter().enumerate() {
        check!(
            held[i].is(&held[50 + i]) && finds(&held[i], ns),
            "number {i} has two watches"
        );
        check!(users(&held[i]) == 2, "{} users", users(&held[i]));
    }
    held.truncate(50);
    check!(
        linked(&watches) == 50,
        "a watch went before its last user: {} are left",
        linked(&watches)
    );
    held.clear();
    check!(
        linked(&watches) == 0,
        "{} watches are left",
        linked(&watches)
    );
    // And again, of the same namespaces.
    let again = table.watch(&all[7])?;
    check!(
        finds(&again, &all[7]) && linked(&watches) == 1,
        "a namespace cannot be watched again"
    );
    Ok(())
}

/// The last put of a test namespace warns if it is not the last.
pub(crate) fn keeps_no_namespace() -> Result {
    let before = namespaces_freed();
    let all = namespaces(20)?;
    let table = table(64)?;
    let mut held = KVec::new();
    for ns in all.iter() {
        held.push(table.watch(ns)?, GFP_KERNEL)?;
    }
    drop(all);
    check!(
        freed_after_ms(before + 20).is_some(),
        "namespaces are kept: {} of 20 were freed",
        namespaces_freed() - before
    );
    check!(held.iter().all(is_gone), "a freed namespace is found");
    Ok(())
}

/// Who has found it in time keeps it until the read section ends.
pub(crate) fn reader_keeps_what_it_found() -> Result {
    let before = namespaces_freed();
    let ns = TestNs::new()?;
    let table = table(64)?;
    let watched = table.watch(&ns)?;
    let (inside, removed, kept) = (Signal::new(), Signal::new(), Signal::new());
    let seen = beside(
        || {
            let guard = rcu::read_lock();
            let found = watched.peek(&guard);
            inside.give();
            let in_time = removed.spin();
            // KASAN looks at this.
            let counted = found.is_some_and(|ns| ns.is_counted());
            if in_time && found.is_some() && !counted && namespaces_freed() == before {
                kept.give();
            }
        },
        || {
            let begun = inside.wait();
            drop(ns);
            removed.give();
            begun
        },
    )?;
    check!(seen, "the reader has not begun");
    check!(kept.was_given(), "the reader did not keep it");
    check!(is_gone(&watched), "it is found after its removal");
    check!(
        freed_after_ms(before + 1).is_some(),
        "it was not freed after the reader had left"
    );
    Ok(())
}

pub(crate) fn outlives_the_table() -> Result {
    let ns = TestNs::new()?;
    let table = table(64)?;
    let (one, two) = (table.watch(&ns)?, table.watch(&ns)?);
    drop(table);
    // Nobody would tell of the removal any more.
    check!(
        is_gone(&one) && is_gone(&two),
        "it is found when nobody follows removals"
    );
    check!(work_is_done(&one, 2), "{} users are left", users(&one));
    drop(ns);
    drop(one);
    check!(is_gone(&two), "it is found after its removal");
    Ok(())
}

pub(crate) fn every_allocation_fails_once() -> Result {
    let ns = TestNs::new()?;
    let table = table(64)?;
    let other = table.watch(&ns)?;
    let watches = other.watches.clone();
    drop(other);
    for nth in 1..10 {
        let (result, failed) = failing_allocation(nth, || table.watch(&ns));
        // The first allocation is the watch. What follows is the kernel's own for its charge to a
        // memory cgroup, without which it leaves the watch uncharged (`alloc_slab_obj_exts()`).
        check!(nth > 1 || failed, "nothing is allocated");
        check!(nth > 1 || result.is_err(), "the failure is not told");
        check!(
            result.map_or(true, |watched| finds(&watched, &ns)),
            "with failure {nth}, it is not watched"
        );
        check!(linked(&watches) == 0, "failure {nth} leaves a watch");
        if !failed {
            return Ok(());
        }
    }
    check!(false, "there is no end of allocations");
    Ok(())
}

/// Namespaces die while others begin and end to watch them.
pub(crate) fn watchers_beside_deaths() -> Result {
    const ROUNDS: usize = 200;
    let before = namespaces_freed();
    let table = table(1)?;
    for round in 0..ROUNDS {
        let ns = TestNs::new()?;
        let first = table.watch(&ns)?;
        let begin = Signal::new();
        let mut right = true;
        beside(
            || {
                begin.spin();
                drop(first);
            },
            || {
                let second = table.watch(&ns);
                begin.give();
                let found = second.as_ref().is_ok_and(|watched| finds(watched, &ns));
                drop(ns);
                right = found && second.is_ok_and(|watched| is_gone(&watched));
            },
        )?;
        check!(right, "round {round}: found or not found wrongly");
    }
    check!(
        freed_after_ms(before + ROUNDS as u64).is_some(),
        "namespaces are kept"
    );
    Ok(())
}
