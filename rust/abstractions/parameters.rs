// SPDX-License-Identifier: GPL-2.0-only

//! Module parameters, fixed at load. They are defined in C: before 7.3, `module!` has no booleans.

#![allow(unsafe_code, reason = "calls a C helper")]

use super::ffi;
use kernel::prelude::*;

pub(crate) use ffi::{
    TRANSLATE_PID_LINK_MODE_LISTED as LINK_LISTED, TRANSLATE_PID_LINK_MODE_OFF as LINK_OFF,
};

/// The parameters, see `rust/helpers/parameters.c`.
pub(crate) fn get() -> ffi::translate_pid_parameters {
    // SAFETY: The helper returns a valid pointer to what nobody changes once the module is loading.
    unsafe { *ffi::translate_pid_parameters() }
}

/// The module's version, as modinfo shows it.
pub(crate) fn version() -> &'static CStr {
    // SAFETY: The helper returns a string literal.
    unsafe { CStr::from_char_ptr(ffi::translate_pid_version()) }
}
