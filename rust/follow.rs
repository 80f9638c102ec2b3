// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! Descriptors that tell of the lives of pid namespaces.
//!
//! The hooks and the tracepoint queue what happens ([`Lives`]); a work item decides, for each
//! watcher, whether its opener may know of it, and what ([`Told`]), and puts a record where the
//! descriptor reads it ([`Records`]). Access is judged by the rule of all commands ([`AccessRule`]),
//! under the opener's credentials, of what was there when it happened.
//!
//! Does not support: telling of what was before; a change of access as an event.

use crate::{
    abstractions::{
        clock::Clock,
        create_hook::OnCreate,
        credentials::Credentials,
        lives::{DeathHook, Event, Follow, Life, Lives, Own},
        pid_ns::{Audit, PidNamespace},
        stream::{self, Batch, Destination, Readers, Streams},
        task::{self, Init, Living},
        uapi::{self, WatchRecord, WatchRequest},
        user::UserStruct,
        work::{Run, WorkItem},
    },
    access::{AccessRule, Subject},
    gaps::{Gap, Next},
    records::Records,
    registry::Registry,
    translate::Translator,
};
use kernel::{
    new_mutex,
    prelude::*,
    sync::{rcu, Arc, Mutex},
};

/// Room for what happens until the work item has looked at it.
const LIVES: usize = 1024;
/// How many watchers there may be, and how many of one user.
const WATCHERS: usize = 1024;
const WATCHERS_OF_A_USER: usize = 64;

/// Namespaces that are created get their entries, and are told of.
pub(crate) struct Births {
    pub(crate) registry: Arc<Registry>,
    pub(crate) lives: Arc<Lives>,
}

impl OnCreate for Births {
    fn created(&self, ns: &PidNamespace) {
        self.registry.created(ns);
        self.lives.created(ns);
    }
}

/// What is told of a life to one watcher, whose opener's namespace is `own`, is judged by this.
struct Judged<'a> {
    own: Own,
    life: &'a Life,
}

impl Subject for Judged<'_> {
    fn is_own(&self) -> bool {
        self.life.is(self.own)
    }

    fn is_within_own(&self) -> bool {
        self.life.is_within(self.own)
    }

    fn owner_capable(&self, capability: u32, audit: Audit) -> bool {
        self.life.owner_capable(capability, audit)
    }

    fn init(&self) -> Option<Init<'_>> {
        self.life.init()
    }
}

/// The parent of the namespace of a life, which is alive.
struct Parent<'a> {
    own: Own,
    life: &'a Life,
    ns: Living<'a>,
}

impl Subject for Parent<'_> {
    fn is_own(&self) -> bool {
        self.life.parent_is(self.own)
    }

    fn is_within_own(&self) -> bool {
        self.life.parent_is_within(self.own)
    }

    fn owner_capable(&self, capability: u32, audit: Audit) -> bool {
        self.ns.peek().owner_capable(capability, audit)
    }

    fn init(&self) -> Option<Init<'_>> {
        self.ns.init()
    }
}

/// The number of an event in the interface.
fn number(event: Event) -> u32 {
    match event {
        Event::Created => uapi::TRANSLATE_PID_EVENT_CREATED,
        Event::InitBorn => uapi::TRANSLATE_PID_EVENT_INIT_BORN,
        Event::InitDied => uapi::TRANSLATE_PID_EVENT_INIT_DIED,
        Event::Destroyed => uapi::TRANSLATE_PID_EVENT_DESTROYED,
    }
}

/// Who opened a descriptor, what was asked for, and what waits there.
#[pin_data]
struct Watcher {
    opener: Credentials,
    own: Own,
    clock: Clock,
    /// A bit for each event that is asked for.
    events: u64,
    record_size: usize,
    #[pin]
    records: Mutex<Records>,
    #[pin]
    readers: Readers,
}

impl Watcher {
    /// For the calling task. Sleeps. `EINVAL`, `ENOMEM`.
    fn new(request: &WatchRequest) -> Result<Arc<Self>> {
        let or_default = |value: u32, default: u32| if value == 0 { default } else { value };
        let room = or_default(request.room, uapi::TRANSLATE_PID_WATCH_ROOM);
        let size = or_default(
            request.record_size,
            uapi::TRANSLATE_PID_WATCH_RECORD_SIZE_VER0,
        );
        if room > uapi::TRANSLATE_PID_WATCH_MOST
            || size < uapi::TRANSLATE_PID_WATCH_RECORD_SIZE_VER0
            || size > uapi::TRANSLATE_PID_WATCH_RECORD_MOST
            || size % 8 != 0
        {
            return Err(EINVAL);
        }
        let own = task::with_own_namespace(|own| Ok(Own::of(own)))?;
        let records = Records::new(room as usize)?;
        Arc::pin_init(
            pin_init!(Self {
                opener: Credentials::of_caller(),
                own,
                clock: Clock::of_caller(),
                events: match request.events {
                    0 => uapi::WATCH_EVENTS,
                    events => events,
                },
                record_size: size as usize,
                records <- new_mutex!(records),
                readers <- Readers::new(),
            }),
            GFP_KERNEL_ACCOUNT,
        )
    }

