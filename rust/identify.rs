// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! From what a caller has in hand (a pid, a descriptor, an id) to the id of a pid namespace.

use crate::{
    abstractions::{
        ksyms::NsTreeLookup,
        pid_ns::{self, Peek, PidNamespace},
        task, uapi,
    },
    ns_id::NsId,
    registry::Registry,
    translate::Translator,
};
use kernel::{
    prelude::*,
    sync::{aref::ARef, rcu},
};

/// Both names of a namespace.
pub(crate) struct Identity {
    pub(crate) id: NsId,
    /// The kernel's own sequential id.
    pub(crate) ns_id: u64,
}

/// Finds and names namespaces.
pub(crate) struct Identifier {
    /// `None` on kernels without `ns_tree_lookup_rcu()`.
    pub(crate) lookup: Option<NsTreeLookup>,
}

impl Identifier {
    /// The identity of the namespace that `by` and `value` (see the uapi header) name.
    ///
    /// May sleep: a namespace without an id gets one.
    ///
    /// # Errors
    ///
    /// Those of `TRANSLATE_PID_GET_ID` in the uapi header.
    pub(crate) fn identify(
        &self,
        translator: &Translator,
        by: u32,
        value: u64,
    ) -> Result<Identity> {
        task::with_own_namespace(|own| {
            let found;
            let ns = if by == uapi::TRANSLATE_PID_BY_SELF {
                if value != 0 {
                    return Err(EINVAL);
                }
                own
            } else {
                found = self.find(&translator.registry, by, value)?;
                &found
            };
            let guard = rcu::read_lock();
            translator.access.check(own, Peek::of(ns), &guard)?;
            drop(guard);

            Ok(Identity {
                id: translator.registry.id_of(ns)?,
                ns_id: pid_ns::ns_id(ns),
            })
        })
    }

    fn find(&self, registry: &Registry, by: u32, value: u64) -> Result<ARef<PidNamespace>> {
        match by {
            uapi::TRANSLATE_PID_BY_PID => pid_ns::of_pid(int(value)?),
            uapi::TRANSLATE_PID_BY_PIDFD => pid_ns::of_pidfd(int(value)?),
            uapi::TRANSLATE_PID_BY_NSFD => pid_ns::of_nsfd(int(value)?),
            uapi::TRANSLATE_PID_BY_NS_ID => self.lookup.ok_or(EOPNOTSUPP)?.find(value).ok_or(ESRCH),
            uapi::TRANSLATE_PID_BY_ID => {
                let guard = rcu::read_lock();
                registry
                    .find(NsId::named(value), &guard)
                    .and_then(Peek::get)
                    .ok_or(EINVAL)
            }
            _ => Err(EINVAL),
        }
    }
}

/// A pid or a descriptor: nothing beyond 31 bits aliases one.
fn int(value: u64) -> Result<i32> {
    i32::try_from(value).map_err(|_| EINVAL)
}
