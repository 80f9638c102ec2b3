// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! The records that wait to be read by a descriptor of `TRANSLATE_PID_WATCH`.
//!
//! Each has a number, also those for which there was no room.

use crate::{
    abstractions::{
        stream::Batch,
        uapi::{self, WatchRecord},
    },
    gaps::{Gap, Gaps},
};
use kernel::prelude::*;

/// The records of a watcher that wait to be read.
pub(crate) struct Records {
    queue: Gaps<WatchRecord>,
    /// The number that the next record gets.
    sequence: u64,
    /// That of the first that the gap stands for.
    lost_from: u64,
    /// Somebody is reading: what is first stays first.
    pub(crate) is_claimed: bool,
}

impl Records {
    pub(crate) fn new(room: usize) -> Result<Self> {
        Ok(Self {
            queue: Gaps::new(room, GFP_KERNEL_ACCOUNT)?,
            sequence: 1,
            lost_from: 0,
            is_claimed: false,
        })
    }

    pub(crate) fn is_ready(&self) -> bool {
        !self.is_claimed && !self.queue.is_empty()
    }

    pub(crate) fn push(&mut self, mut record: WatchRecord) {
        record.sequence = self.sequence;
        if self.queue.gap().is_none() {
            self.lost_from = self.sequence;
        }
        self.sequence = self.sequence.wrapping_add(1);
        // What is lost is counted.
        let _ = self.queue.push(record, record.time);
    }

    pub(crate) fn lose(&mut self, gap: Gap) {
        if self.queue.gap().is_none() {
            self.lost_from = self.sequence;
        }
        self.sequence = self.sequence.wrapping_add(gap.lost);
        self.queue.lose(gap.lost, gap.since);
    }

    /// The record of a gap.
    fn lost(&self, gap: Gap) -> WatchRecord {
        WatchRecord {
            sequence: self.lost_from,
            time: gap.since,
            lost: gap.lost,
            event: uapi::TRANSLATE_PID_EVENT_LOST,
            ..WatchRecord::default()
        }
    }

    /// Copies what is first, `most` at most; returns how many missing ones the last of them stands
    /// for, if it is the record of a gap.
    pub(crate) fn copy(&self, batch: &mut Batch, most: usize) -> u64 {
        batch.clear();
        let most = most.min(batch.most());
        for nth in 0..most.min(self.queue.len()) {
            if let Some(record) = self.queue.get(nth) {
                batch.push(record);
            }
        }
        match self.queue.gap() {
            Some(gap) if batch.count() < most => {
                batch.push(&self.lost(gap));
                gap.lost
            }
            _ => 0,
        }
    }

    /// Takes out the first `count` of what [`Self::copy`] has copied into a batch of `copied`, with
    /// a gap of `lost` at its end.
    pub(crate) fn remove(&mut self, count: usize, copied: usize, lost: u64) {
        let records = if lost > 0 && count == copied {
            self.queue.close_gap(lost);
            // Of what was lost since, the numbers follow.
            self.lost_from = self.lost_from.wrapping_add(lost);
            count - 1
        } else {
            count
        };
        for _ in 0..records {
            self.queue.pop();
        }
    }
}
