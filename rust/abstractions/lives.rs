// SPDX-License-Identifier: GPL-2.0-only

//! What happens to pid namespaces, from where it happens to a work item that looks at it.
//!
//! # Lifetime
//!
//! While somebody follows, there is a queue ([`Active`]), which those to whom it happens find by one
//! pointer, within a read section. Who ends that ([`Lives::stop`]) takes the pointer away, waits for
//! a grace period and for the work item, then has the queue for itself.
//!
//! What is queued ([`Life`]) keeps no namespace: facts are copied, and references are taken on what
//! access is judged by, which are the owning user namespace and the init's task.
//!
//! # Contexts
//!
//! [`Lives::created`], [`Lives::removed`], the handler of [`DeathHook`] and that of [`Follow`]: tasks,
//! preemptible or not, as ftrace callbacks; so the queue's lock is a bit that spins, as those of
//! [`super::bit_table`], nothing is allocated, and last puts are left to others. The rest: task
//! context that may sleep.

#![allow(
    unsafe_code,
    reason = "holds raw pointers and a queue under a bit lock"
)]

use super::{
    ffi,
    hook::Hook,
    ksyms::Address,
    pid_ns::{self, Audit, PidNamespace},
    task::Init,
    work::{Run, WorkItem},
};
use crate::gaps::{Gaps, Next};
use core::{cell::UnsafeCell, mem::MaybeUninit, ptr::NonNull};
use kernel::{
    bindings,
    error::from_err_ptr,
    prelude::*,
    sync::{
        atomic::{Acquire, Atomic, Relaxed, Release},
        rcu, Arc,
    },
};

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Created,
    InitBorn,
    InitDied,
    Destroyed,
}

/// The pid namespace that somebody is in, by numbers that are never used again: it is not kept.
#[derive(Clone, Copy)]
pub(crate) struct Own {
    ns_id: u64,
    level: u32,
}

impl Own {
    pub(crate) fn of(ns: &PidNamespace) -> Self {
        Self {
            ns_id: pid_ns::ns_id(ns),
            level: pid_ns::level(ns),
        }
    }
}

/// Something that happened to a pid namespace, which may be gone by now.
///
/// # Invariants
///
/// - `life` was filled in by `translate_pid_life_describe()`, whose references belong to this
///   value; `init` is the leader of a thread group, or null.
/// - `life.level` is below `TRANSLATE_PID_LEVELS`, and the arrays are filled in up to it.
pub(crate) struct Life {
    event: Event,
    life: ffi::translate_pid_life,
}

// SAFETY: The references may be used and given back by any thread.
unsafe impl Send for Life {}
// SAFETY: As above; nothing changes.
unsafe impl Sync for Life {}

impl Life {
    /// # Safety
    ///
    /// `describe` fills in what it is given as `translate_pid_life_describe()` does.
    unsafe fn new(event: Event, describe: impl FnOnce(*mut ffi::translate_pid_life)) -> Self {
        let mut life = MaybeUninit::<ffi::translate_pid_life>::zeroed();
        describe(life.as_mut_ptr());
        // INVARIANT: By the contract.
        Self {
            event,
            // SAFETY: Zeros are a value of it, and the helper has changed them to another.
            life: unsafe { life.assume_init() },
        }
    }

    pub(crate) fn event(&self) -> Event {
        self.event
    }

    /// When it happened, of `CLOCK_BOOTTIME`, in nanoseconds.
    pub(crate) fn time(&self) -> u64 {
        self.life.time
    }

    /// How many ancestors the namespace has.
    pub(crate) fn level(&self) -> u32 {
        self.life.level
    }

    fn ns_id_at(&self, level: u32) -> Option<u64> {
        if level > self.life.level {
            return None;
        }
        self.life.ns_ids.get(level as usize).copied()
    }

    /// The kernel's own id of the namespace; never 0.
    pub(crate) fn ns_id(&self) -> u64 {
        self.ns_id_at(self.life.level).unwrap_or(0)
    }

