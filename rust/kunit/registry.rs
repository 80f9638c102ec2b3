// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! The registry of ids: who gets one, when, and that it is never another's.

use super::*;
use crate::{
    abstractions::{
        entropy::RoundKeys,
        kunit::{failing_allocation, TestNs},
    },
    kunit::fixture::{are_distinct, check, namespaces, ns_list, ns_tree_lookup, ns_tree_remove},
};

fn key() -> Key {
    Key::new([11; 16])
}

fn registry() -> Result<Registry> {
    Registry::new(
        ns_tree_remove()?,
        ns_tree_lookup()?,
        key(),
        64,
        Lives::new()?,
    )
}

fn finds(registry: &Registry, id: NsId, ns: &PidNamespace) -> bool {
    let guard = rcu::read_lock();
    registry
        .find(id, &guard)
        .is_some_and(|found| found.peek().is(ns))
}

fn names_nothing(registry: &Registry, id: NsId) -> bool {
    registry.find(id, &rcu::read_lock()).is_none()
}

pub(crate) fn initial_namespace() -> Result {
    let registry = registry()?;
    let id = registry.id_of(pid_ns::initial());
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
        counters.namespaces == 1,
        "it counts {} namespaces",
        counters.namespaces
    );
    Ok(())
}

/// It has the value that the initial namespace leaves unused.
pub(crate) fn namespace_whose_value_is_zero() -> Result {
    let registry = registry()?;
    // What the permutation itself has at the initial namespace's number: the id that it has in a
    // registry whose initial namespace is another.
    let initial = pid_ns::ns_id(pid_ns::initial());
    let elsewhere: ns_id::Ids<RoundKeys> = ns_id::Ids::new(key().into(), initial + 1);
    let left = elsewhere.id(initial);
    let ns = TestNs::with_ns_id(registry.table.ids().ns_id(left))?;
    registry.created(&ns);
    check!(
        registry.id_of(&ns) == left && !left.is_initial(),
        "it has the id {}",
        registry.id_of(&ns).get()
    );
    check!(
        finds(&registry, left, &ns),
        "id {} is not found",
        left.get()
    );
    drop(ns);
    check!(names_nothing(&registry, left), "it is found after its end");
    check!(
        finds(&registry, NsId::INITIAL, pid_ns::initial()),
        "id 0 is not the initial one any more"
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
        let id = registry.id_of(&ns);
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
    Ok(())
}

pub(crate) fn dying_namespace_is_not_found() -> Result {
    let mut all = namespaces(2)?;
    let registry = registry()?;
    let mut ids = KVec::new();
    for ns in all.iter() {
        registry.created(ns);
        ids.push(registry.id_of(ns), GFP_KERNEL)?;
    }
    // Between the last put and the removal, the entry is there still.
    let dying = all.pop().ok_or(EINVAL)?.last_put();
    {
        let guard = rcu::read_lock();
        let entry = registry.table.find(ids[1], &guard);
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

/// No namespace of the kernel's has an init and no count. This one has, and shows what is read.
pub(crate) fn count_is_not_read_while_there_is_an_init() -> Result {
    let ns = TestNs::new()?;
    let registry = registry()?;
    registry.created(&ns);
    let id = registry.id_of(&ns);
    ns.attach_init()?;
    let dying = ns.last_put();
    let has_init = {
        let guard = rcu::read_lock();
        registry.find(id, &guard).map(|ns| ns.init().is_some())
    };
    check!(
        has_init == Some(true),
        "with an init it is found dead by its count ({has_init:?})"
    );
    dying.detach_init();
    check!(
        names_nothing(&registry, id),
        "without an init it is found though its count is zero"
    );
    Ok(())
}

/// The id is the same; the kernel's tree has to be asked for it.
pub(crate) fn created_without_memory() -> Result {
    let mut all = namespaces(2)?;
    let registry = registry()?;
    for ns in all.iter() {
        let id = registry.id_of(ns);
        let ((), hit) = failing_allocation(1, || registry.created(ns));
        check!(hit, "creation allocates nothing");
        check!(registry.id_of(ns) == id, "the id is another one");
        // The namespaces of these tests are in no tree of the kernel's.
        check!(
            names_nothing(&registry, id) && registry.counters().namespaces == 1,
            "an entry without memory"
        );
    }
    // Adopted by hand, one is found, and the other one dies unnoticed.
    registry.created(&all[0]);
    check!(
        finds(&registry, registry.id_of(&all[0]), &all[0]),
        "the id is not found"
    );
    drop(all.pop());
    check!(
        registry.counters().namespaces == 2,
        "an entry for nothing, or one too few"
    );
    Ok(())
}

/// All namespaces of the kernel; `tests/kunit/run` makes some first.
fn existing() -> Result<impl Iterator<Item = kernel::sync::aref::ARef<PidNamespace>>> {
    let list = ns_list()?;
    Ok(core::iter::successors(
        list.next(pid_ns::initial()),
        move |ns| list.next(ns),
    ))
}

pub(crate) fn existing_namespaces_are_found_without_entries() -> Result {
    let registry = registry()?;
    let mut count = 0;
    for ns in existing()? {
        let id = registry.id_of(&ns);
        let guard = rcu::read_lock();
        check!(
            registry.table.find(id, &guard).is_none(),
            "an entry that nobody made"
        );
        check!(
            registry
                .find(id, &guard)
                .is_some_and(|found| found.peek().is(&ns)),
            "id {} is not found",
            id.get()
        );
        let by_ns_id = registry.find_by_ns_id(pid_ns::ns_id(&ns), &guard);
        check!(
            by_ns_id.is_some_and(|found| found.is(&ns)),
            "it is not found by the kernel's number"
        );
        check!(
            registry.find(NsId::named(id.get() ^ 1), &guard).is_none(),
            "an id is found that nobody has"
        );
        count += 1;
    }
    check!(
        count >= 3,
        "there are {count} pid namespaces; the test wants three at least"
    );
    Ok(())
}

pub(crate) fn existing_namespaces_are_adopted() -> Result {
    let list = ns_list()?;
    let count = existing()?.count() as u64;
    let registry = registry()?;
    let (adopted, hit) = failing_allocation(2, || registry.adopt_existing(list));
    check!(hit, "adoption allocates less than it must");
    check!(
        adopted == Err(ENOMEM) || registry.counters().namespaces == count + 1,
        "{adopted:?} after {} of {count} namespaces",
        registry.counters().namespaces
    );
    // The second time finds what the first one did.
    for _ in 0..2 {
        registry.adopt_existing(list)?;
        let counters = registry.counters();
        check!(
            counters.namespaces == count + 1,
            "{} of {count} namespaces",
            counters.namespaces
        );
    }
    let mut ids = KVec::new();
    for ns in existing()? {
        let id = registry.id_of(&ns);
        let entry = registry.table.find(id, &rcu::read_lock()).is_some();
        check!(entry, "id {} has no entry", id.get());
        check!(finds(&registry, id, &ns), "id {} leads elsewhere", id.get());
        ids.push(id.get(), GFP_KERNEL)?;
    }
    check!(
        ids.len() as u64 == count && are_distinct(&mut ids),
        "two namespaces have one id"
    );
    Ok(())
}

pub(crate) fn same_key_after_a_reload() -> Result {
    let ns = TestNs::new()?;
    let (before, generation) = {
        let registry = registry()?;
        (registry.id_of(&ns), registry.generation())
    };
    let same = registry()?;
    check!(
        same.id_of(&ns) == before && same.generation() == generation,
        "the id is another with the same key"
    );
    let other = Registry::new(
        ns_tree_remove()?,
        ns_tree_lookup()?,
        Key::random(),
        64,
        Lives::new()?,
    )?;
    check!(
        other.id_of(&ns) != before && other.generation() != generation,
        "the id is the same with another key"
    );
    check!(
        generation != 0 && other.generation() != 0,
        "a generation is 0"
    );
    Ok(())
}

/// The hints of all of them are in one place, and one of them has no entry.
pub(crate) fn hints_are_of_the_namespace_itself() -> Result {
    const APART: u64 = 1024;
    let mut all = KVec::new();
    for n in 1..=4 {
        all.push(TestNs::with_ns_id((1 << 40) + n * APART)?, GFP_KERNEL)?;
    }
    let registry = registry()?;
    for ns in all.iter().skip(1) {
        registry.created(ns);
    }
    for round in 0..3 {
        for ns in all.iter() {
            // Made, then by the hint, where there is an entry.
            for _ in 0..2 {
                let id = registry.id_of_peeked(Peek::of(ns), &rcu::read_lock());
                check!(
                    id == registry.id_of(ns),
                    "round {round}: {} is told instead of {}",
                    id.get(),
                    registry.id_of(ns).get()
                );
            }
        }
    }
    let initial = registry.id_of_peeked(Peek::of(pid_ns::initial()), &rcu::read_lock());
    check!(initial.is_initial(), "the initial one is {}", initial.get());
    Ok(())
}
