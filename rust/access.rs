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
    /// Module parameter `ancestors`.
    ancestors: bool,
    /// Whether either is on: what [`Self::admit`] looks at, so that both cost one branch.
    is_special: bool,
}

/// Why a translation may not simply go on.
pub(crate) enum Refusal {
    /// It fails.
    Failed(Error),
    /// A namespace lies above the caller's own, and the parameter `ancestors` is on: whether it may
    /// be asked about, and what is told, depends on the other one ([`crate::crossing`]).
    Ancestor,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl AccessRule {
    pub(crate) fn new(ptrace_may_access: PtraceMayAccess, confine: bool) -> Self {
        Self {
            ptrace_may_access,
            confine,
            ancestors: false,
            is_special: confine,
        }
    }

    /// The same rule with the parameter `ancestors` on or off.
    pub(crate) fn with_ancestors(self, ancestors: bool) -> Self {
        Self {
            ancestors,
            is_special: self.confine || ancestors,
            ..self
        }
    }

    pub(crate) fn confines(&self) -> bool {
        self.confine
    }

    pub(crate) fn opens_ancestors(&self) -> bool {
        self.ancestors
    }

    /// Whether `ns` lies above the caller's namespace `own`, and `ancestors` is on.
    pub(crate) fn is_open_ancestor(&self, own: &PidNamespace, ns: Peek<'_>) -> bool {
        self.ancestors && ns.is_above(own)
    }

    /// Lets a translation have `ns`, which is not the caller's namespace `own`.
    #[inline(always)]
    pub(crate) fn admit(&self, own: &PidNamespace, ns: Living<'_>) -> Result<(), Refusal> {
        if self.is_special {
            return self.admit_specially(own, ns);
        }
        if self.may_access_init(&Seen { own, ns }, Audit::Recorded) {
            Ok(())
        } else {
            Err(Refusal::Failed(EPERM))
        }
    }

    #[inline(never)]
    fn admit_specially(&self, own: &PidNamespace, ns: Living<'_>) -> Result<(), Refusal> {
        if self.is_open_ancestor(own, ns.peek()) {
            return Err(Refusal::Ancestor);
        }
        Ok(self.check(own, ns)?)
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
        self.may_access_init(subject, audit)
    }

    #[inline(always)]
    fn may_access_init(&self, subject: &impl Subject, audit: Audit) -> bool {
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
        if self.allows_open(own, ns, Audit::Recorded) {
            Ok(())
        } else {
            Err(EPERM)
        }
    }

    /// The same as a question.
    pub(crate) fn allows_open(&self, own: &PidNamespace, ns: Living<'_>, audit: Audit) -> bool {
        self.allows(own, ns, audit) && Self::reaches(own, ns.peek(), CAP_SYS_PTRACE, audit)
    }
}