    /// That of its parent; `None` for the initial namespace.
    pub(crate) fn parent(&self) -> Option<u64> {
        self.ns_id_at(self.life.level.checked_sub(1)?)
    }

    /// Whether the namespace is `own`.
    pub(crate) fn is(&self, own: Own) -> bool {
        self.life.level == own.level && self.is_within(own)
    }

    /// Whether the namespace is `own` or lies below it.
    pub(crate) fn is_within(&self, own: Own) -> bool {
        self.ns_id_at(own.level) == Some(own.ns_id)
    }

    /// Whether the parent is `own`.
    pub(crate) fn parent_is(&self, own: Own) -> bool {
        self.life.level == own.level + 1 && self.is_within(own)
    }

    /// Whether the parent is `own` or lies below it.
    pub(crate) fn parent_is_within(&self, own: Own) -> bool {
        self.life.level > own.level && self.is_within(own)
    }

    /// The number in `own` of the init that was born or died; 0 if it has none there, and if there
    /// is none.
    pub(crate) fn init_in(&self, own: Own) -> i32 {
        if !self.is_within(own) {
            return 0;
        }
        let number = self.life.numbers.get(own.level as usize);
        number.copied().unwrap_or(0)
    }

    /// How the init that died ended, as `wait(2)` tells it.
    pub(crate) fn exit_status(&self) -> i32 {
        self.life.exit_status
    }

    /// The init that was born or died.
    pub(crate) fn init(&self) -> Option<Init<'_>> {
        let task = NonNull::new(self.life.init)?;
        // SAFETY: By the type invariant, this value keeps it, the leader of a thread group.
        Some(unsafe { Init::kept_by(task, self) })
    }

    /// `ns_capable()` in the user namespace that owns the namespace. Does not sleep.
    pub(crate) fn owner_capable(&self, capability: u32, audit: Audit) -> bool {
        // SAFETY: This value keeps the user namespace, by the type invariant.
        unsafe {
            ffi::translate_pid_life_owner_capable(
                &raw const self.life,
                capability as c_int,
                audit.is_recorded(),
            )
        }
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        // SAFETY: The references are this value's, by the type invariant.
        unsafe { ffi::translate_pid_life_put(&raw mut self.life) };
    }
}

/// What is there while somebody follows.
///
/// # Invariants
///
/// - `queue` is touched under `lock` only, or by who has the value for itself.
/// - `item` may be queued for as long as the value can be found.
struct Active {
    lock: Atomic<usize>,
    queue: UnsafeCell<Gaps<Life>>,
    item: *mut ffi::translate_pid_work,
}

// SAFETY: The queue has a lock, by the type invariant; what is in it is `Send`.
unsafe impl Sync for Active {}
// SAFETY: Nothing in it belongs to a thread.
unsafe impl Send for Active {}

impl Active {
    /// Calls `f` with the queue. `f` does not sleep, allocate or lock.
    fn with_queue<R>(&self, f: impl FnOnce(&mut Gaps<Life>) -> R) -> R {
        // SAFETY: A live word that is used as a bit lock by this function only.
        unsafe { ffi::translate_pid_bucket_lock(self.lock.as_ptr().cast()) };
        // SAFETY: By the type invariant, nobody else touches the queue while the lock is held.
        let result = f(unsafe { &mut *self.queue.get() });
        // SAFETY: Locked above.
        unsafe { ffi::translate_pid_bucket_unlock(self.lock.as_ptr().cast()) };
        result
    }
}

/// What happens to pid namespaces. Nobody has to listen, and then it costs one load.
///
/// # Invariants
///
/// `active` is null, or from a `KBox` of which [`Self::stop`] takes possession after a grace period.
pub(crate) struct Lives {
    active: Atomic<*mut Active>,
}

impl Lives {
    /// Nobody follows. The error is `ENOMEM`.
    pub(crate) fn new() -> Result<Arc<Self>> {
        // INVARIANT: Null.
        Ok(Arc::new(
            Self {
                active: Atomic::new(core::ptr::null_mut()),
            },
            GFP_KERNEL,
        )?)
    }

