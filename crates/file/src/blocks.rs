//! Summaries of runs of operations: what density, steps and filters read instead of the operations.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};

use kuberewind_model::{Result, Seq, SessionNo, Timestamp, Verb};

use super::schema::{SEQ_BITS, Step, op_id, split_op_id};
use super::varint::{decode_ids, encode_ids};

/// Numbers in a block of level 0, and in one of level 1, as powers of two.
pub(crate) const LEVEL_BITS: [u32; 2] = [10, 16];

/// Marks of an operation in its block: the verb in the low four bits, and these.
pub(crate) const MARK_ERROR: u8 = 16;
/// First of its reconcile.
pub(crate) const MARK_RECONCILE: u8 = 32;
/// There is an operation of this number.
pub(crate) const MARK_PRESENT: u8 = 128;

/// Ids of spans that ran when a block began; beyond it the oldest are left out.
const MAX_RUNNING: usize = 4096;
/// Ids in one set of a block.
const MAX_IDS: usize = 1 << 16;

/// The row id of the block that holds `seq`.
pub(crate) fn block_id(level: usize, session: SessionNo, seq: Seq) -> i64 {
    (session.0 << SEQ_BITS) | i64::try_from(seq.0 >> LEVEL_BITS[level]).unwrap_or(0)
}

/// What the summaries need of an operation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) seq: Seq,
    pub(crate) at: Timestamp,
    pub(crate) idle: u64,
    pub(crate) verb: Verb,
    pub(crate) error: bool,
    pub(crate) reconcile: bool,
    pub(crate) actor: i64,
    pub(crate) kind: Option<i64>,
}

