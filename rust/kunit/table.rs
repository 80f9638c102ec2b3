// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! The table of ids: what is found, what is not, and for how long it stays.

use super::*;
use crate::{
    abstractions::kunit::{beside, failing_allocation, namespaces_freed, TestNs},
    kunit::fixture::{check, freed_after_ms, namespaces, ns_tree_remove, sleep_ms, Signal},
};

/// Known, so that namespaces can be made for ids.
fn key() -> Key {
    Key::new([7; 16])
}

fn table(buckets: usize) -> Result<NamespaceTable> {
    NamespaceTable::new(ns_tree_remove()?, key(), buckets, Lives::new()?)
}

/// A namespace that has this id in the tables made here.
fn with_id(id: u64) -> Result<TestNs> {
    let ids: Ids<RoundKeys> = Ids::new(key().into(), pid_ns::ns_id(pid_ns::initial()));
    TestNs::with_ns_id(ids.ns_id(NsId::named(id)))
}

/// To be declared before the table that they are put into, as in the fixture.
fn namespaces_with_ids(ids: impl IntoIterator<Item = u64>) -> Result<KVec<TestNs>> {
    let mut made = KVec::new();
    for id in ids {
        made.push(with_id(id)?, GFP_KERNEL)?;
    }
    Ok(made)
}

fn insert(table: &NamespaceTable, ns: &TestNs) -> Result {
    table.insert(Vacant::new()?, ns, None);
    Ok(())
}

fn remove(table: &NamespaceTable, ns: &TestNs) {
    let id = table.ids().id(pid_ns::ns_id(ns));
    table.index.remove(id, ns.address());
}

fn id_of(table: &NamespaceTable, ns: &TestNs) -> u64 {
    table.ids().id(pid_ns::ns_id(ns)).get()
}

fn has(table: &NamespaceTable, ns: &TestNs, id: u64) -> bool {
    let found = table
        .find(NsId::named(id), &rcu::read_lock())
        .is_some_and(|found| found.is(ns));
    found && id_of(table, ns) == id
}

fn names_nothing(table: &NamespaceTable, id: u64) -> bool {
    table.find(NsId::named(id), &rcu::read_lock()).is_none()
}

pub(crate) fn found_by_id() -> Result {
    // The largest id is one like others.
    let mut all = namespaces_with_ids([1, 3, u64::MAX])?;
    let table = table(64)?;
    check!(
        table.len() == 0 && names_nothing(&table, 1),
        "a new table has an entry"
    );
    for (ns, id) in all.iter().zip([1, 3, u64::MAX]) {
        check!(names_nothing(&table, id), "an entry that nobody made");
        insert(&table, ns)?;
        check!(has(&table, ns, id), "id {id} is not found");
    }
    check!(table.len() == 3, "{} entries", table.len());
    check!(names_nothing(&table, 2), "an id is found that nobody has");

    drop(all.pop());
    check!(
        names_nothing(&table, u64::MAX),
        "an id is found after its namespace's removal"
    );
    check!(
        table.len() == 2 && has(&table, &all[0], 1) && has(&table, &all[1], 3),
        "a removal took more than its own entry"
    );
    drop(all);
    check!(table.len() == 0, "{} entries are left", table.len());
    Ok(())
}

pub(crate) fn many_entries_per_bucket() -> Result {
    const MANY: usize = 2000;
    let mut all = namespaces(MANY)?;
    let table = table(4)?;
    check!(table.buckets() == 4, "{} buckets", table.buckets());
    for ns in all.iter() {
        insert(&table, ns)?;
    }
    check!(table.len() == MANY as u64, "{} entries", table.len());
    for (i, ns) in all.iter().enumerate() {
        let id = id_of(&table, ns);
        check!(has(&table, ns, id), "number {i} is not found");
        check!(
            names_nothing(&table, id.wrapping_add(1)),
            "an id is found that nobody has"
        );
    }
    // From both ends and from the middle of the chains.
    let mut i = 0;
    while all.len() > 3 {
        let at = [0, all.len() / 2, all.len() - 1][i % 3];
        i += 1;
        let ns = all.remove(at).map_err(|_| EINVAL)?;
        let gone = id_of(&table, &ns);
        drop(ns);
        check!(
            names_nothing(&table, gone),
            "id {gone} is found after its removal"
        );
        check!(
            table.len() == all.len() as u64,
            "{} entries for {}",
            table.len(),
            all.len()
        );
    }
    for ns in all.iter() {
        check!(
            has(&table, ns, id_of(&table, ns)),
            "a removal took more than its own entry"
        );
    }
    Ok(())
}

