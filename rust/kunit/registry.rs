// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! The registry of ids: who gets one, when, and that it is never another's.

use super::*;
use crate::{
    abstractions::kunit::{beside, failing_allocation, TestNs},
    kunit::fixture::{are_distinct, check, namespaces, ns_tree_remove, Signal},
};

fn registry() -> Result<Registry> {
    Registry::new(ns_tree_remove()?, 64)
}

fn finds(registry: &Registry, id: NsId, ns: &PidNamespace) -> bool {
    let guard = rcu::read_lock();
    registry.find(id, &guard).is_some_and(|found| found.is(ns))
}

fn names_nothing(registry: &Registry, id: NsId) -> bool {
    registry.find(id, &rcu::read_lock()).is_none()
}

pub(crate) fn initial_namespace() -> Result {
    let registry = registry()?;
    let id = registry.id_of(pid_ns::initial())?;
    check!(
        id == NsId::INITIAL,
        "the initial namespace has the id {}",
        id.get()
    );
    check!(
        finds(&registry, NsId::named(0), pid_ns::initial()),
        "id 0 is not the initial one"
    );
    let counters = registry.counters();
    check!(
        counters.namespaces == 1 && counters.issued == 0,
        "it counts {} namespaces, {} ids",
        counters.namespaces,
        counters.issued
    );
    Ok(())
}

/// The number whose id would be 0 falls to two namespaces in a row.
pub(crate) fn number_without_an_id_is_skipped() -> Result {
    let all = namespaces(3)?;
    let registry = registry()?;
    let zero = crate::kunit::number_of_zero(&registry.key);
    registry.drawn.store(zero.wrapping_sub(1), Relaxed);
    for ns in all.iter() {
        let id = registry.id_of(ns)?;
        check!(!id.is_initial(), "a namespace has the initial one's id");
        check!(finds(&registry, id, ns), "id {} is not found", id.get());
    }
    let drawn = registry.drawn.load(Relaxed);
    check!(
        drawn == zero.wrapping_add(3),
        "{drawn} numbers were used, 0's is {zero}"
    );
    check!(
        registry.counters().issued == 3,
        "{} ids",
        registry.counters().issued
    );
    Ok(())
}

/// Cannot happen before the counter wraps, so it is turned back.
pub(crate) fn taken_id_is_drawn_again() -> Result {
    let all = namespaces(3)?;
    let registry = registry()?;
    let mut ids = [0; 3];
    for (id, ns) in ids.iter_mut().zip(all.iter()) {
        registry.drawn.store(0, Relaxed);
        *id = registry.id_of(ns)?.get();
    }
    check!(are_distinct(&mut ids), "two namespaces have one id");
    for ns in all.iter() {
        check!(
            finds(&registry, registry.id_of(ns)?, ns),
            "an id leads elsewhere"
        );
    }
    let counters = registry.counters();
    check!(
        counters.issued == 3 && counters.namespaces == 4,
        "{} ids of {} namespaces",
        counters.issued,
        counters.namespaces
    );
    Ok(())
}

/// The kernel gives the same memory to one namespace after the other.
pub(crate) fn no_id_twice_in_many_lives() -> Result {
    const LIVES: usize = 3000;
    let registry = registry()?;
    let mut ids = KVVec::with_capacity(LIVES, GFP_KERNEL)?;
    for _ in 0..LIVES {
        let ns = TestNs::new()?;
        registry.created(&ns);
        let id = registry.id_of(&ns)?;
        check!(finds(&registry, id, &ns), "id {} is not found", id.get());
        drop(ns);
        check!(
            names_nothing(&registry, id),
            "id {} is found after its end",
            id.get()
        );
        ids.push(id.get(), GFP_KERNEL)?;
    }
    for id in ids.iter() {
        check!(
            names_nothing(&registry, NsId::named(*id)),
            "id {id} names something again"
        );
    }
    check!(are_distinct(&mut ids), "an id was given twice");
    let counters = registry.counters();
    check!(
        counters.namespaces == 1,
        "{} namespaces are left",
        counters.namespaces
    );
    check!(counters.issued == LIVES as u64, "{} ids", counters.issued);
    Ok(())
}

pub(crate) fn no_id_twice_on_two_cpus() -> Result {
    const EACH: usize = 20_000;
    let registry = registry()?;
    let mut ids = KVVec::from_elem(0u64, 2 * EACH, GFP_KERNEL)?;
    let (one, other) = ids.split_at_mut(EACH);
    let ready = Signal::new();
    let draw = |into: &mut [u64]| into.iter_mut().for_each(|id| *id = registry.draw().get());
    let together = beside(
        || {
            ready.give();
            draw(one);
        },
        || {
            let together = ready.wait();
            draw(other);
            together
        },
    )?;
    check!(together, "the other thread did not start");
    check!(are_distinct(&mut ids), "an id was drawn twice");
    check!(ids[0] != 0, "0 was drawn");
    Ok(())
}

