// SPDX-License-Identifier: GPL-2.0-only
#![deny(unsafe_code)]

//! `translate_pid`: gives each pid namespace a 64-bit id and translates pids between namespaces
//! that are named by these ids.
//!
//! The way of a request: [`device`] (interface) -> [`translate`] (contract) -> [`access`] and
//! [`registry`] (table) -> `abstractions` -> the kernel. See `docs/concurrency.md` for who runs
//! what, and [`abstractions`] for the layers.
//!
//! Does not support: kernels whose namespaces are not kept in the namespace trees (before 6.18).

mod abstractions;
mod access;
mod bound;
mod chain;
mod crossing;
mod device;
mod follow;
mod gaps;
mod hook_table;
mod id_hints;
mod identify;
mod init_pid;
#[cfg(translate_pid_kunit)]
mod kunit;
mod list;
mod list_ns;
mod many;
mod ns_id;
mod pidfd;
mod proc_files;
mod records;
mod registry;
mod system_call;
mod translate;

use abstractions::{
    bound::Handles,
    create_hook::CreateHook,
    device::Device,
    entropy::Key,
    ksyms,
    lives::{DeathHook, Lives},
    parameters,
    pidfd::PidfdPrepare,
    proc,
    proc_link::ProcLink,
    syscall::{Numbers, SystemCall},
    uapi,
};
use access::AccessRule;
use bound::Binder;
use device::Service;
use follow::{Births, Follower};
use identify::Finder;
use kernel::{prelude::*, sync::Arc};
use list_ns::NsLister;
use registry::Registry;
use translate::Translator;

module! {
    type: TranslatePid,
    name: "translate_pid",
    authors: ["The translate_pid developers"],
    description: "Translation of pids between pid namespaces named by 64-bit ids",
    license: "GPL v2",
}

/// Everything the module registers. Fields are dropped from the first to the last, so this is the
/// order of unloading; loading goes the other way.
#[pin_data]
struct TranslatePid {
    /// Open descriptors and bound handles keep the module, so no ioctl is under way any more.
    #[pin]
    _device: Device<Service>,
    /// `/proc/translate_pid`. Waits for callers.
    _proc_commands: Option<proc::File<Service>>,
    /// Waits for callers.
    _system_call: Option<SystemCall<Translator>>,
    /// Waits for readers, and takes the link out of all directories.
    _proc_link: Option<ProcLink<Registry>>,
    /// Waits for readers.
    _proc_pidns_id: proc::File<Registry>,
    /// Waits for callbacks; no namespace gets an entry after this.
    _create_hook: CreateHook<Births>,
    /// Waits for callbacks.
    _death_hook: Option<DeathHook>,
    /// With it go the hook at the removal of namespaces, then the table; waits for callbacks of
    /// both kinds. Nobody else holds a reference any more.
    _registry: Arc<Registry>,
}

impl kernel::InPlaceModule for TranslatePid {
    fn init(module: &'static ThisModule) -> impl PinInit<Self, Error> {
        pin_init::pin_init_scope(move || {
            // First of all, so that it is wiped whatever becomes of the load.
            let key = Key::chosen().unwrap_or_else(Key::random);
            let numbers = chosen_numbers()?;
            let symbols = hook_table::resolve()?;

            let lives = Lives::new()?;
            let registry = Registry::new(
                symbols.ns_tree_remove,
                ksyms::NsTreeLookup::bind(symbols.ns_tree_lookup)?,
                key,
                parameters::get().namespaces,
                lives.clone(),
            )
            .inspect_err(|e| {
                pr_err!("__ns_tree_remove cannot be followed, or there is no memory ({e:?}); not loading\n")
            })?;
            let registry = Arc::new(registry, GFP_KERNEL)?;
            let births = Births {
                registry: registry.clone(),
                lives: lives.clone(),
            };
            let births = Arc::new(births, GFP_KERNEL)?;
            let create_hook = CreateHook::new(symbols.ns_tree_add, births, registry.table())
                .inspect_err(|e| {
                    pr_err!("__ns_tree_add_raw cannot be followed ({e:?}); not loading\n")
                })?;
            let ns_list = ksyms::NsList::new(symbols.ns_list)?;
            registry.adopt_existing(ns_list)?;

            let translator = Arc::new(
                Translator {
                    registry: registry.clone(),
                    access: AccessRule::new(
                        ksyms::PtraceMayAccess::bind(symbols.ptrace_may_access)?,
                        parameters::get().confine,
                    )
                    .with_ancestors(parameters::get().ancestors),
                },
                GFP_KERNEL,
            )?;
            let finder = Finder {
                registry: registry.clone(),
            };

            let proc_pidns_id = proc::File::new(c"pidns_id", registry.clone())?;
            let link = parameters::get().link;
            let proc_link = optional(
                symbols
                    .proc_link
                    .filter(|_| link != parameters::LINK_OFF)
                    .map(|symbols| {
                        let listed = link == parameters::LINK_LISTED;
                        ProcLink::new(symbols, listed, registry.clone())
                    }),
                "there is no /proc/<pid>/ns/pidns_id: procfs cannot be extended",
            )?;
            let system_call = optional(
                symbols
                    .syscall
                    .filter(|_| !numbers.all_off())
                    .map(|symbols| SystemCall::new(symbols, numbers, translator.clone())),
                "there is no system call: sys_ni_syscall cannot be redirected",
            )?;

            let pidfd_prepare = symbols.pidfd_prepare.map(PidfdPrepare::bind).transpose()?;

            let death_hook = optional(
                symbols.zap.map(|zap| DeathHook::new(zap, lives.clone())),
                "nobody is told of the lives of pid namespaces: zap_pid_ns_processes cannot be followed",
            )?;
            let follower = death_hook
                .as_ref()
                .map(|hook| Follower::new(hook, lives.clone(), translator.clone(), module))
                .transpose()?;

            let service = Arc::new(
                Service {
                    features: u64::from(
                        uapi::TRANSLATE_PID_FEATURE_TRANSLATE
                            | uapi::TRANSLATE_PID_FEATURE_BY_NS_ID
                            | uapi::TRANSLATE_PID_FEATURE_PROC
                            | uapi::TRANSLATE_PID_FEATURE_THREAD_GROUP,
                    ) | bit(
                        translator.access.confines(),
                        uapi::TRANSLATE_PID_FEATURE_CONFINE,
                    ) | bit(proc_link.is_some(), uapi::TRANSLATE_PID_FEATURE_PROC_LINK)
                        | bit(system_call.is_some(), uapi::TRANSLATE_PID_FEATURE_SYSCALL)
                        | bit(follower.is_some(), uapi::TRANSLATE_PID_FEATURE_WATCH)
                        | bit(
                            parameters::get().proc_commands,
                            uapi::TRANSLATE_PID_FEATURE_PROC_COMMANDS,
                        )
                        | bit(
                            translator.access.opens_ancestors(),
                            uapi::TRANSLATE_PID_FEATURE_ANCESTORS,
                        )
                        | bit(pidfd_prepare.is_some(), uapi::TRANSLATE_PID_FEATURE_PIDFD),
                    numbers: if system_call.is_some() {
                        numbers
                    } else {
                        Numbers::OFF
                    },
                    follower,
                    binder: Binder {
                        translator: translator.clone(),
                        handles: Handles::new(module)?,
                    },
                    ns_lister: NsLister {
                        translator: translator.clone(),
                        namespaces: ns_list,
                    },
                    pidfd_prepare,
                    translator,
                    finder,
                },
                GFP_KERNEL,
            )?;
            let proc_commands = parameters::get()
                .proc_commands
                .then(|| proc::File::new_commands(c"translate_pid", service.clone()))
                .transpose()?;

            let features = service.features;
            let numbers = service.numbers;

            Ok(try_pin_init!(Self {
                _registry: registry,
                _create_hook: create_hook,
                _death_hook: death_hook,
                _proc_pidns_id: proc_pidns_id,
                _proc_link: proc_link,
                _system_call: system_call,
                _proc_commands: proc_commands,
                _device <- Device::new(c"translate_pid", module, service),
            })
            .pin_chain(move |_| {
                say_loaded(features, numbers, link == parameters::LINK_LISTED);
                Ok(())
            }))
        })
    }
}