    /// Changes the records, and tells who waits. Sleeps.
    fn change<R>(&self, f: impl FnOnce(&mut Records) -> R) -> R {
        let mut records = self.records.lock();
        let result = f(&mut records);
        // Under the lock: whoever changes them last says so last.
        self.readers.set_ready(records.is_ready());
        result
    }

    /// Puts a record there, if the opener may know. Sleeps.
    fn consider(&self, hub: &Hub, told: &Told<'_>) {
        if self.events >> number(told.life.event()) & 1 == 0 {
            return;
        }
        if let Some(record) = self.opener.act(|| told.record_for(self, hub)) {
            self.change(|records| records.push(record));
        }
    }

    /// Keeps other readers away until [`Self::unclaim`].
    ///
    /// # Errors
    ///
    /// `EAGAIN`: there is nothing to read, or somebody else is reading, and the caller does not
    /// wait. `ERESTARTSYS`: a signal has come.
    fn claim(&self, nonblocking: bool) -> Result {
        loop {
            let is_mine = self.change(|records| {
                let is_ready = records.is_ready();
                records.is_claimed |= is_ready;
                is_ready
            });
            if is_mine {
                return Ok(());
            }
            if nonblocking {
                return Err(EAGAIN);
            }
            self.readers.wait()?;
        }
    }

    fn unclaim(&self) {
        self.change(|records| records.is_claimed = false);
    }

    /// Copies records from the first on, at least one and `most` at most, and takes out what could
    /// be written. The lock is not held while user memory is written. To be called with a claim.
    fn hand_over(&self, to: &mut Destination<'_>, most: usize) -> (usize, Result) {
        let mut done = 0;
        let mut batch = match Batch::new(self.record_size) {
            Ok(batch) => batch,
            Err(e) => return (0, Err(e)),
        };
        while done < most {
            let lost = self.records.lock().copy(&mut batch, most - done);
            if batch.count() == 0 {
                break;
            }
            let written = to.write(&batch);
            self.change(|records| records.remove(written, batch.count(), lost));
            done += written;
            if written < batch.count() {
                return (done, Err(EFAULT));
            }
            if let Err(e) = task::between_parts() {
                return (done, Err(e));
            }
        }
        (done, Ok(()))
    }

    /// `read(2)`.
    fn read(&self, to: &mut Destination<'_>, nonblocking: bool) -> Result<usize> {
        let most = to.room() / self.record_size;
        if most == 0 {
            return Err(EINVAL);
        }
        self.claim(nonblocking)?;
        let (done, result) = self.hand_over(to, most);
        self.unclaim();
        match done {
            0 => result.map(|()| 0),
            done => Ok(done * self.record_size),
        }
    }
}

/// A life, as it is told.
struct Told<'a> {
    life: &'a Life,
    id: u64,
    parent: Option<u64>,
}

impl<'a> Told<'a> {
    fn new(life: &'a Life, registry: &Registry) -> Self {
        Self {
            life,
            id: registry.id_of_ns_id(life.ns_id()).get(),
            parent: life.parent().map(|ns_id| registry.id_of_ns_id(ns_id).get()),
        }
    }

    /// The record for an opener, under whose credentials the calling task acts; `None` if it may
    /// not know.
    fn record_for(&self, watcher: &Watcher, hub: &Hub) -> Option<WatchRecord> {
        let Watcher { own, clock, .. } = *watcher;
        let life = self.life;
        let access = &hub.translator.access;
        if !access.allows_subject(&Judged { own, life }, Audit::Quiet) {
            return None;
        }
        let parent = self.parent_for(own, access, &hub.translator.registry);
        Some(WatchRecord {
            time: clock.show(life.time()),
            id: self.id,
            ns_id: life.ns_id(),
            parent: parent.unwrap_or(0),
            event: number(life.event()),
            level: life.level(),
            parent_known: parent.is_some().into(),
            init_pid: life.init_in(own),
            exit_status: life.exit_status(),
            ..WatchRecord::default()
        })
    }

    /// The parent's id, if that is alive and the opener may access it.
    fn parent_for(&self, own: Own, access: &AccessRule, registry: &Registry) -> Option<u64> {
        let id = self.parent?;
        let guard = rcu::read_lock();
        let ns = registry.find(crate::ns_id::NsId::named(id), &guard)?;
        let parent = Parent {
            own,
            life: self.life,
            ns,
        };
        access.allows_subject(&parent, Audit::Quiet).then_some(id)
    }
}

/// What the work item looks at.
#[pin_data]
struct Hub {
    lives: Arc<Lives>,
    translator: Arc<Translator>,
    #[pin]
    watchers: Mutex<KVec<Arc<Watcher>>>,
}

