// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! Which pid namespace has which id.
//!
//! A namespace gets its id when it is created ([`OnCreate`]), when the module is loaded
//! ([`Registry::adopt_existing`]), or, if memory was short then, at first need
//! ([`Registry::id_of`]). The table forgets it when the kernel destroys it.

use crate::{
    abstractions::{
        create_hook::OnCreate,
        entropy::Key,
        ksyms::Address,
        ns_table::{Inserted, NamespaceTable, Vacant},
        pid_ns::{self, Peek, PidNamespace},
    },
    ns_id::{self, NsId},
};
use kernel::{
    prelude::*,
    sync::{
        atomic::{Atomic, Relaxed},
        rcu,
    },
};

#[cfg(translate_pid_kunit)]
#[path = "kunit/registry.rs"]
pub(crate) mod kunit;

/// The registry of ids. The initial namespace is not in the table: its id is fixed.
pub(crate) struct Registry {
    table: NamespaceTable,
    key: Key,
    /// How many numbers of the id sequence have been used.
    drawn: Atomic<u64>,
    /// Ids that were given to a namespace.
    issued: Atomic<u64>,
    /// Those of them that were given at first need.
    late: Atomic<u64>,
}

/// Numbers for the interface to report.
pub(crate) struct Counters {
    pub(crate) namespaces: u64,
    pub(crate) issued: u64,
    pub(crate) late: u64,
    pub(crate) buckets: u64,
}

impl Registry {
    /// An empty registry that forgets namespaces as they die. Sleeps.
    ///
    /// # Errors
    ///
    /// Those of [`NamespaceTable::new`].
    pub(crate) fn new(ns_tree_remove: Address, namespaces: u32) -> Result<Self> {
        Ok(Self {
            table: NamespaceTable::new(ns_tree_remove, ns_id::buckets_for(namespaces))?,
            key: Key::random(),
            drawn: Atomic::new(0),
            issued: Atomic::new(0),
            late: Atomic::new(0),
        })
    }

    /// The table, as evidence that destruction is being followed.
    pub(crate) fn table(&self) -> &NamespaceTable {
        &self.table
    }

    /// Gives ids to the namespaces that exist already. Sleeps. The error is `ENOMEM`.
    ///
    /// To be called when creation is being followed. A namespace whose creator had passed the hook
    /// before it was there, but is not on the kernel's list yet, gets its id at first need.
    pub(crate) fn adopt_existing(&self) -> Result {
        let mut at = pid_ns::next(pid_ns::initial());
        while let Some(ns) = at {
            self.give_id(Vacant::new()?, &ns);
            at = pid_ns::next(&ns);
        }
        Ok(())
    }

    /// The living namespace with this id, for as long as the read section lasts.
    ///
    /// A namespace is dead from its last put on, not only once the kernel's workqueue comes to
    /// destroy it: an id that was found dead once is found dead for ever.
    ///
    /// Takes no lock and writes nothing.
    pub(crate) fn find<'g>(&'g self, id: NsId, guard: &'g rcu::Guard) -> Option<Peek<'g>> {
        if id.is_initial() {
            return Some(Peek::initial(guard));
        }
        self.table
            .find(id.get(), guard)
            .filter(|ns| ns.is_counted())
    }

    /// The id of a namespace, which gets one if it has none yet. May sleep.
    ///
    /// The error is `ENOMEM`.
    pub(crate) fn id_of(&self, ns: &PidNamespace) -> Result<NsId> {
        if pid_ns::is_initial(ns) {
            return Ok(NsId::INITIAL);
        }
        let known = self.table.id_of(ns, &rcu::read_lock());
        if let Some(id) = known {
            return Ok(NsId::named(id));
        }
        let (id, given) = self.give_id(Vacant::new()?, ns);
        if given {
            self.late.fetch_add(1, Relaxed);
        }
        Ok(id)
    }

    /// The counters of the interface.
    pub(crate) fn counters(&self) -> Counters {
        Counters {
            // The initial namespace is not in the table.
            namespaces: self.table.len() + 1,
            issued: self.issued.load(Relaxed),
            late: self.late.load(Relaxed),
            buckets: self.table.buckets() as u64,
        }
    }

    fn draw(&self) -> NsId {
        loop {
            let n = self.drawn.fetch_add(1, Relaxed);
            // One number in 2^64 has no id: at most two turns.
            if let Some(id) = ns_id::nth(n, |round, half| self.key.hash(round, half)) {
                return id;
            }
        }
    }

    /// The id that `ns` has in the end, and whether this call gave it. Does not sleep.
    fn give_id(&self, mut vacant: Vacant, ns: &PidNamespace) -> (NsId, bool) {
        loop {
            let id = self.draw();
            match self.table.insert(vacant, ns, id.get()) {
                Inserted::Yes => {
                    self.issued.fetch_add(1, Relaxed);
                    return (id, true);
                }
                Inserted::AlreadyHas(id) => return (NsId::named(id), false),
                // Cannot happen before the 64-bit counter wraps. The next draw differs.
                Inserted::IdTaken(back) => vacant = back,
            }
        }
    }
}

impl OnCreate for Registry {
    fn created(&self, ns: &PidNamespace) {
        // Without memory at hand the namespace gets its id at first need.
        if let Some(vacant) = Vacant::new_atomic() {
            self.give_id(vacant, ns);
        }
    }
}