/// Ids that differ only where no hash looks.
pub(crate) fn equal_hashes() -> Result {
    let id = |i: usize| ((i as u64) << 32) | 7;
    let mut all = namespaces_with_ids((0..64).map(id))?;
    let table = table(1024)?;
    for ns in all.iter() {
        insert(&table, ns)?;
    }
    let in_chain = table.index.buckets.entries(7, &rcu::read_lock()).count();
    check!(in_chain == 64, "{in_chain} entries share the bucket");
    drop(all.remove(31).map_err(|_| EINVAL)?);
    check!(
        names_nothing(&table, id(31)),
        "an id is found after its removal"
    );
    for (i, ns) in all.iter().enumerate() {
        check!(
            has(&table, ns, id(i + usize::from(i >= 31))),
            "number {i} is not found"
        );
    }
    Ok(())
}

pub(crate) fn one_entry_per_namespace() -> Result {
    let mut all = namespaces_with_ids(5..=6)?;
    let table = table(64)?;
    for _ in 0..3 {
        insert(&table, &all[0])?;
        insert(&table, &all[1])?;
        check!(table.len() == 2, "{} entries of two", table.len());
    }
    drop(all.remove(0).map_err(|_| EINVAL)?);
    check!(
        table.len() == 1 && names_nothing(&table, 5) && has(&table, &all[0], 6),
        "an entry is left, or too many are gone"
    );
    Ok(())
}

pub(crate) fn removal_twice() -> Result {
    let all = namespaces_with_ids(1..=3)?;
    let table = table(1)?;
    for ns in all.iter() {
        insert(&table, ns)?;
    }
    for _ in 0..3 {
        remove(&table, &all[1]);
        check!(
            table.len() == 2 && names_nothing(&table, 2),
            "{} entries are left",
            table.len()
        );
    }
    check!(
        has(&table, &all[0], 1) && has(&table, &all[2], 3),
        "another entry is gone"
    );
    Ok(())
}

pub(crate) fn removal_of_the_unknown() -> Result {
    let mut all = namespaces_with_ids(1..=2)?;
    let table = table(64)?;
    insert(&table, &all[0])?;
    drop(all.pop());
    // No namespace, or one whose id is another's.
    table.index.remove(NsId::named(1), core::ptr::null());
    table.index.remove(NsId::named(2), all[0].address());
    // From a bucket that the entry is not in.
    let entry = table
        .index
        .buckets
        .lock(1)
        .find(|e| e.id == NsId::named(1))
        .ok_or(EINVAL)?;
    check!(
        !table.index.buckets.lock(2).unlink(entry),
        "an entry was in two buckets"
    );
    check!(
        table.len() == 1 && has(&table, &all[0], 1),
        "an entry is gone"
    );
    Ok(())
}

pub(crate) fn buckets_are_a_power_of_two() -> Result {
    for (asked, made) in [(0, 1), (1, 1), (2, 2), (3, 4), (1000, 1024)] {
        let buckets = Buckets::<Entry>::new(asked)?;
        check!(
            buckets.len() == made,
            "{} buckets instead of {made}",
            buckets.len()
        );
    }
    let too_many = Buckets::<Entry>::new(usize::MAX).err();
    check!(
        too_many == Some(EINVAL),
        "too many buckets give {too_many:?}"
    );
    let too_large = Buckets::<Entry>::new(1 << 62).err();
    check!(
        too_large == Some(ENOMEM),
        "too large an array gives {too_large:?}"
    );
    let elsewhere = Address::find(c"ptrace_may_access")?;
    let error = NamespaceTable::new(elsewhere, key(), 1, Lives::new()?).err();
    check!(error == Some(EINVAL), "a hook elsewhere gives {error:?}");
    Ok(())
}

