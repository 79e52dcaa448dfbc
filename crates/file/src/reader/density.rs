//! Counts over the timeline: whole blocks from their summaries, the edges from marks.

use std::ops::RangeInclusive;

use rusqlite::{Connection, OptionalExtension};

use kuberewind_model::{Density, Lineage, Result, Seq, SessionNo, Verb};

use crate::blocks::{LEVEL_BITS, MARK_ERROR, MARK_PRESENT, MARK_RECONCILE};
use crate::error::Context;
use crate::schema::SEQ_BITS;

const CONTEXT: &str = "cannot read the summaries";
/// More than any screen has columns.
const MAX_BUCKETS: usize = 1 << 16;

pub(super) fn density(db: &Connection, lineage: &Lineage, range: &RangeInclusive<Seq>, buckets: usize) -> Result<Vec<Density>> {
    let buckets = buckets.min(MAX_BUCKETS);
    let (start, end) = (range.start().0.max(lineage.first().0), range.end().0.min(lineage.last().0));
    let mut found = vec![Density::default(); buckets];
    if start > end || lineage.is_empty() {
        return Ok(found);
    }
    let numbers = u128::from(end - start + 1);
    let edge = |bucket: usize| start + u64::try_from(numbers * bucket as u128 / buckets as u128).unwrap_or(0);
    let mut counter = Counter { db, marks: None };
    for (bucket, sum) in found.iter_mut().enumerate() {
        let (low, high) = (edge(bucket), edge(bucket + 1));
        for range in lineage.ranges() {
            let (low, high) = (low.max(range.from.0), high.min(range.to.0.saturating_add(1)));
            if low < high {
                sum.add(counter.count(range.session, low, high)?);
            }
        }
    }
    Ok(found)
}

struct Counter<'a> {
    db: &'a Connection,
    /// The last block that was read, and its marks.
    marks: Option<(i64, Vec<u8>)>,
}

impl Counter<'_> {
    /// Counts the numbers in `low..high`.
    fn count(&mut self, session: SessionNo, low: u64, high: u64) -> Result<Density> {
        let mut sum = Density::default();
        let mut at = low;
        while at < high {
            // The coarsest block that begins here and ends before `high`.
            let fits = |bits: u32| at & ((1 << bits) - 1) == 0 && at.saturating_add(1 << bits) <= high;
            let (next, part) = if fits(LEVEL_BITS[1]) {
                self.blocks(1, session, at, high)?
            } else if fits(LEVEL_BITS[0]) {
                let until = high.min((at | ((1 << LEVEL_BITS[1]) - 1)).saturating_add(1));
                self.blocks(0, session, at, until)?
            } else {
                let until = high.min((at | ((1 << LEVEL_BITS[0]) - 1)).saturating_add(1));
                (until, self.marks(session, at, until)?)
            };
            sum.add(part);
            at = next;
        }
        Ok(sum)
    }

    /// Returns the sum of the whole blocks of a level between `at` and `high`, and the end of the last one.
    fn blocks(&self, level: usize, session: SessionNo, at: u64, high: u64) -> Result<(u64, Density)> {
        let bits = LEVEL_BITS[level];
        let id = |number: u64| (session.0 << SEQ_BITS) | i64::try_from(number).unwrap_or(0);
        let (first, end) = (at >> bits, high >> bits);
        let part = self
            .db
            .prepare_cached(
                "SELECT coalesce(sum(reads), 0), coalesce(sum(writes), 0), coalesce(sum(watch_events), 0), coalesce(sum(errors), 0), coalesce(sum(reconciles), 0)
                 FROM block WHERE level = ? AND id >= ? AND id < ?",
            )
            .and_then(|mut query| {
                query.query_row([i64::try_from(level).unwrap_or(0), id(first), id(end)], |row| {
                    Ok(Density {
                        reads: row.get(0)?,
                        writes: row.get(1)?,
                        watch_events: row.get(2)?,
                        errors: row.get(3)?,
                        reconciles: row.get(4)?,
                    })
                })
            })
            .context(CONTEXT)?;
        Ok((end << bits, part))
    }

    /// Counts the numbers in `low..high` of one block.
    fn marks(&mut self, session: SessionNo, low: u64, high: u64) -> Result<Density> {
        let id = (session.0 << SEQ_BITS) | i64::try_from(low >> LEVEL_BITS[0]).unwrap_or(0);
        if self.marks.as_ref().is_none_or(|(block, _)| *block != id) {
            let marks: Option<Vec<u8>> = self
                .db
                .prepare_cached("SELECT marks FROM block_ops WHERE id = ?")
                .and_then(|mut query| query.query_row([id], |row| row.get(0)).optional())
                .context(CONTEXT)?;
            self.marks = Some((id, marks.unwrap_or_default()));
        }
        let marks = self.marks.as_ref().map_or(&[][..], |(_, marks)| marks);
        let within = |number: u64| usize::try_from(number & ((1 << LEVEL_BITS[0]) - 1)).unwrap_or(0).min(marks.len());
        let (from, to) = (within(low), within(high - 1).saturating_add(1).min(marks.len()));
        let mut sum = Density::default();
        for mark in marks.get(from..to).unwrap_or_default().iter().filter(|mark| **mark & MARK_PRESENT != 0) {
            match Verb::from_code(i64::from(mark & 15)) {
                Some(verb) if verb.is_write() => sum.writes += 1,
                Some(verb) if verb.is_watch_event() => sum.watch_events += 1,
                _ => sum.reads += 1,
            }
            sum.errors += u64::from(mark & MARK_ERROR != 0);
            sum.reconciles += u64::from(mark & MARK_RECONCILE != 0);
        }
        Ok(sum)
    }
}
