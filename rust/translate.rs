// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! `translate_pid(pid, source, target)`: the contract, once for every interface.
//!
//! The steps, their order and the results are those of the 2018 patch, but for the access rule
//! ([`crate::access`]).

use crate::{
    abstractions::{
        pid::Pid,
        pid_ns::{Peek, PidNamespace},
        task,
    },
    access::AccessRule,
    ns_id::NsId,
    registry::Registry,
};
use kernel::{prelude::*, sync::rcu, sync::Arc};

/// Translates pids and checks access.
pub(crate) struct Translator {
    pub(crate) registry: Arc<Registry>,
    pub(crate) access: AccessRule,
}

impl Translator {
    /// The number in `target` of the pid that is `pid` in `source`; 0 if it has none there.
    ///
    /// One RCU read section; takes no lock but the `alloc_lock` of the inits whose access is
    /// checked, allocates nothing and does not sleep.
    ///
    /// # Errors
    ///
    /// In this order: `EINVAL`, `source` is no live id; `EPERM`, no access to it; `EINVAL` and
    /// `EPERM` for `target`; `ESRCH`, no such pid in `source`.
    pub(crate) fn translate(&self, pid: i32, source: NsId, target: NsId) -> Result<i32> {
        task::with_own_namespace(|own| {
            let guard = rcu::read_lock();
            let source = self.enter(own, source, &guard)?;
            let target = self.enter(own, target, &guard)?;
            // Debug builds can hold a lookup here, with both namespaces in hand.
            task::debug_stall(pid, &guard);
            let pid = Pid::find(pid, source, &guard).ok_or(ESRCH)?;
            Ok(pid.number_in(target))
        })
    }

    /// The living namespace with the id, if the caller may access it.
    fn enter<'g>(
        &'g self,
        own: &PidNamespace,
        id: NsId,
        guard: &'g rcu::Guard,
    ) -> Result<Peek<'g>> {
        let ns = self.registry.find(id, guard).ok_or(EINVAL)?;
        self.access.check(own, ns)?;
        Ok(ns.peek())
    }
}