pub(crate) fn every_allocation_fails_once() -> Result {
    let (memory, hit) = failing_allocation(1, Vacant::new);
    check!(
        hit,
        "set failslab/ignore-gfp-wait to N before the module is loaded"
    );
    check!(
        memory.err() == Some(ENOMEM),
        "there is memory in spite of a failure"
    );
    let (memory, hit) = failing_allocation(1, Vacant::new_atomic);
    check!(
        hit && memory.is_none(),
        "there is memory in spite of a failure"
    );

    let address = ns_tree_remove()?;
    let lives = Lives::new()?;
    let mut refused = 0;
    for nth in 1.. {
        let (table, hit) = failing_allocation(nth, || {
            NamespaceTable::new(address, key(), 64, lives.clone())
        });
        if !hit {
            check!(table.is_ok(), "{:?} without a failure", table.err());
            break;
        }
        // What the kernel's own debugging allocates may be missing without harm.
        if let Err(e) = table {
            check!(e == ENOMEM, "{e:?} when allocation {nth} fails");
            refused += 1;
        }
    }
    // The box of the index, the hook, ftrace's own; the array of buckets is tried for twice.
    check!(refused >= 3, "only {refused} failures had an effect");
    let ns = with_id(1)?;
    let table = table(64)?;
    insert(&table, &ns)?;
    check!(
        has(&table, &ns, 1),
        "a table after the failures does not work"
    );
    Ok(())
}

/// KASAN and kmemleak see what is wrong here.
pub(crate) fn dropped_while_full() -> Result {
    let all = namespaces(200)?;
    for buckets in [1, 256] {
        let table = table(buckets)?;
        for ns in all.iter() {
            insert(&table, ns)?;
        }
        // Removed just before: freed by RCU, not by the drop.
        for ns in all.iter().step_by(3) {
            remove(&table, ns);
        }
        drop(table);
    }
    Ok(())
}

/// The drain: a namespace that was found stays until the read section ends, no matter what; and
/// no longer.
pub(crate) fn reader_keeps_what_it_found() -> Result {
    // How long freeing takes when nobody stands in the way.
    rcu_barrier();
    let before = namespaces_freed();
    drop(TestNs::new()?);
    let usual = freed_after_ms(before + 1);
    check!(usual.is_some(), "a namespace is not freed");
    let usual = usual.unwrap_or(0);

    let ns = with_id(9)?;
    let address = ns.address().addr();
    let table = table(64)?;
    insert(&table, &ns)?;
    let before = namespaces_freed();
    let (found, go_on, right) = (Signal::new(), Signal::new(), Signal::new());
    let reader = || {
        let guard = rcu::read_lock();
        let peek = table
            .find(NsId::named(9), &guard)
            .filter(|peek| peek.as_ptr().addr() == address);
        found.give();
        let went_on = go_on.spin();
        // KASAN knows if the memory is not the namespace's any more.
        if went_on && peek.is_some_and(|peek| !peek.is_counted() && peek.get().is_none()) {
            right.give();
        }
    };
    let remover = || -> Result {
        let was_found = found.wait();
        let dying = ns.last_put();
        let still_there = table.find(NsId::named(9), &rcu::read_lock()).is_some();
        drop(dying);
        let gone = names_nothing(&table, 9) && table.len() == 0;
        sleep_ms(3 * usual + 200);
        let kept = namespaces_freed() == before;
        go_on.give();
        check!(
            was_found && still_there,
            "the entry went before its namespace's removal"
        );
        check!(gone, "a removed namespace is found");
        check!(kept, "a namespace was freed under a reader");
        Ok(())
    };
    beside(reader, remover)??;
    check!(right.was_given(), "what the reader found changed under it");
    check!(
        freed_after_ms(before + 1).is_some(),
        "a namespace stays after its last reader left"
    );
    Ok(())
}

