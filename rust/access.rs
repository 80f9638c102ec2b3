// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! Who may name a pid namespace: the access rule of the contract.
//!
//! The 2018 patch let only those in who may ptrace the namespace's init. Here one's own namespace
//! is always allowed, as in the 2020 patch: an unprivileged process could not even name its own
//! otherwise.

use crate::abstractions::{
    ksyms::PtraceMayAccess,
    pid_ns::{Audit, Peek, PidNamespace},
    task::{self, Init, Living},
};
use kernel::{prelude::*, uapi::CAP_SYS_PTRACE};

/// What the rule asks about a namespace, and about a caller in a namespace of its own.
pub(crate) trait Subject {
    /// Whether it is the caller's own.
    fn is_own(&self) -> bool;

    /// Whether it is the caller's own or lies below it.
    fn is_within_own(&self) -> bool;

    /// Whether the caller has the capability in the user namespace that owns it.
    fn owner_capable(&self, capability: u32, audit: Audit) -> bool;

    /// Its init.
    fn init(&self) -> Option<Init<'_>>;
}

/// A living namespace, for a caller whose active namespace is `own`.
struct Seen<'a> {
    own: &'a PidNamespace,
    ns: Living<'a>,
}

impl Subject for Seen<'_> {
    fn is_own(&self) -> bool {
        self.ns.peek().is(self.own)
    }

    fn is_within_own(&self) -> bool {
        self.ns.peek().is_within(self.own)
    }

    fn owner_capable(&self, capability: u32, audit: Audit) -> bool {
        self.ns.peek().owner_capable(capability, audit)
    }

    fn init(&self) -> Option<Init<'_>> {
        self.ns.init()
    }
}

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

    /// Whether `ns` lies in the subtree of the caller's namespace `own`, or `capability` lifts
    /// that limit.
    ///
    /// To the kernel, who owns a user namespace has all capabilities in it, also with none of
    /// their own. Containers' roots own each other's, so here one has to be held.
    fn reaches(own: &PidNamespace, ns: Peek<'_>, capability: u32, audit: Audit) -> bool {
        ns.is_within(own)
            || (ns.owner_capable(capability, audit) && task::capable(capability, audit))
    }

    /// Whether the caller, whose active namespace is `own`, has `capability` in the user namespace
    /// that owns `ns`, as far as `confine` lets it.
    ///
    /// Without a record: who lacks it may have access.
    pub(crate) fn has_capability(&self, own: &PidNamespace, ns: Peek<'_>, capability: u32) -> bool {
        let audit = Audit::Quiet;
        (!self.confine || Self::reaches(own, ns, capability, audit))
            && ns.owner_capable(capability, audit)
    }

    /// Whether the caller, whose active namespace is `own`, may access `ns`.
    ///
    /// Takes the `alloc_lock` of the init of `ns`; does not sleep otherwise.
    pub(crate) fn allows(&self, own: &PidNamespace, ns: Living<'_>, audit: Audit) -> bool {
        self.allows_subject(&Seen { own, ns }, audit)
    }

    /// Whether the caller, by its credentials, may access the namespace; takes as much.
    #[inline(always)]
    pub(crate) fn allows_subject(&self, subject: &impl Subject, audit: Audit) -> bool {
        if subject.is_own() {
            return true;
        }
        if self.confine
            && !subject.is_within_own()
            && !(subject.owner_capable(CAP_SYS_PTRACE, audit)
                && task::capable(CAP_SYS_PTRACE, audit))
        {
            return false;
        }
        match subject.init() {
            Some(init) => self.ptrace_may_access.check(init, audit),
            // Nobody's credentials to compare with.
            None => subject.owner_capable(CAP_SYS_PTRACE, audit),
        }
    }

    /// `EPERM` unless [`Self::allows`] the access; a refusal is recorded.
    pub(crate) fn check(&self, own: &PidNamespace, ns: Living<'_>) -> Result {
        if self.allows(own, ns, Audit::Recorded) {
            Ok(())
        } else {
            Err(EPERM)
        }
    }

    /// `EPERM` unless the caller may also be given a descriptor of `ns`, which answers for ever,
    /// and to whom it is passed on, without another check.
    ///
    /// The kernel gives those of the caller's own subtree, by procfs, and others' only to the
    /// privileged, by nsfs file handles: so here too, with or without `confine`.
    pub(crate) fn check_open(&self, own: &PidNamespace, ns: Living<'_>) -> Result {
        self.check(own, ns)?;
        if Self::reaches(own, ns.peek(), CAP_SYS_PTRACE, Audit::Recorded) {
            Ok(())
        } else {
            Err(EPERM)
        }
    }
}
