// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! The ioctls of `/dev/translate_pid` and `/proc/translate_pid`: checks the arguments, dispatches, writes the results.

use crate::{
    abstractions::{
        device::Operations,
        pid_ns::{self, Audit, Peek, PidNamespace},
        pidfd::PidfdPrepare,
        syscall::Numbers,
        task::{self, Living},
        uapi::{self, BindRequest, IdRequest, Info, LevelRequest, NsRequest, Request},
        user::UserStruct,
    },
    bound::{Binder, Bound},
    chain::get_chain,
    follow::Follower,
    identify::{Finder, Named},
    init_pid::init_pid,
    list::list_pids,
    list_ns::NsLister,
    ns_id::NsId,
    pidfd::open_pidfd,
    translate::{Translator, Whose},
};
use core::mem::offset_of;
use kernel::{
    ioctl::_IOC_SIZE,
    prelude::*,
    sync::{rcu, Arc},
};

/// What the device and the file of procfs serve.
pub(crate) struct Service {
    pub(crate) translator: Arc<Translator>,
    pub(crate) finder: Finder,
    pub(crate) binder: Binder,
    /// `None`: the kernel lacks what that needs.
    pub(crate) follower: Option<Follower>,
    /// If the kernel has it.
    pub(crate) pidfd_prepare: Option<PidfdPrepare>,
    pub(crate) ns_lister: NsLister,
    /// `TRANSLATE_PID_FEATURE_*` bits.
    pub(crate) features: u64,
    pub(crate) numbers: Numbers,
}

/// A command's number without the size of its structure.
const fn without_size(command: u32) -> u32 {
    command & !(kernel::uapi::_IOC_SIZEMASK << kernel::uapi::_IOC_SIZESHIFT)
}

const GET_INFO: u32 = without_size(uapi::TRANSLATE_PID_GET_INFO);
const TRANSLATE: u32 = without_size(uapi::TRANSLATE_PID_TRANSLATE);
const GET_ID: u32 = without_size(uapi::TRANSLATE_PID_GET_ID);
const GET_INIT_PID: u32 = without_size(uapi::TRANSLATE_PID_GET_INIT_PID);
const OPEN_NS: u32 = without_size(uapi::TRANSLATE_PID_OPEN_NS);
const TRANSLATE_MANY: u32 = without_size(uapi::TRANSLATE_PID_TRANSLATE_MANY);
const GET_LEVEL: u32 = without_size(uapi::TRANSLATE_PID_GET_LEVEL);
const GET_CHAIN: u32 = without_size(uapi::TRANSLATE_PID_GET_CHAIN);
const OPEN_PIDFD: u32 = without_size(uapi::TRANSLATE_PID_OPEN_PIDFD);
const LIST_PIDS: u32 = without_size(uapi::TRANSLATE_PID_LIST_PIDS);
const BIND: u32 = without_size(uapi::TRANSLATE_PID_BIND);
const LIST_NS: u32 = without_size(uapi::TRANSLATE_PID_LIST_NS);
const WATCH: u32 = without_size(uapi::TRANSLATE_PID_WATCH);

impl Operations for Service {
    fn ioctl(&self, command: u32, address: usize) -> Result<i32> {
        let argument = UserStruct::new(address, _IOC_SIZE(command));
        match without_size(command) {
            TRANSLATE => self.translate(argument).map(|()| 0),
            command => self.other_command(command, argument),
        }
    }

    fn poll(&self) -> u32 {
        // There is nothing to wait for.
        0
    }
}

impl Service {
    /// All commands but the one that is asked most, whose way then needs nothing of theirs: neither
    /// room on the stack nor registers to be saved.
    #[inline(never)]
    fn other_command(&self, command: u32, argument: UserStruct) -> Result<i32> {
        match command {
            GET_ID => self.get_id(argument),
            GET_INIT_PID => self.get_init_pid(argument),
            OPEN_NS => return self.open_ns(argument),
            BIND => return self.bind(argument),
            OPEN_PIDFD => {
                let access = &self.translator.access;
                return open_pidfd(self.pidfd_prepare, access, &self.finder, argument);
            }
            WATCH => return self.follower.as_ref().ok_or(EOPNOTSUPP)?.follow(argument),
            TRANSLATE_MANY => self.translator.answer_many(argument),
            GET_LEVEL => self.get_level(argument),
            LIST_PIDS => list_pids(&self.translator, argument),
            GET_CHAIN => get_chain(&self.translator, argument),
            GET_INFO => self.get_info(argument),
            LIST_NS => self.ns_lister.list(argument),
            _ => Err(ENOTTY),
        }?;
        Ok(0)
    }

