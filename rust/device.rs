// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! The ioctls of `/dev/translate_pid`: checks the arguments, dispatches, writes the results.

use crate::{
    abstractions::{
        device::Operations,
        uapi::{self, IdRequest, Info, Request},
        user::UserStruct,
    },
    identify::Identifier,
    ns_id::NsId,
    translate::Translator,
};
use kernel::{ioctl::_IOC_SIZE, prelude::*, sync::Arc};

/// What the device serves.
pub(crate) struct Service {
    pub(crate) translator: Arc<Translator>,
    pub(crate) identifier: Identifier,
    /// `TRANSLATE_PID_FEATURE_*` bits.
    pub(crate) features: u64,
}

/// A command's number without the size of its structure.
const fn without_size(command: u32) -> u32 {
    command & !(kernel::uapi::_IOC_SIZEMASK << kernel::uapi::_IOC_SIZESHIFT)
}

const GET_INFO: u32 = without_size(uapi::TRANSLATE_PID_CMD_GET_INFO);
const TRANSLATE: u32 = without_size(uapi::TRANSLATE_PID_CMD_TRANSLATE);
const GET_ID: u32 = without_size(uapi::TRANSLATE_PID_CMD_GET_ID);

impl Operations for Service {
    fn ioctl(&self, command: u32, address: usize) -> Result<isize> {
        let argument = UserStruct::new(address, _IOC_SIZE(command));
        match without_size(command) {
            TRANSLATE => self.translate(argument)?,
            GET_ID => self.get_id(argument)?,
            GET_INFO => self.get_info(argument)?,
            _ => return Err(ENOTTY),
        }
        Ok(0)
    }

    fn poll(&self) -> u32 {
        // There is nothing to wait for.
        0
    }
}

impl Service {
    fn translate(&self, argument: UserStruct) -> Result {
        let mut request: Request = argument.read()?;
        if request.flags != 0 || request.reserved != 0 {
            return Err(EINVAL);
        }
        request.result = self.translator.translate(
            request.pid,
            NsId::named(request.source),
            NsId::named(request.target),
        )?;
        argument.write(&request)
    }

    fn get_id(&self, argument: UserStruct) -> Result {
        let mut request: IdRequest = argument.read()?;
        if request.flags != 0 {
            return Err(EINVAL);
        }
        let identity = self
            .identifier
            .identify(&self.translator, request.by, request.value)?;
        request.id = identity.id.get();
        request.ns_id = identity.ns_id;
        argument.write(&request)
    }

    fn get_info(&self, argument: UserStruct) -> Result {
        let counters = self.translator.registry.counters();
        argument.write(&Info {
            version: uapi::TRANSLATE_PID_VERSION,
            reserved: 0,
            features: self.features,
            namespaces: counters.namespaces,
            issued: counters.issued,
            late: counters.late,
            buckets: counters.buckets,
        })
    }
}
