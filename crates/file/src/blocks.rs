//! Summaries of blocks of operations. Density, steps and filters read them instead of the operations.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};

use kuberewind_model::{Result, Seq, SessionNo, Timestamp, Verb};

use super::varint::{decode_ids, encode_ids};
use crate::error::Context;
use crate::schema::SEQ_BITS;

/// The base-2 logarithms of the numbers of operations in a block of level 0 and of level 1.
pub(crate) const LEVEL_BITS: [u32; 2] = [10, 16];

/// The mark of an operation holds its verb in the low four bits, and these flags.
pub(crate) const MARK_ERROR: u8 = 16;
/// The operation is the first one of its reconcile.
pub(crate) const MARK_RECONCILE: u8 = 32;
/// An operation with this number exists.
pub(crate) const MARK_PRESENT: u8 = 128;

/// The most ids in one set of a block.
const MAX_IDS: usize = 1 << 16;

/// Returns the row id of the block that contains `seq`.
pub(crate) fn block_id(level: usize, session: SessionNo, seq: Seq) -> i64 {
    (session.0 << SEQ_BITS) | i64::try_from(seq.0 >> LEVEL_BITS[level]).unwrap_or(0)
}

/// The properties of an operation that summaries count.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BlockEntry {
    pub(crate) seq: Seq,
    pub(crate) at: Timestamp,
    pub(crate) idle: u64,
    pub(crate) verb: Verb,
    pub(crate) error: bool,
    pub(crate) reconcile: bool,
    pub(crate) actor: i64,
    pub(crate) kind: Option<i64>,
}

/// The summary of one block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) min_at: i64,
    pub(crate) max_at: i64,
    pub(crate) reads: u64,
    pub(crate) writes: u64,
    pub(crate) watch_events: u64,
    pub(crate) errors: u64,
    pub(crate) reconciles: u64,
    pub(crate) verbs: i64,
    pub(crate) idle: u64,
    pub(crate) actors: BTreeSet<i64>,
    pub(crate) kinds: BTreeSet<i64>,
}

impl Block {
    pub(crate) fn add(&mut self, entry: &BlockEntry) {
        if self.first == 0 {
            (self.first, self.min_at) = (entry.seq.0, entry.at.0);
        }
        (self.last, self.max_at) = (entry.seq.0, entry.at.0);
        match (entry.verb.is_write(), entry.verb.is_watch_event()) {
            (true, _) => self.writes += 1,
            (_, true) => self.watch_events += 1,
            _ => self.reads += 1,
        }
        self.errors += u64::from(entry.error);
        self.reconciles += u64::from(entry.reconcile);
        self.verbs |= 1 << entry.verb.code();
        self.idle = self.idle.max(entry.idle);
        self.actors.insert(entry.actor);
        self.kinds.extend(entry.kind);
    }

    pub(crate) fn write(&self, db: &Connection, level: usize, id: i64, running: &[u8]) -> rusqlite::Result<()> {
        db.prepare_cached("INSERT OR REPLACE INTO block VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")?.execute(
            params![
                level,
                id,
                self.first,
                self.last,
                self.min_at,
                self.max_at,
                self.reads,
                self.writes,
                self.watch_events,
                self.errors,
                self.reconciles,
                self.verbs,
                i64::try_from(self.idle).unwrap_or(i64::MAX),
                running,
                encode_ids(self.actors.iter().copied()),
                encode_ids(self.kinds.iter().copied()),
            ],
        )?;
        Ok(())
    }
}

/// Reads a stored block, and the encoded ids of the reconciles that were running when it began.
pub(crate) fn read_block(db: &Connection, level: usize, id: i64) -> Result<Option<(Block, Vec<u8>)>> {
    db.prepare_cached(
        "SELECT first, last, min_at, max_at, reads, writes, watch_events, errors, reconciles, verbs, idle, actors, kinds, running
         FROM block WHERE level = ? AND id = ?",
    )
    .and_then(|mut query| {
        query
            .query_row(params![level, id], |row| {
                let ids =
                    |column: usize| row.get::<_, Vec<u8>>(column).map(|bytes| decode_ids(&bytes, MAX_IDS).into_iter().collect());
                let block = Block {
                    first: row.get(0)?,
                    last: row.get(1)?,
                    min_at: row.get(2)?,
                    max_at: row.get(3)?,
                    reads: row.get(4)?,
                    writes: row.get(5)?,
                    watch_events: row.get(6)?,
                    errors: row.get(7)?,
                    reconciles: row.get(8)?,
                    verbs: row.get(9)?,
                    idle: row.get(10)?,
                    actors: ids(11)?,
                    kinds: ids(12)?,
                };
                Ok((block, row.get(13)?))
            })
            .optional()
    })
    .context("cannot read a summary")
}

/// Finds the last block that begins at or before `seq`. Returns its first number and the encoded ids of the reconciles that
/// were running then.
pub(crate) fn read_block_before(db: &Connection, session: SessionNo, seq: Seq) -> Result<Option<(u64, Vec<u8>)>> {
    db.prepare_cached(
        "SELECT first, running FROM block WHERE level = 0 AND id BETWEEN ? AND ? AND first <= ? ORDER BY id DESC LIMIT 1",
    )
    .and_then(|mut query| {
        let limits = params![block_id(0, session, Seq(0)), block_id(0, session, seq), seq.0];
        query.query_row(limits, |row| Ok((row.get(0)?, row.get(1)?))).optional()
    })
    .context("cannot read a summary")
}

pub(crate) fn mark(entry: &BlockEntry) -> u8 {
    let verb = u8::try_from(entry.verb.code() & 15).unwrap_or(15);
    let error = if entry.error { MARK_ERROR } else { 0 };
    let reconcile = if entry.reconcile { MARK_RECONCILE } else { 0 };
    MARK_PRESENT | verb | error | reconcile
}