    fn translate(&self, argument: UserStruct) -> Result {
        let request: Request = argument.read()?;
        let target = NsId::named(request.target);
        let whose = Whose::chosen(request.flags);
        let result = if request.flags & uapi::TRANSLATE_PID_FROM_PIDFD == 0 {
            let source = NsId::named(request.source);
            self.translator
                .translate(request.pid, source, target, whose)?
        } else if request.source == 0 {
            self.translator
                .translate_pidfd(request.pid, target, whose)?
        } else {
            return Err(EINVAL);
        };
        argument.write_number::<Request>(offset_of!(Request, result), result)
    }

    fn get_id(&self, argument: UserStruct) -> Result {
        let mut request: IdRequest = argument.read()?;
        task::with_own_namespace(|own| {
            let ns = self.find_accessible(own, request.by, request.value)?;
            request.id = self.translator.registry.id_of(&ns).get();
            request.ns_id = pid_ns::ns_id(&ns);
            Ok(())
        })?;
        argument.write(&request)
    }

    fn get_init_pid(&self, argument: UserStruct) -> Result {
        let request: NsRequest = argument.read()?;
        let result = task::with_own_namespace(|own| {
            self.finder
                .with_living(own, request.by, request.value, |ns, guard| {
                    init_pid(&self.translator.access, own, ns, guard)
                })
        })?;
        argument.write_number::<NsRequest>(offset_of!(NsRequest, result), result)
    }

    /// The new descriptor is the result, as nsfs has it: nothing can fail once it is installed.
    fn open_ns(&self, argument: UserStruct) -> Result<i32> {
        let request: NsRequest = argument.read()?;
        task::with_own_namespace(|own| {
            let ns = self.finder.find(own, request.by, request.value)?;
            let guard = rcu::read_lock();
            self.translator
                .access
                .check_open(own, Living::of(&ns, &guard))?;
            drop(guard);
            pid_ns::open(&ns)
        })
    }

    /// The new descriptor is the result, as above.
    fn bind(&self, argument: UserStruct) -> Result<i32> {
        let request: BindRequest = argument.read()?;
        self.binder.bind(
            NsId::named(request.source),
            NsId::named(request.target),
            Bound {
                whose: Whose::chosen(request.flags),
                outside: None,
            },
        )
    }

    fn get_level(&self, argument: UserStruct) -> Result {
        let mut request: LevelRequest = argument.read()?;
        task::with_own_namespace(|own| {
            let access = &self.translator.access;
            let ns = self.finder.find(own, request.by, request.value)?;
            // From id to id up to the initial one, for those whom `ancestors` lets translate there.
            if request.by != uapi::TRANSLATE_PID_BY_ID
                || !access.is_open_ancestor(own, Peek::of(&ns))
            {
                self.check_access(own, &ns)?;
            }
            // Not to be told of the parent is no refusal.
            let parent = pid_ns::parent(&ns).filter(|parent| {
                let guard = rcu::read_lock();
                access.is_open_ancestor(own, Peek::of(parent))
                    || access.allows(own, Living::of(parent, &guard), Audit::Quiet)
            });
            request.level = pid_ns::level(&ns);
            request.parent_known = parent.is_some().into();
            request.parent = match parent {
                Some(parent) => self.translator.registry.id_of(parent).get(),
                None => 0,
            };
            Ok(())
        })?;
        argument.write(&request)
    }

    fn get_info(&self, argument: UserStruct) -> Result {
        let counters = self.translator.registry.counters();
        argument.write(&Info {
            version: uapi::TRANSLATE_PID_VERSION,
            reserved: 0,
            features: self.features,
            generation: self.translator.registry.generation(),
            namespaces: counters.namespaces,
            buckets: counters.buckets,
            syscall_x86_64: self.numbers.x86_64,
            syscall_x32: self.numbers.x32,
            syscall_i386: self.numbers.i386,
            reserved2: 0,
        })
    }

    /// The namespace that `by` and `value` name, if the caller may access it.
    fn find_accessible<'a>(&self, own: &'a PidNamespace, by: u32, value: u64) -> Result<Named<'a>> {
        let ns = self.finder.find(own, by, value)?;
        self.check_access(own, &ns)?;
        Ok(ns)
    }

    fn check_access(&self, own: &PidNamespace, ns: &PidNamespace) -> Result {
        let guard = rcu::read_lock();
        self.translator.access.check(own, Living::of(ns, &guard))
    }
}