pub(crate) fn dying_namespace_is_not_found() -> Result {
    let mut all = namespaces(2)?;
    let registry = registry()?;
    let mut ids = KVec::new();
    for ns in all.iter() {
        ids.push(registry.id_of(ns)?, GFP_KERNEL)?;
    }
    // Between the last put and the removal, the entry is there still.
    let dying = all.pop().ok_or(EINVAL)?.last_put();
    {
        let guard = rcu::read_lock();
        let entry = registry.table.find(ids[1].get(), &guard);
        let counted = entry.map(|peek| (peek.is_counted(), peek.get().is_some()));
        check!(
            counted == Some((false, false)),
            "its entry says {counted:?}"
        );
    }
    check!(
        names_nothing(&registry, ids[1]),
        "a dead namespace is found"
    );
    drop(dying);
    check!(
        names_nothing(&registry, ids[1]),
        "a removed namespace is found"
    );
    check!(
        finds(&registry, ids[0], &all[0]),
        "the other one is not found"
    );
    check!(
        registry.counters().namespaces == 2,
        "{} namespaces",
        registry.counters().namespaces
    );
    Ok(())
}

pub(crate) fn created_without_memory() -> Result {
    let mut all = namespaces(2)?;
    let registry = registry()?;
    let ((), hit) = failing_allocation(1, || registry.created(&all[0]));
    check!(hit, "creation allocates nothing");
    let known = registry.table.id_of(&all[0], &rcu::read_lock());
    check!(
        known.is_none() && registry.counters().issued == 0,
        "an id without memory"
    );
    let id = registry.id_of(&all[0])?;
    check!(
        finds(&registry, id, &all[0]),
        "the id given at first need is not found"
    );
    check!(
        registry.id_of(&all[0])? == id,
        "the second question has another answer"
    );
    let counters = registry.counters();
    check!(
        counters.late == 1 && counters.issued == 1,
        "{} were late",
        counters.late
    );
    // One that nobody ever asks for dies unnoticed.
    let ((), hit) = failing_allocation(1, || registry.created(&all[1]));
    drop(all.pop());
    check!(
        hit && registry.counters().namespaces == 2,
        "an entry for nothing"
    );
    Ok(())
}

pub(crate) fn first_need_without_memory() -> Result {
    let all = namespaces(1)?;
    let registry = registry()?;
    let (id, hit) = failing_allocation(1, || registry.id_of(&all[0]));
    check!(
        hit,
        "set failslab/ignore-gfp-wait to N before the module is loaded"
    );
    check!(id == Err(ENOMEM), "{id:?} without memory");
    let counters = registry.counters();
    check!(
        counters.namespaces == 1 && counters.issued == 0,
        "something stayed of the attempt"
    );
    let id = registry.id_of(&all[0])?;
    check!(finds(&registry, id, &all[0]), "the id is not found");
    let (again, hit) = failing_allocation(1, || registry.id_of(&all[0]));
    check!(again == Ok(id) && !hit, "a known id needs memory");
    Ok(())
}

/// Whoever comes second gets what the first one got.
pub(crate) fn first_need_twice_at_once() -> Result {
    const ROUNDS: u64 = 100;
    let registry = registry()?;
    for round in 1..=ROUNDS {
        let ns = TestNs::new()?;
        let ready = Signal::new();
        let mut theirs = Err(EINVAL);
        let ours = beside(
            || {
                ready.give();
                theirs = registry.id_of(&ns);
            },
            || {
                let together = ready.spin();
                registry.id_of(&ns).map(|id| (together, id))
            },
        )?;
        let (together, ours) = ours?;
        check!(together, "the other thread did not start");
        check!(
            theirs == Ok(ours),
            "one namespace has the ids {theirs:?} and {ours:?}"
        );
        check!(
            finds(&registry, ours, &ns),
            "id {} is not found",
            ours.get()
        );
        let counters = registry.counters();
        check!(
            counters.issued == round && counters.late == round,
            "{} ids, {} late, in round {round}",
            counters.issued,
            counters.late
        );
    }
    Ok(())
}

/// `tests/kunit/run` makes some namespaces first.
pub(crate) fn existing_namespaces_are_adopted() -> Result {
    let existing =
        || core::iter::successors(pid_ns::next(pid_ns::initial()), |ns| pid_ns::next(ns));
    let count = existing().count() as u64;
    check!(
        count >= 3,
        "there are {count} pid namespaces; the test wants three at least"
    );

    let registry = registry()?;
    let (adopted, hit) = failing_allocation(2, || registry.adopt_existing());
    check!(hit, "adoption allocates less than it must");
    check!(
        adopted == Err(ENOMEM) || registry.counters().issued == count,
        "{adopted:?} after {} of {count} ids",
        registry.counters().issued
    );
    // The second time finds what the first one did.
    for _ in 0..2 {
        registry.adopt_existing()?;
        let counters = registry.counters();
        check!(
            counters.issued == count && counters.namespaces == count + 1 && counters.late == 0,
            "{} ids of {} namespaces, {} late",
            counters.issued,
            counters.namespaces,
            counters.late
        );
    }
    let mut ids = KVec::new();
    for ns in existing() {
        let id = registry.id_of(&ns)?;
        check!(finds(&registry, id, &ns), "id {} leads elsewhere", id.get());
        ids.push(id.get(), GFP_KERNEL)?;
    }
    check!(
        ids.len() as u64 == count && are_distinct(&mut ids),
        "two namespaces have one id"
    );
    Ok(())
}
