// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! Who may name a pid namespace: the access rule of the contract.
//!
//! The 2018 patch let only those in who may ptrace the namespace's init. Here one's own namespace
//! is always allowed, as in the 2020 patch: an unprivileged process could not even name its own
//! otherwise.

use crate::abstractions::{
    ksyms::PtraceMayAccess,
    pid_ns::{Peek, PidNamespace},
    task::{self, Init},
};
use kernel::{prelude::*, sync::rcu, uapi::CAP_SYS_PTRACE};

/// The access rule.
#[derive(Clone, Copy)]
pub(crate) struct AccessRule {
    ptrace_may_access: PtraceMayAccess,
    /// Module parameter `confine`.
    confine: bool,
}

impl AccessRule {
    pub(crate) fn new(ptrace_may_access: PtraceMayAccess, confine: bool) -> Self {
        Self {
            ptrace_may_access,
            confine,
        }
    }

    pub(crate) fn confines(&self) -> bool {
        self.confine
    }

    /// Whether `confine` lets the caller, whose active namespace is `own`, be asked about `ns` for
    /// the rest of the rule. `capability` lifts it.
    ///
    /// To the kernel, who owns a user namespace has all capabilities in it, also with none of
    /// their own. Containers' roots own each other's, so here one has to be held.
    fn reaches(&self, own: &PidNamespace, ns: Peek<'_>, capability: u32) -> bool {
        !self.confine
            || ns.is_within(own)
            || (ns.owner_capable(capability) && task::capable(capability))
    }

    /// Whether the caller, whose active namespace is `own`, has `capability` in the user namespace
    /// that owns `ns`, as far as `confine` lets it.
    pub(crate) fn has_capability(&self, own: &PidNamespace, ns: Peek<'_>, capability: u32) -> bool {
        self.reaches(own, ns, capability) && ns.owner_capable(capability)
    }

    /// Whether the caller, whose active namespace is `own`, may access `ns`.
    ///
    /// Takes the `alloc_lock` of the init of `ns`; does not sleep otherwise. The error is `EPERM`.
    pub(crate) fn check(&self, own: &PidNamespace, ns: Peek<'_>, guard: &rcu::Guard) -> Result {
        if ns.is(own) {
            return Ok(());
        }
        if !self.reaches(own, ns, CAP_SYS_PTRACE) {
            return Err(EPERM);
        }
        let allowed = match Init::of(ns, guard) {
            Some(init) => self.ptrace_may_access.check(init),
            // Nobody's credentials to compare with.
            None => ns.owner_capable(CAP_SYS_PTRACE),
        };
        if allowed {
            Ok(())
        } else {
            Err(EPERM)
        }
    }
}