/// Counts of one block.
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
    /// Adds an operation.
    pub(crate) fn add(&mut self, entry: &Entry) {
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

    fn write(&self, db: &Connection, level: usize, id: i64, running: &[u8]) -> rusqlite::Result<()> {
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

/// A block as it was written, with the spans that ran when it began.
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
    .step("cannot read a summary")
}

/// Of the last block that begins at or before `seq`: its first number, and the spans that ran when it began.
pub(crate) fn read_block_before(db: &Connection, session: SessionNo, seq: Seq) -> Result<Option<(u64, Vec<u8>)>> {
    db.prepare_cached(
        "SELECT first, running FROM block WHERE level = 0 AND id BETWEEN ? AND ? AND first <= ? ORDER BY id DESC LIMIT 1",
    )
    .and_then(|mut query| {
        let limits = params![block_id(0, session, Seq(0)), block_id(0, session, seq), seq.0];
        query.query_row(limits, |row| Ok((row.get(0)?, row.get(1)?))).optional()
    })
    .step("cannot read a summary")
}

/// The block that holds `first`, counted from its operations; the first of them has none before it.
fn count_anew(db: &Connection, session: SessionNo, level: usize, first: Seq) -> Result<Block> {
    let step = "cannot count a summary anew";
    let last = Seq(first.0 | ((1 << LEVEL_BITS[level]) - 1));
    let mut query = db
        .prepare_cached(
            "SELECT o.id, o.at, o.verb, o.status >= 400 OR o.outcome IN (1, 3, 4) OR o.verb = 12, o.flags & 2, w.actor, coalesce(o.kind, j.kind)
             FROM op o CROSS JOIN viewer w ON w.id = o.viewer LEFT JOIN object j ON j.id = o.object WHERE o.id BETWEEN ? AND ? ORDER BY o.id",
        )
        .step(step)?;
    let mut rows = query.query([op_id(session, first), op_id(session, last)]).step(step)?;
    let mut block = Block::default();
    while let Some(row) = rows.next().step(step)? {
        let (id, at, verb, error, flags, actor, kind): (i64, i64, i64, bool, i64, i64, Option<i64>) =
            row.try_into().step(step)?;
        let Some(verb) = Verb::from_code(verb) else { continue };
        let idle = if block.first == 0 { 0 } else { u64::try_from(at.saturating_sub(block.max_at)).unwrap_or(0) };
        let (seq, at) = (split_op_id(id).1, Timestamp(at));
        block.add(&Entry { seq, at, idle, verb, error, reconcile: flags != 0, actor, kind });
    }
    Ok(block)
}

/// The spans that ran when `first` came, as a block keeps them.
fn running_at(db: &Connection, session: SessionNo, first: Seq) -> Result<Vec<u8>> {
    let step = "cannot read the reconciles";
    let mut query = db
        .prepare_cached(
            "SELECT id FROM span WHERE session = ?1 AND started_after < ?2 AND (ended_after IS NULL OR ended_after >= ?2) ORDER BY id DESC LIMIT ?3",
        )
        .step(step)?;
    let rows = query.query_map(params![session.0, first.0, MAX_RUNNING], |row| row.get(0)).step(step)?;
    let mut newest: Vec<i64> = rows.collect::<rusqlite::Result<_>>().step(step)?;
    newest.reverse();
    Ok(encode_ids(newest))
}

/// The mark of an operation.
pub(crate) fn mark(entry: &Entry) -> u8 {
    let verb = u8::try_from(entry.verb.code() & 15).unwrap_or(15);
    let error = if entry.error { MARK_ERROR } else { 0 };
    let reconcile = if entry.reconcile { MARK_RECONCILE } else { 0 };
    MARK_PRESENT | verb | error | reconcile
}

/// The blocks that are being filled.
#[derive(Debug)]
pub(crate) struct Blocks {
    session: SessionNo,
    levels: [(i64, Block, Vec<u8>); 2],
    marks: Vec<u8>,
    dirty: bool,
}

impl Blocks {
    /// Of a session that begins.
    pub(crate) fn new(session: SessionNo) -> Blocks {
        let empty = || (-1, Block::default(), Vec::new());
        Blocks { session, levels: [empty(), empty()], marks: vec![0; 1 << LEVEL_BITS[0]], dirty: false }
    }

    /// Adds an operation; writes the blocks that it leaves behind. `running` are the spans that run now, oldest first.
    pub(crate) fn add(
        &mut self,
        db: &Connection,
        entry: &Entry,
        running: &(impl DoubleEndedIterator<Item = i64> + Clone),
    ) -> rusqlite::Result<()> {
        if self.levels[0].0 != block_id(0, self.session, entry.seq) || self.levels[1].0 != block_id(1, self.session, entry.seq) {
            self.turn_over(db, entry.seq, running)?;
        }
        for (_, block, _) in &mut self.levels {
            block.add(entry);
        }
        let within = usize::try_from(entry.seq.0 & ((1 << LEVEL_BITS[0]) - 1)).unwrap_or(0);
        self.marks[within] = mark(entry);
        self.dirty = true;
        Ok(())
    }

    /// Goes on after what was lost: the block that `next` falls into gets a part of its own only where it is new, else
    /// what the file has of it is read back.
    pub(crate) fn resume(&mut self, db: &Connection, next: Seq) -> Result<()> {
        let mut fresh = Blocks::new(self.session);
        for level in 0..fresh.levels.len() {
            let id = block_id(level, self.session, next);
            if let Some((block, running)) = read_block(db, level, id)? {
                fresh.levels[level] = (id, block, running);
            }
        }
        let marks: Option<Vec<u8>> = db
            .query_row("SELECT marks FROM block_ops WHERE id = ?", [block_id(0, self.session, next)], |row| row.get(0))
            .optional()
            .step("cannot read a summary")?;
        if let Some(marks) = marks.filter(|marks| marks.len() == fresh.marks.len()) {
            fresh.marks = marks;
        }
        *self = fresh;
        Ok(())
    }

    /// Forgets what was before `first`, in the file and in what is being filled. The operations before it are gone.
    pub(crate) fn drop_before(&mut self, db: &Connection, first: Seq) -> Result<()> {
        let step = "cannot drop a summary";
        self.write(db).step(step)?;
        for level in 0..self.levels.len() {
            let id = block_id(level, self.session, first);
            db.prepare_cached("DELETE FROM block WHERE level = ? AND id >= ? AND id <= ?")
                .and_then(|mut run| run.execute(params![level, block_id(level, self.session, Seq::START), id]))
                .step(step)?;
            let block = count_anew(db, self.session, level, first)?;
            let running = running_at(db, self.session, first)?;
            if block.first > 0 {
                block.write(db, level, id, &running).step(step)?;
            }
            if self.levels[level].0 == id {
                self.levels[level] = (id, block, running);
            }
        }
        let id = block_id(0, self.session, first);
        db.prepare_cached("DELETE FROM block_ops WHERE id >= ? AND id < ?")
            .and_then(|mut run| run.execute([block_id(0, self.session, Seq::START), id]))
            .step(step)?;
        let within = usize::try_from(first.0 & ((1 << LEVEL_BITS[0]) - 1)).unwrap_or(0);
        if self.levels[0].0 == id {
            self.marks[..within].fill(0);
        }
        db.prepare_cached("UPDATE block_ops SET marks = CAST(zeroblob(?2) || substr(marks, ?2 + 1) AS BLOB) WHERE id = ?1")
            .and_then(|mut run| run.execute(params![id, within]))
            .step(step)?;
        Ok(())
    }

    fn turn_over(
        &mut self,
        db: &Connection,
        seq: Seq,
        running: &(impl DoubleEndedIterator<Item = i64> + Clone),
    ) -> rusqlite::Result<()> {
        self.write(db)?;
        for level in 0..self.levels.len() {
            let id = block_id(level, self.session, seq);
            if self.levels[level].0 != id {
                let mut newest: Vec<i64> = running.clone().rev().take(MAX_RUNNING).collect();
                newest.reverse();
                self.levels[level] = (id, Block::default(), encode_ids(newest));
                if level == 0 {
                    self.marks.fill(0);
                }
            }
        }
        Ok(())
    }

    /// Writes what there is, unfinished blocks included, so that readers see them.
    pub(crate) fn write(&mut self, db: &Connection) -> rusqlite::Result<()> {
        if !self.dirty {
            return Ok(());
        }
        for (level, (id, block, running)) in self.levels.iter().enumerate() {
            block.write(db, level, *id, running)?;
        }
        db.prepare_cached("INSERT OR REPLACE INTO block_ops VALUES (?, ?)")?.execute(params![self.levels[0].0, self.marks])?;
        self.dirty = false;
        Ok(())
    }
}
