// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! The system call `translate_pid(pid, source, target)`: the same function as the ioctl.

use crate::{
    abstractions::syscall::Call,
    ns_id::NsId,
    translate::{Translator, Whose},
};
use kernel::prelude::*;

impl Call for Translator {
    fn call(&self, pid: i32, source: u64, target: u64) -> Result<i32> {
        self.translate(pid, NsId::named(source), NsId::named(target), Whose::Own)
    }
}
