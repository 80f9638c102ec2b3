// SPDX-License-Identifier: GPL-2.0-only
#![deny(unsafe_code)]

//! `translate_pid`: gives each pid namespace a 64-bit id and translates pids between namespaces
//! that are named by these ids.
//!
//! The way of a request: [`device`] (entry) -> [`translate`] (contract) -> [`access`] and
//! [`registry`] (table) -> `abstractions` -> the kernel. See `docs/concurrency.md` for who runs
//! what, and [`abstractions`] for the layers.
//!
//! Does not support: kernels whose namespaces are not kept in the namespace trees (before 6.18).

mod abstractions;
mod access;
mod device;
mod hook_table;
mod identify;
mod ns_id;
mod proc_entries;
mod registry;
mod translate;

use abstractions::{device::Device, hook::CreateHook, ksyms, proc, uapi};
use access::AccessRule;
use device::Service;
use identify::Identifier;
use kernel::{prelude::*, sync::Arc};
use registry::Registry;
use translate::Translator;

module! {
    type: TranslatePid,
    name: "translate_pid",
    authors: ["The translate_pid developers"],
    description: "Translation of pids between pid namespaces named by 64-bit ids",
    license: "GPL v2",
    params: {
        namespaces: u32 {
            default: 100000,
            description: "Number of pid namespaces that the table is sized for",
        },
        confine: bool {
            default: false,
            description: "Also refuse pid namespaces outside the caller's own subtree, unless it has CAP_SYS_PTRACE over them",
        },
    },
}

/// Everything the module registers. Fields are dropped from the first to the last, so this is the
/// order of unloading; loading goes the other way.
#[pin_data]
struct TranslatePid {
    /// Open descriptors keep the module, so no ioctl is under way any more.
    #[pin]
    _device: Device<Service>,
    /// Waits for readers.
    _proc_pidns_id: proc::File<Registry>,
    /// Waits for callbacks; no namespace gets an entry after this.
    _create_hook: CreateHook<Registry>,
    /// With it go the hook at the removal of namespaces, then the table; waits for callbacks of
    /// both kinds. Nobody else holds a reference any more.
    _registry: Arc<Registry>,
}

impl kernel::InPlaceModule for TranslatePid {
    fn init(module: &'static ThisModule) -> impl PinInit<Self, Error> {
        pin_init::pin_init_scope(move || {
            let symbols = hook_table::resolve()?;
            let access = AccessRule::new(
                ksyms::PtraceMayAccess::bind(symbols.ptrace_may_access)?,
                module_parameters::confine.value(),
            );
            let lookup = symbols
                .ns_tree_lookup
                .map(ksyms::NsTreeLookup::bind)
                .transpose()?;

            let registry = Arc::new(
                Registry::new(
                    symbols.ns_tree_remove,
                    module_parameters::namespaces.value(),
                )?,
                GFP_KERNEL,
            )?;
            let create_hook =
                CreateHook::new(symbols.ns_tree_add, registry.clone(), registry.table())?;
            registry.adopt_existing()?;

            let service = Arc::new(
                Service {
                    features: features(&access, lookup.is_some()),
                    translator: Arc::new(
                        Translator {
                            registry: registry.clone(),
                            access,
                        },
                        GFP_KERNEL,
                    )?,
                    identifier: Identifier { lookup },
                },
                GFP_KERNEL,
            )?;

            Ok(try_pin_init!(Self {
                _registry: registry.clone(),
                _create_hook: create_hook,
                _proc_pidns_id: proc::File::new(c"pidns_id", registry)?,
                _device <- Device::new(c"translate_pid", module, service),
            }))
        })
    }
}

fn features(access: &AccessRule, by_ns_id: bool) -> u64 {
    let mut features = uapi::TRANSLATE_PID_HAS_TRANSLATE | uapi::TRANSLATE_PID_HAS_PROC;
    if by_ns_id {
        features |= uapi::TRANSLATE_PID_HAS_BY_NS_ID;
    }
    if access.confines() {
        features |= uapi::TRANSLATE_PID_HAS_CONFINE;
    }
    u64::from(features)
}