impl Run for Hub {
    fn run(&self) {
        while let Some(next) = self.lives.take() {
            let watchers = self.watchers.lock();
            match next {
                Next::Item(life) => {
                    let told = Told::new(&life, &self.translator.registry);
                    for watcher in watchers.iter() {
                        watcher.consider(self, &told);
                    }
                }
                Next::Gap(gap) => {
                    for watcher in watchers.iter() {
                        let since = watcher.clock.show(gap.since);
                        watcher.change(|records| records.lose(Gap { since, ..gap }));
                    }
                }
            }
            drop(watchers);
            task::give_way();
        }
    }
}

impl Hub {
    /// Adds a watcher. `EMFILE`, `ENFILE`, `ENOMEM`.
    fn add(&self, watcher: &Arc<Watcher>) -> Result {
        let mut watchers = self.watchers.lock();
        let user = watcher.opener.user();
        let of_user = watchers.iter().filter(|w| w.opener.user() == user).count();
        if of_user >= WATCHERS_OF_A_USER {
            return Err(EMFILE);
        }
        if watchers.len() >= WATCHERS {
            return Err(ENFILE);
        }
        watchers.push(watcher.clone(), GFP_KERNEL)?;
        Ok(())
    }

    fn remove(&self, watcher: &Arc<Watcher>) {
        let mut watchers = self.watchers.lock();
        if let Some(at) = watchers.iter().position(|w| Arc::ptr_eq(w, watcher)) {
            // Dropped when the lock is not held any more.
            let removed = watchers.remove(at);
            drop(watchers);
            drop(removed);
        }
    }
}

/// Whether anybody follows: who comes first begins, who goes last ends it.
struct Gate {
    count: usize,
    follow: Option<Follow<Hub>>,
}

/// What descriptors and the command share.
#[pin_data]
struct Desk {
    item: Arc<WorkItem<Hub>>,
    #[pin]
    gate: Mutex<Gate>,
}

impl Desk {
    fn hub(&self) -> &Hub {
        self.item.context()
    }

    /// From the return on, `watcher` is told of what happens. Sleeps.
    fn enter(&self, watcher: &Arc<Watcher>) -> Result {
        let mut gate = self.gate.lock();
        if gate.count == 0 {
            let follow = self.hub().lives.start(&self.item, LIVES)?;
            gate.follow = Some(follow);
        }
        let result = self.hub().add(watcher);
        match result {
            Ok(()) => gate.count += 1,
            Err(_) if gate.count == 0 => gate.follow = None,
            Err(_) => (),
        }
        result
    }

    /// Sleeps.
    fn leave(&self, watcher: &Arc<Watcher>) {
        self.hub().remove(watcher);
        let mut gate = self.gate.lock();
        gate.count -= 1;
        if gate.count == 0 {
            // Waits for those who tell, and for the work item, which takes the other lock only.
            gate.follow = None;
        }
    }
}

/// What the file of a descriptor owns.
pub(crate) struct Watch {
    watcher: Arc<Watcher>,
    desk: Arc<Desk>,
}

impl stream::Operations for Watch {
    fn read(&self, to: &mut Destination<'_>, nonblocking: bool) -> Result<usize> {
        self.watcher.read(to, nonblocking)
    }

    fn readers(&self) -> &Readers {
        &self.watcher.readers
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.desk.leave(&self.watcher);
    }
}

/// Makes such descriptors.
pub(crate) struct Follower {
    desk: Arc<Desk>,
    streams: Streams<Watch>,
}

impl Follower {
    /// `_deaths` is evidence that the deaths of inits are followed. The error is `ENOMEM`. Sleeps.
    pub(crate) fn new(
        _deaths: &DeathHook,
        lives: Arc<Lives>,
        translator: Arc<Translator>,
        owner: &'static ThisModule,
    ) -> Result<Self> {
        let hub = Arc::pin_init(
            pin_init!(Hub {
                lives,
                translator,
                watchers <- new_mutex!(KVec::new()),
            }),
            GFP_KERNEL,
        )?;
        let item = Arc::new(WorkItem::new(hub)?, GFP_KERNEL)?;
        let desk = Arc::pin_init(
            pin_init!(Desk {
                item,
                gate <- new_mutex!(Gate { count: 0, follow: None }),
            }),
            GFP_KERNEL,
        )?;
        Ok(Self {
            desk,
            streams: Streams::new(owner)?,
        })
    }

    /// The command: the new descriptor is the result. Sleeps.
    ///
    /// # Errors
    ///
    /// Those of `TRANSLATE_PID_WATCH` in the uapi header.
    // The other commands need none of this stack.
    #[inline(never)]
    pub(crate) fn follow(&self, argument: UserStruct) -> Result<i32> {
        let request: WatchRequest = argument.read()?;
        let watcher = Watcher::new(&request)?;
        self.desk.enter(&watcher)?;
        let watch = Watch {
            watcher,
            desk: self.desk.clone(),
        };
        let nonblocking = request.flags & uapi::TRANSLATE_PID_WATCH_NONBLOCK != 0;
        self.streams
            .open(c"[translate_pid_watch]", watch, nonblocking)
    }
}