    fn with_active<R>(&self, f: impl FnOnce(&Active) -> R) -> Option<R> {
        if self.active.load(Relaxed).is_null() {
            return None;
        }
        let _guard = rcu::read_lock();
        // SAFETY: By the type invariant it stays until a grace period after it was taken away.
        Some(f(unsafe { self.active.load(Acquire).as_ref() }?))
    }

    /// # Safety
    ///
    /// As [`Life::new`].
    unsafe fn tell(&self, event: Event, describe: impl FnOnce(*mut ffi::translate_pid_life)) {
        self.with_active(|active| {
            // SAFETY: By the contract.
            let life = unsafe { Life::new(event, describe) };
            let time = life.time();
            // What there was no room for is dropped when the lock is not held any more.
            let rejected = active.with_queue(|queue| queue.push(life, time)).err();
            drop(rejected);
            // SAFETY: By the invariant of `Active`, found within the read section.
            unsafe { ffi::translate_pid_work_queue_long(active.item) };
        });
    }

    /// `ns` is being created. Does not sleep.
    pub(crate) fn created(&self, ns: &PidNamespace) {
        // SAFETY: `ns` is counted and complete during the call.
        unsafe {
            self.tell(Event::Created, |life| {
                ffi::translate_pid_life_describe(life, ns.as_ptr(), core::ptr::null_mut())
            })
        };
    }

    /// `ns` is being removed. Does not sleep.
    ///
    /// # Safety
    ///
    /// Called at the entry of `__ns_tree_remove()` for `ns`.
    pub(super) unsafe fn removed(&self, ns: *mut bindings::pid_namespace) {
        // SAFETY: The namespace has its parent and its user namespace until that function's caller
        // has passed it to `call_rcu()`.
        unsafe {
            self.tell(Event::Destroyed, |life| {
                ffi::translate_pid_life_describe(life, ns, core::ptr::null_mut())
            })
        };
    }

    /// Takes what comes next; `None` if there is nothing, or nobody follows any more.
    pub(crate) fn take(&self) -> Option<Next<Life>> {
        self.with_active(|active| active.with_queue(Gaps::next))
            .flatten()
    }

    /// Has `item` run when something happens, from now on: there is room for `room` of it. The births
    /// of inits are seen as well, so that whatever happens after the return is. Sleeps. Not twice
    /// without [`Self::stop`].
    ///
    /// # Errors
    ///
    /// `ENOMEM`; `EOPNOTSUPP`: the kernel does not tell of births.
    pub(crate) fn start<T: Run>(
        self: &Arc<Self>,
        item: &Arc<WorkItem<T>>,
        room: usize,
    ) -> Result<Follow<T>> {
        let active = KBox::new(
            Active {
                lock: Atomic::new(0),
                queue: UnsafeCell::new(Gaps::new(room, GFP_KERNEL_ACCOUNT)?),
                item: item.as_ptr(),
            },
            GFP_KERNEL_ACCOUNT,
        )?;
        // INVARIANT: `Follow` has what `stop` needs, and calls it; `item` stays until then.
        self.active.store(KBox::into_raw(active), Release);
        let mut follow = Follow {
            probe: None,
            lives: self.clone(),
            item: item.clone(),
        };
        let context = Arc::as_ptr(self).cast_mut().cast();
        // SAFETY: `follow` keeps the context until the probe has been removed.
        let probe = unsafe { ffi::translate_pid_fork_follow(Some(Self::on_birth), context) };
        // INVARIANT (`Follow`): Made just now, unless it is an error pointer; then `follow` is
        // dropped, which undoes the rest.
        follow.probe = NonNull::new(from_err_ptr(probe)?);
        Ok(follow)
    }

    /// Nobody follows any more. Sleeps.
    fn stop<T: Run>(&self, item: &WorkItem<T>) {
        let active = self.active.xchg(core::ptr::null_mut(), Acquire);
        // Whoever has found it has told what there is, and queued the work item.
        // SAFETY: Sleeps, which callers may.
        unsafe { bindings::synchronize_rcu() };
        item.flush();
        if let Some(active) = NonNull::new(active) {
            // SAFETY: By the type invariant it is from a `KBox`, and nobody can find it any more,
            // nor has it: the grace period is over.
            drop(unsafe { KBox::from_raw(active.as_ptr()) });
        }
    }