/// The one line of a load that has succeeded.
fn say_loaded(features: u64, numbers: Numbers, listed: bool) {
    let has = |bit: u32| features & u64::from(bit) != 0;
    let on = |bit| if has(bit) { "on" } else { "off" };
    let link = match (has(uapi::TRANSLATE_PID_FEATURE_PROC_LINK), listed) {
        (true, true) => "listed",
        (true, false) => "hidden",
        (false, _) => "off",
    };
    let version = parameters::version();
    let Numbers { x86_64, x32, i386 } = numbers;
    let commands = on(uapi::TRANSLATE_PID_FEATURE_PROC_COMMANDS);
    let confine = on(uapi::TRANSLATE_PID_FEATURE_CONFINE);
    let ancestors = on(uapi::TRANSLATE_PID_FEATURE_ANCESTORS);
    pr_info!("version {version}: system call {x86_64} (x86-64), {x32} (x32), {i386} (i386), -1 is off; /proc/<pid>/ns/pidns_id {link}; /proc/translate_pid {commands}; confine {confine}; ancestors {ancestors}\n");
}

/// A part that the module does without if the kernel does not let it in; the log says so. What may
/// be otherwise at the next load is no property of the kernel, and refuses this one: `ENOMEM`;
/// `ENFILE`, there were too many open files; `EAGAIN`, a BPF trampoline on a function to be
/// redirected was in use all the time.
fn optional<T>(part: Option<Result<T>>, lost: &str) -> Result<Option<T>> {
    part.transpose().or_else(|e| {
        for (passing, why) in [
            (ENOMEM, "no memory"),
            (
                ENFILE,
                "too many open files, raise fs.file-max and load again",
            ),
            (EAGAIN, "in use by BPF, load again"),
        ] {
            if e == passing {
                pr_err!("{lost} ({why}); not loading\n");
                return Err(e);
            }
        }
        pr_notice!("{lost} ({e:?})\n");
        Ok(None)
    })
}

/// The numbers that the parameters choose, as far as the kernel lets programs use them. The error
/// is `EINVAL`: the kernel has given one of them to another system call, or it lies outside the
/// kernel's table.
fn chosen_numbers() -> Result<Numbers> {
    let numbers = Numbers {
        x86_64: parameters::get().syscall_x86_64,
        x32: parameters::get().syscall_x32,
        i386: parameters::get().syscall_i386,
    };
    if let Some(number) = numbers.first_taken() {
        pr_err!("system call number {number} is not free in this kernel: choose another by the parameters syscall_*, or -1 for none\n");
        return Err(EINVAL);
    }
    numbers.usable().inspect_err(|e| {
        pr_err!("the kernel's switches of x32 and i386 cannot be looked up ({e:?}); not loading\n")
    })
}

fn bit(set: bool, bit: u32) -> u64 {
    if set {
        u64::from(bit)
    } else {
        0
    }
}
