// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! `/proc/pidns_id`: the id of the reader's own pid namespace, in decimal.

use crate::{
    abstractions::{proc::Show, task},
    registry::Registry,
};
use kernel::{prelude::*, seq_file::SeqFile, seq_print};

impl Show for Registry {
    fn show(&self, m: &SeqFile) -> Result {
        let id = task::with_own_namespace(|own| self.id_of(own))?;
        seq_print!(m, "{}\n", id.get());
        Ok(())
    }
}