    /// # Safety
    ///
    /// Called by the kernel's tracepoint at the end of fork, with the context of [`Self::start`]
    /// and an init that is being born, which does not run yet.
    unsafe extern "C" fn on_birth(
        context: *mut c_void,
        ns: *mut bindings::pid_namespace,
        init: *mut bindings::task_struct,
    ) {
        // SAFETY: The `Follow` that owns the probe keeps this `Lives`.
        let lives = unsafe { &*context.cast::<Self>() };
        // SAFETY: The init is not running, so it keeps itself, its pid and its namespace.
        unsafe {
            lives.tell(Event::InitBorn, |life| {
                ffi::translate_pid_life_describe(life, ns, init)
            })
        };
    }

    /// The handler of `zap_pid_ns_processes(ns)`.
    ///
    /// # Safety
    ///
    /// Called by the hook that [`DeathHook::new`] registers, at the entry of that function.
    unsafe extern "C" fn on_death(context: *mut c_void, ns: usize) {
        // SAFETY: `DeathHook` keeps this `Lives` until the hook has been dropped.
        let lives = unsafe { &*context.cast::<Self>() };
        let ns = ns as *mut bindings::pid_namespace;
        // SAFETY: The calling task is the last thread of the init of `ns`, which it is in.
        unsafe {
            lives.tell(Event::InitDied, |life| {
                ffi::translate_pid_life_describe_death(life, ns)
            })
        };
    }
}

/// Whether the kernel tells of the births of inits. Sleeps.
pub(crate) fn births_can_be_followed() -> bool {
    // SAFETY: Looks at the kernel's tracepoints.
    unsafe { ffi::translate_pid_fork_can_be_followed() }
}

/// Somebody follows. Its drop sleeps until nothing is told any more, and the work item has run.
///
/// # Invariants
///
/// `probe`, if there, was made with `lives`, and not removed. `lives.active` is not null.
pub(crate) struct Follow<T: Run> {
    probe: Option<NonNull<ffi::translate_pid_fork_probe>>,
    lives: Arc<Lives>,
    item: Arc<WorkItem<T>>,
}

// SAFETY: The probe may be removed by any thread; the rest is `Send` and `Sync`.
unsafe impl<T: Run> Send for Follow<T> {}
// SAFETY: A shared value offers no operation.
unsafe impl<T: Run> Sync for Follow<T> {}

impl<T: Run> Drop for Follow<T> {
    fn drop(&mut self) {
        if let Some(probe) = self.probe {
            // SAFETY: By the type invariant, and once.
            unsafe { ffi::translate_pid_fork_unfollow(probe.as_ptr()) };
        }
        self.lives.stop(&self.item);
    }
}

/// The hook at `zap_pid_ns_processes()`, which runs when an init dies.
///
/// Declared, hence dropped, before what it refers to.
pub(crate) struct DeathHook {
    _hook: Hook,
    _lives: Arc<Lives>,
}

impl DeathHook {
    /// Registers the hook. Sleeps.
    ///
    /// # Errors
    ///
    /// `EINVAL`: `zap` is not the address of `zap_pid_ns_processes()`. Those of [`Hook::new`].
    pub(crate) fn new(zap: Address, lives: Arc<Lives>) -> Result<Self> {
        if zap.symbol() != c"zap_pid_ns_processes" {
            return Err(EINVAL);
        }
        let context = Arc::as_ptr(&lives).cast_mut().cast();
        // SAFETY: `_lives` keeps the context until the hook has been dropped. The handler only
        // copies, spins on a bit lock, and queues a work item.
        let hook = unsafe { Hook::new(zap, Lives::on_death, context) }?;
        Ok(Self {
            _hook: hook,
            _lives: lives,
        })
    }
}
