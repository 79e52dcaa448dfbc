//! The blocks that are being filled.

use rusqlite::{Connection, OptionalExtension, params};

use kuberewind_model::{Result, Seq, SessionNo, Timestamp, Verb};

use crate::blocks::{Block, BlockEntry, LEVEL_BITS, block_id, mark, read_block};
use crate::error::Context;
use crate::schema::{op_id, split_op_id};
use crate::varint::encode_ids;

/// The most ids of running reconciles in one block. If there are more, the oldest are left out.
const MAX_RUNNING: usize = 4096;

/// Recomputes the block that begins at `first` from its operations. The first of them counts no idle time.
fn count_anew(db: &Connection, session: SessionNo, level: usize, first: Seq) -> Result<Block> {
    let context = "cannot recompute a summary";
    let last = Seq(first.0 | ((1 << LEVEL_BITS[level]) - 1));
    let mut query = db
        .prepare_cached(
            "SELECT o.id, o.at, o.verb, o.status >= 400 OR o.outcome IN (1, 3, 4) OR o.verb = 12, o.flags & 2, w.actor, coalesce(o.kind, j.kind)
             FROM op o CROSS JOIN viewer w ON w.id = o.viewer LEFT JOIN object j ON j.id = o.object WHERE o.id BETWEEN ? AND ? ORDER BY o.id",
        )
        .context(context)?;
    let mut rows = query.query([op_id(session, first), op_id(session, last)]).context(context)?;
    let mut block = Block::default();
    while let Some(row) = rows.next().context(context)? {
        let (id, at, verb, error, flags, actor, kind): (i64, i64, i64, bool, i64, i64, Option<i64>) =
            row.try_into().context(context)?;
        let Some(verb) = Verb::from_code(verb) else { continue };
        let idle = if block.first == 0 { 0 } else { u64::try_from(at.saturating_sub(block.max_at)).unwrap_or(0) };
        let (seq, at) = (split_op_id(id).1, Timestamp(at));
        block.add(&BlockEntry { seq, at, idle, verb, error, reconcile: flags != 0, actor, kind });
    }
    Ok(block)
}

/// Returns the encoded ids of the reconciles that were running at `first`.
fn running_at(db: &Connection, session: SessionNo, first: Seq) -> Result<Vec<u8>> {
    let context = "cannot read the reconciles";
    let mut query = db
        .prepare_cached(
            "SELECT id FROM span WHERE session = ?1 AND started_after < ?2 AND (ended_after IS NULL OR ended_after >= ?2) ORDER BY id DESC LIMIT ?3",
        )
        .context(context)?;
    let rows = query.query_map(params![session.0, first.0, MAX_RUNNING], |row| row.get(0)).context(context)?;
    let mut newest: Vec<i64> = rows.collect::<rusqlite::Result<_>>().context(context)?;
    newest.reverse();
    Ok(encode_ids(newest))
}

#[derive(Debug)]
pub(crate) struct OpenBlocks {
    session: SessionNo,
    levels: [(i64, Block, Vec<u8>); 2],
    marks: Vec<u8>,
    dirty: bool,
}

impl OpenBlocks {
    pub(crate) fn new(session: SessionNo) -> OpenBlocks {
        let empty = || (-1, Block::default(), Vec::new());
        OpenBlocks { session, levels: [empty(), empty()], marks: vec![0; 1 << LEVEL_BITS[0]], dirty: false }
    }

    /// Adds an operation, and writes the blocks that it completes. `running` are the running reconciles, oldest first.
    pub(crate) fn add(
        &mut self,
        db: &Connection,
        entry: &BlockEntry,
        running: &(impl DoubleEndedIterator<Item = i64> + Clone),
    ) -> rusqlite::Result<()> {
        if self.levels[0].0 != block_id(0, self.session, entry.seq) || self.levels[1].0 != block_id(1, self.session, entry.seq) {
            self.start_blocks(db, entry.seq, running)?;
        }
        for (_, block, _) in &mut self.levels {
            block.add(entry);
        }
        let within = usize::try_from(entry.seq.0 & ((1 << LEVEL_BITS[0]) - 1)).unwrap_or(0);
        self.marks[within] = mark(entry);
        self.dirty = true;
        Ok(())
    }

    /// Continues at `next` after a loss. If the file has the block of `next`, it is read back.
    pub(crate) fn resume(&mut self, db: &Connection, next: Seq) -> Result<()> {
        let mut fresh = OpenBlocks::new(self.session);
        for level in 0..fresh.levels.len() {
            let id = block_id(level, self.session, next);
            if let Some((block, running)) = read_block(db, level, id)? {
                fresh.levels[level] = (id, block, running);
            }
        }
        let marks: Option<Vec<u8>> = db
            .query_row("SELECT marks FROM block_ops WHERE id = ?", [block_id(0, self.session, next)], |row| row.get(0))
            .optional()
            .context("cannot read a summary")?;
        if let Some(marks) = marks.filter(|marks| marks.len() == fresh.marks.len()) {
            fresh.marks = marks;
        }
        *self = fresh;
        Ok(())
    }

    /// Drops the blocks before `first`, in the file and in memory. The operations before it are already deleted.
    pub(crate) fn drop_before(&mut self, db: &Connection, first: Seq) -> Result<()> {
        let context = "cannot drop a summary";
        self.write(db).context(context)?;
        for level in 0..self.levels.len() {
            let id = block_id(level, self.session, first);
            db.prepare_cached("DELETE FROM block WHERE level = ? AND id >= ? AND id <= ?")
                .and_then(|mut run| run.execute(params![level, block_id(level, self.session, Seq::START), id]))
                .context(context)?;
            let block = count_anew(db, self.session, level, first)?;
            let running = running_at(db, self.session, first)?;
            if block.first > 0 {
                block.write(db, level, id, &running).context(context)?;
            }
            if self.levels[level].0 == id {
                self.levels[level] = (id, block, running);
            }
        }
        let id = block_id(0, self.session, first);
        db.prepare_cached("DELETE FROM block_ops WHERE id >= ? AND id < ?")
            .and_then(|mut run| run.execute([block_id(0, self.session, Seq::START), id]))
            .context(context)?;
        let within = usize::try_from(first.0 & ((1 << LEVEL_BITS[0]) - 1)).unwrap_or(0);
        if self.levels[0].0 == id {
            self.marks[..within].fill(0);
        }
        db.prepare_cached("UPDATE block_ops SET marks = CAST(zeroblob(?2) || substr(marks, ?2 + 1) AS BLOB) WHERE id = ?1")
            .and_then(|mut run| run.execute(params![id, within]))
            .context(context)?;
        Ok(())
    }

    fn start_blocks(
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

    /// Writes the unfinished blocks, so that readers see them.
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