/// A reader in the middle of a chain gets to its end, whatever is removed around it.
pub(crate) fn reader_stands_on_a_removed_entry() -> Result {
    // In one bucket, newest first: 9, 8, ... 1, and at the end one that stands for 0.
    let all = namespaces_with_ids([1000, 1, 2, 3, 4, 5, 6, 7, 8, 9])?;
    let table = table(1)?;
    for ns in all.iter() {
        insert(&table, ns)?;
    }
    let (standing, go_on, right) = (Signal::new(), Signal::new(), Signal::new());
    let reader = || {
        let guard = rcu::read_lock();
        let mut chain = table.index.buckets.entries(0, &guard);
        let here = chain.find(|e| e.id == NsId::named(5));
        standing.give();
        if !go_on.spin() {
            return;
        }
        let kept = here.is_some_and(|e| e.id == NsId::named(5));
        // 4 was behind it when it was unlinked, and may be seen; 3 and 2 were removed as well.
        let left = [1, 1000].map(NsId::named);
        let mut seen = 0;
        for entry in chain {
            if left.get(seen) == Some(&entry.id) {
                seen += 1;
            }
        }
        if kept && seen == left.len() {
            right.give();
        }
    };
    let remover = || -> Result {
        let stands = standing.wait();
        // Itself, then before and behind it, both neighbours first and last.
        for i in [5, 6, 4, 9, 3, 2] {
            remove(&table, &all[i]);
        }
        sleep_ms(200);
        let left = table.index.buckets.entries(0, &rcu::read_lock()).count();
        go_on.give();
        check!(stands, "the reader did not start");
        check!(left == 4 && table.len() == 4, "{left} entries are left");
        Ok(())
    };
    beside(reader, remover)??;
    check!(right.was_given(), "the reader lost its way");
    Ok(())
}

/// Lookups on one CPU, births and deaths on another: what lives all the time is always found.
pub(crate) fn lookups_beside_changes() -> Result {
    const STABLE: u64 = 1000;
    const ROUNDS: u64 = 300;
    const BATCH: u64 = 200;
    let stable = with_id(STABLE)?;
    let table = table(2)?;
    insert(&table, &stable)?;
    let (started, stop, wrong) = (Signal::new(), Signal::new(), Signal::new());
    let lookups = Atomic::<u64>::new(0);
    let reader = || {
        while !stop.was_given() {
            for n in 0..BATCH {
                let guard = rcu::read_lock();
                let passing = table.find(NsId::named(n % 8 + 1), &guard);
                let steady = table.find(NsId::named(STABLE), &guard);
                if passing.is_some_and(|peek| peek.is(&stable))
                    || !steady.is_some_and(|peek| peek.is(&stable))
                {
                    wrong.give();
                }
            }
            started.give();
            lookups.fetch_add(BATCH, Relaxed);
            // Lets a machine with one CPU go on.
            sleep_ms(1);
        }
    };
    let changes = || -> Result {
        check!(started.wait(), "the reader did not start");
        for round in 0..ROUNDS {
            let some = namespaces_with_ids((0..8).map(|i| (i + round) % 8 + 1))?;
            for ns in some.iter() {
                insert(&table, ns)?;
            }
        }
        Ok(())
    };
    let outcome = beside(reader, || {
        let outcome = changes();
        stop.give();
        outcome
    })?;
    outcome?;
    check!(
        !wrong.was_given(),
        "a lookup beside changes found something else"
    );
    check!(table.len() == 1, "{} entries are left", table.len());
    pr_info!(
        "# figures: lookups={} births={}\n",
        lookups.load(Relaxed),
        8 * ROUNDS
    );
    Ok(())
}
