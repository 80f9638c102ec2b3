// SPDX-License-Identifier: GPL-2.0-only

//! Error numbers that `kernel::error::code` lacks before 7.3.

#![forbid(unsafe_code)]

use kernel::{bindings, error::Error};

/// `EOPNOTSUPP`: this kernel does not have what is asked for.
pub(crate) fn not_supported() -> Error {
    Error::from_errno(-(bindings::EOPNOTSUPP as i32))
}

/// `ESTALE`: what is named is gone, or is not shown to user space any more.
pub(crate) fn stale() -> Error {
    Error::from_errno(-(bindings::ESTALE as i32))
}
