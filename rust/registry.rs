// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! Which pid namespace has which id.
//!
//! Any namespace has its id from the beginning: it is made of the kernel's own `ns_id` and the key
//! ([`crate::ns_id`]). The table makes finding quick. A namespace gets its entry when it is
//! created ([`OnCreate`]) or when the module is loaded ([`Registry::adopt_existing`]); the table
//! forgets it when the kernel destroys it. A namespace that has none, because memory was short
//! when it was created or because it was half created when the module was loaded, is found in the
//! kernel's own tree.

use crate::{
    abstractions::{
        clock::BootTime,
        create_hook::OnCreate,
        entropy::Key,
        ksyms::{Address, NsList, NsTreeLookup},
        lives::Lives,
        ns_table::{NamespaceTable, Vacant},
        pid_ns::{self, Peek, PidNamespace},
        task::Living,
        watch::Watched,
    },
    id_hints::IdHints,
    ns_id::{self, NsId},
};
use kernel::{
    prelude::*,
    sync::{rcu, Arc},
};

#[cfg(translate_pid_kunit)]
#[path = "kunit/registry.rs"]
pub(crate) mod kunit;

/// The registry of ids. The initial namespace is not in the table: its id is fixed.
pub(crate) struct Registry {
    table: NamespaceTable,
    lookup: NsTreeLookup,
    hints: IdHints,
}

/// Numbers for the interface to report.
pub(crate) struct Counters {
    pub(crate) namespaces: u64,
    pub(crate) buckets: u64,
}

impl Registry {
    /// A registry without entries that forgets namespaces as they die. Sleeps.
    ///
    /// # Errors
    ///
    /// Those of [`NamespaceTable::new`].
    pub(crate) fn new(
        ns_tree_remove: Address,
        lookup: NsTreeLookup,
        key: Key,
        namespaces: u32,
        lives: Arc<Lives>,
    ) -> Result<Self> {
        let buckets = ns_id::buckets_for(namespaces);
        Ok(Self {
            table: NamespaceTable::new(ns_tree_remove, key, buckets, lives)?,
            lookup,
            hints: IdHints::new()?,
        })
    }

    /// The table, as evidence that destruction is being followed.
    pub(crate) fn table(&self) -> &NamespaceTable {
        &self.table
    }

    /// Gives entries to the namespaces that exist already. Sleeps. The error is `ENOMEM`.
    ///
    /// To be called when creation is being followed. A namespace whose creator had passed the hook
    /// before it was there, but is not on the kernel's list yet, stays without.
    pub(crate) fn adopt_existing(&self, list: NsList) -> Result {
        let mut at = list.next(pid_ns::initial());
        while let Some(ns) = at {
            self.table.insert(Vacant::new()?, &ns, None);
            at = list.next(&ns);
        }
        Ok(())
    }

    /// The living namespace with this id, for as long as the read section lasts.
    ///
    /// A namespace is dead from its last put on, not only once the kernel's workqueue comes to
    /// destroy it: an id that was found dead once is found dead for ever.
    ///
    /// Takes no lock and writes nothing, but for what [`NsTreeLookup::find`] does.
    pub(crate) fn find<'g>(&'g self, id: NsId, guard: &'g rcu::Guard) -> Option<Living<'g>> {
        Living::new(self.peek(id, guard)?, guard)
    }

    /// The namespace with this id, for as long as the read section lasts; it may be dead, its
    /// memory only waiting to be freed.
    ///
    /// For those who know in another way that it lives. Takes and writes as [`Self::find`].
    pub(crate) fn peek<'g>(&'g self, id: NsId, guard: &'g rcu::Guard) -> Option<Peek<'g>> {
        if id.is_initial() {
            return Some(Peek::of(pid_ns::initial()));
        }
        self.table
            .find(id, guard)
            .or_else(|| self.lookup.find(self.table.ids().ns_id(id), guard))
    }

    /// The living namespace with the kernel's own id, for as long as the read section lasts.
    pub(crate) fn find_by_ns_id<'g>(
        &'g self,
        ns_id: u64,
        guard: &'g rcu::Guard,
    ) -> Option<Peek<'g>> {
        self.lookup.find(ns_id, guard).filter(|ns| ns.is_counted())
    }

    /// The id of a namespace.
    pub(crate) fn id_of(&self, ns: &PidNamespace) -> NsId {
        self.table.ids().id(pid_ns::ns_id(ns))
    }

    /// The id of a namespace, and when it was created, if the module has seen that and had the
    /// memory to note it.
    pub(crate) fn identify(&self, ns: Peek<'_>, guard: &rcu::Guard) -> (NsId, Option<BootTime>) {
        let id = self.table.ids().id(ns.ns_id());
        (id, self.table.created(id, guard))
    }

    /// The same of a namespace that is only peeked at. Quicker if it was asked about lately: only
    /// then nothing is written.
    pub(crate) fn id_of_peeked(&self, ns: Peek<'_>, guard: &rcu::Guard) -> NsId {
        if ns.is(pid_ns::initial()) {
            return NsId::INITIAL;
        }
        let ns_id = ns.ns_id();
        self.hints.id(
            ns_id,
            |hint| {
                self.table
                    .find(hint, guard)
                    .is_some_and(|found| found.is_also(ns))
            },
            || self.table.ids().id(ns_id),
        )
    }

    /// The id of the namespace that has the kernel's own id `ns_id`, or had it.
    pub(crate) fn id_of_ns_id(&self, ns_id: u64) -> NsId {
        self.table.ids().id(ns_id)
    }

    /// Watches a namespace, without keeping it. Sleeps. The error is `ENOMEM`.
    pub(crate) fn watch(&self, ns: &PidNamespace) -> Result<Watched> {
        self.table.watch(ns)
    }

    /// A number that changes whenever ids do.
    pub(crate) fn generation(&self) -> u64 {
        self.table.ids().generation()
    }

    /// The counters of the interface.
    pub(crate) fn counters(&self) -> Counters {
        Counters {
            // The initial namespace is not in the table.
            namespaces: self.table.len() + 1,
            buckets: self.table.buckets() as u64,
        }
    }
}

impl OnCreate for Registry {
    fn created(&self, ns: &PidNamespace) {
        // Without memory at hand the namespace is found in the kernel's tree.
        if let Some(vacant) = Vacant::new_atomic() {
            self.table.insert(vacant, ns, BootTime::now());
        }
    }
}
