// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! Queues with gaps: nothing is lost without being counted, and a gap keeps its place.

use super::*;
use crate::kunit::fixture::check;

fn queue(room: usize) -> Result<Gaps<u64>> {
    Gaps::new(room, GFP_KERNEL)
}

/// What comes next, a gap as its count beyond all items.
fn taken(queue: &mut Gaps<u64>) -> Option<u64> {
    Some(match queue.next()? {
        Next::Item(item) => item,
        Next::Gap(gap) => 1000 * gap.lost + gap.since,
    })
}

pub(crate) fn first_in_first_out() -> Result {
    for room in [1, 2, 3, 8] {
        let mut queue = queue(room)?;
        let mut next = 0;
        // The places are gone around several times, with each number of items in them.
        for round in 0..5 * room {
            let count = round % room + 1;
            for item in 0..count as u64 {
                check!(queue.push(next + item, 0).is_ok(), "no room for {item}");
            }
            check!(queue.len() == count, "{} of {count} wait", queue.len());
            check!(queue.get(count).is_none(), "one too many waits");
            for item in 0..count as u64 {
                let seen = queue.get(0).copied();
                check!(seen == Some(next + item), "{seen:?} is first");
                let seen = taken(&mut queue);
                check!(seen == Some(next + item), "{seen:?} was taken");
            }
            next += count as u64;
            check!(queue.is_empty(), "something is left");
        }
    }
    Ok(())
}

pub(crate) fn gap_keeps_its_place() -> Result {
    let mut queue = queue(2)?;
    for item in 1..=5 {
        let fits = queue.push(item, item).is_ok();
        check!(fits == (item <= 2), "{item} fits: {fits}");
    }
    check!(taken(&mut queue) == Some(1), "the first is gone");
    // There is room again, but not before the gap was seen.
    check!(queue.push(6, 6) == Err(6), "something overtakes a gap");
    check!(taken(&mut queue) == Some(2), "the second is gone");
    check!(
        queue.push(7, 7) == Err(7),
        "something takes the place of a gap"
    );
    let gap = taken(&mut queue);
    check!(gap == Some(5 * 1000 + 3), "the gap is {gap:?}");
    check!(queue.is_empty(), "something is left");
    check!(queue.push(8, 8).is_ok(), "no room behind a gap");
    check!(taken(&mut queue) == Some(8), "what came later is gone");
    Ok(())
}

/// What is lost while the gap is being told of is told of later.
pub(crate) fn gap_is_closed_in_parts() -> Result {
    let mut queue = queue(1)?;
    queue.lose(3, 30);
    check!(queue.push(1, 40) == Err(1), "something takes a gap's place");
    queue.close_gap(3);
    let gap = queue.gap();
    check!(
        gap == Some(Gap { lost: 1, since: 30 }),
        "the rest is {gap:?}"
    );
    queue.close_gap(1);
    check!(queue.is_empty(), "something is left");
    queue.lose(u64::MAX, 1);
    queue.lose(2, 2);
    let gap = queue.gap();
    check!(
        gap.is_some_and(|gap| gap.lost == u64::MAX),
        "the count went around: {gap:?}"
    );
    Ok(())
}
