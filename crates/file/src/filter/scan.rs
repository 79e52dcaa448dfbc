//! The scan of a recording: block summaries first, then only the columns that the filter needs, and only of blocks that the
//! summaries leave open.

use std::ops::Range;

use rusqlite::{Connection, OptionalExtension, Row};

use kuberewind_model::{Lineage, Result, Seq, SessionNo, Verb};

use super::names::Names;
use super::plan::{BlockMatch, Cells, Column, Columns, Plan, Summary};
use super::port::{FilterScan, Matches, SearchProgress};
use super::texts;
use crate::blocks::{LEVEL_BITS, MARK_ERROR, MARK_PRESENT, MARK_RECONCILE, block_id};
use crate::error::Context;
use crate::reader::Recording;
use crate::schema::op_flags::CHANGED_WORLD;
use crate::schema::{SEQ_BITS, op_id, split_op_id};
use crate::varint::decode_ids;

const CONTEXT: &str = "cannot filter the operations";
/// The most ids in one set of a block.
const MAX_IDS: usize = 1 << 16;
/// The recorded reason. Only failed operations have one, so the others cost no look-up.
/// True if the version of a successful call was first observed between the start and the end of the call. Only rows that did not
/// change the world are looked up.
const OVERTAKEN: &str = "CASE WHEN o.outcome = 0 AND o.flags & 1 = 0 THEN
    (SELECT v.op < o.id AND v.op & 1099511627775 > (o.id & 1099511627775) - o.started FROM version v WHERE v.id = o.version) END";
const REASON: &str = "CASE WHEN o.status >= 400 OR o.outcome <> 0 OR o.error IS NOT NULL THEN
    (SELECT reason FROM detail WHERE id = o.id) END";

impl FilterScan for Recording {
    fn search_texts(&self, lineage: &Lineage, plan: &mut Plan, searched: SearchProgress) -> Result<SearchProgress> {
        texts::search(&self.db, &self.bodies, lineage, plan, searched)
    }

    fn scan(&self, lineage: &Lineage, plan: &mut Plan, places: Range<u64>) -> Result<Matches> {
        let names = Names::new(&self.db, &self.bodies, lineage);
        let mut found = Matches::none(places.clone());
        let mut before = 0;
        for range in lineage.ranges() {
            let len = range.to.0 - range.from.0 + 1;
            let (low, high) = (places.start.max(before), places.end.min(before + len));
            if low < high {
                let run = SessionScan {
                    db: &self.db,
                    names: &names,
                    session: range.session,
                    low: range.from.0 + (low - before),
                    high: range.from.0 + (high - 1 - before),
                    // The numbers of a range are consecutive, like its places.
                    first: low - places.start,
                };
                run.scan(plan, &mut found)?;
            }
            before += len;
        }
        Ok(found)
    }
}

/// A range of consecutive numbers of one session.
struct SessionScan<'a> {
    db: &'a Connection,
    names: &'a Names<'a>,
    session: SessionNo,
    low: u64,
    high: u64,
    /// The bit of `low`.
    first: u64,
}

struct BlockSummary {
    no: u64,
    first: u64,
    last: u64,
    operations: u64,
    errors: u64,
    verbs: u64,
    actors: Vec<i64>,
    kinds: Vec<i64>,
}

impl SessionScan<'_> {
    fn scan(&self, plan: &mut Plan, found: &mut Matches) -> Result<()> {
        for block in self.blocks()? {
            let summary = Summary {
                first: Seq(block.first.max(self.low)),
                last: Seq(block.last.min(self.high)),
                operations: block.operations,
                errors: block.errors,
                verbs: block.verbs,
                actors: &block.actors,
                kinds: &block.kinds,
            };
            let judgement = plan.match_block(&summary, self.names)?;
            if judgement == BlockMatch::None {
                continue;
            }
            let marks = self.marks(block.no)?;
            let base = block.no << LEVEL_BITS[0];
            let range = (base.max(self.low), (base + (1 << LEVEL_BITS[0]) - 1).min(self.high));
            if judgement == BlockMatch::All || plan.columns().is_empty() {
                self.by_marks(plan, judgement, base, &marks, range, found)?;
            } else {
                self.by_columns(plan, base, &marks, range, found)?;
            }
        }
        Ok(())
    }

    fn blocks(&self) -> Result<Vec<BlockSummary>> {
        let mut query = self
            .db
            .prepare_cached(
                "SELECT id, first, last, reads + writes + watch_events, errors, verbs, actors, kinds
                 FROM block WHERE level = 0 AND id BETWEEN ? AND ? ORDER BY id",
            )
            .context(CONTEXT)?;
        let ids = |row: &Row<'_>, column: usize| {
            row.get_ref(column).and_then(|ids| Ok(ids.as_blob()?)).map(|ids| decode_ids(ids, MAX_IDS))
        };
        let read = |row: &Row<'_>| {
            let no: i64 = row.get::<_, i64>(0)? & ((1 << SEQ_BITS) - 1);
            Ok(BlockSummary {
                no: u64::try_from(no).unwrap_or(0),
                first: row.get(1)?,
                last: row.get(2)?,
                operations: row.get(3)?,
                errors: row.get(4)?,
                verbs: u64::try_from(row.get::<_, i64>(5)?).unwrap_or(u64::MAX),
                actors: ids(row, 6)?,
                kinds: ids(row, 7)?,
            })
        };
        let between = [block_id(0, self.session, Seq(self.low)), block_id(0, self.session, Seq(self.high))];
        let rows = query.query_map(between, read).context(CONTEXT)?;
        rows.collect::<rusqlite::Result<_>>().context(CONTEXT)
    }

    fn marks(&self, block: u64) -> Result<Vec<u8>> {
        let id = (self.session.0 << SEQ_BITS) | i64::try_from(block).unwrap_or(0);
        let marks = self
            .db
            .prepare_cached("SELECT marks FROM block_ops WHERE id = ?")
            .and_then(|mut query| query.query_row([id], |row| row.get(0)).optional())
            .context(CONTEXT)?;
        Ok(marks.unwrap_or_default())
    }

    /// Scans a block without reading operations: all of them pass, or verb and number decide.
    fn by_marks(
        &self,
        plan: &mut Plan,
        judgement: BlockMatch,
        base: u64,
        marks: &[u8],
        (low, high): (u64, u64),
        found: &mut Matches,
    ) -> Result<()> {
        for seq in low..=high {
            let mark = mark(marks, base, seq);
            if mark & MARK_PRESENT == 0 {
                continue;
            }
            let cells = Cells { seq: Seq(seq), verb: verb(mark), failed: mark & MARK_ERROR != 0, ..Cells::default() };
            if judgement == BlockMatch::All || plan.passes(&cells, self.names)? {
                self.set(found, seq, mark);
            }
        }
        Ok(())
    }

    fn by_columns(&self, plan: &mut Plan, base: u64, marks: &[u8], (low, high): (u64, u64), found: &mut Matches) -> Result<()> {
        let columns = plan.columns();
        let mut query = self.db.prepare_cached(&select(columns)).context(CONTEXT)?;
        let between = [op_id(self.session, Seq(low)), op_id(self.session, Seq(high))];
        let mut rows = query.query(between).context(CONTEXT)?;
        while let Some(row) = rows.next().context(CONTEXT)? {
            let seq = split_op_id(row.get(0).context(CONTEXT)?).1;
            let mark = mark(marks, base, seq.0);
            let cells = Cells { seq, verb: verb(mark), failed: mark & MARK_ERROR != 0, ..Cells::default() };
            let cells = read(row, columns, cells).context(CONTEXT)?;
            if plan.passes(&cells, self.names)? {
                self.set(found, seq.0, mark);
            }
        }
        Ok(())
    }

    fn set(&self, found: &mut Matches, seq: u64, mark: u8) {
        let place = self.first + (seq - self.low);
        let (word, bit) = (usize::try_from(place / 64).unwrap_or(usize::MAX), 1_u64 << (place % 64));
        let kind = verb(mark);
        let put = |words: &mut Vec<u64>, holds: bool| {
            if let Some(word) = words.get_mut(word).filter(|_| holds) {
                *word |= bit;
            }
        };
        put(&mut found.all, true);
        put(&mut found.writes, kind.is_some_and(Verb::is_write));
        put(&mut found.watch_events, kind.is_some_and(Verb::is_watch_event));
        put(&mut found.errors, mark & MARK_ERROR != 0);
        put(&mut found.reconciles, mark & MARK_RECONCILE != 0);
    }
}

fn mark(marks: &[u8], base: u64, seq: u64) -> u8 {
    usize::try_from(seq - base).ok().and_then(|at| marks.get(at).copied()).unwrap_or(0)
}

fn verb(mark: u8) -> Option<Verb> {
    Verb::from_code(i64::from(mark & 15))
}

/// Selects the needed columns. Each has a fixed position; the others are NULL.
fn select(columns: Columns) -> String {
    let wanted = |column, names: &'static str, without: &'static str| if columns.has(column) { names } else { without };
    let bodies = columns.has(Column::Bodies);
    format!(
        "SELECT o.id, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {} FROM op o {} WHERE o.id BETWEEN ? AND ? ORDER BY o.id",
        wanted(Column::Viewer, "o.viewer", "0"),
        wanted(Column::Target, "o.object, o.kind, o.namespace, o.name", "NULL, NULL, NULL, NULL"),
        wanted(Column::Subresource, "o.subresource", "NULL"),
        wanted(Column::Error, "o.error", "NULL"),
        wanted(Column::Span, "o.span", "NULL"),
        wanted(Column::Version, "o.version", "NULL"),
        wanted(Column::Status, "o.status", "0"),
        wanted(Column::Duration, "o.duration", "0"),
        wanted(Column::Flags, "o.flags", "0"),
        if bodies { "o.request, coalesce(o.response, v.body)" } else { "NULL, NULL" },
        wanted(Column::Reason, REASON, "NULL"),
        wanted(Column::Overtaken, OVERTAKEN, "0"),
        if bodies { "LEFT JOIN version v ON v.id = o.version" } else { "" },
    )
}

fn read(row: &Row<'_>, columns: Columns, mut cells: Cells) -> rusqlite::Result<Cells> {
    if columns.has(Column::Viewer) {
        cells.viewer = row.get(1)?;
    }
    if columns.has(Column::Target) {
        cells.object = row.get(2)?;
        if cells.object.is_none() {
            (cells.kind, cells.namespace, cells.name) = (row.get(3)?, row.get(4)?, row.get(5)?);
        }
    }
    if columns.has(Column::Subresource) {
        cells.subresource = row.get(6)?;
    }
    if columns.has(Column::Error) {
        cells.error = row.get(7)?;
    }
    if columns.has(Column::Span) {
        cells.span = row.get(8)?;
    }
    if columns.has(Column::Version) {
        cells.version = row.get(9)?;
    }
    if columns.has(Column::Status) {
        cells.status = row.get(10)?;
    }
    if columns.has(Column::Duration) {
        cells.duration = row.get(11)?;
    }
    if columns.has(Column::Flags) {
        cells.changed_world = row.get::<_, i64>(12)? & CHANGED_WORLD != 0;
    }
    if columns.has(Column::Bodies) {
        (cells.request, cells.response) = (row.get(13)?, row.get(14)?);
    }
    if columns.has(Column::Reason) {
        cells.reason = row.get(15)?;
    }
    if columns.has(Column::Overtaken) {
        cells.is_overtaken = row.get::<_, Option<bool>>(16)?.unwrap_or(false) && cells.verb.is_some_and(Verb::is_write);
    }
    Ok(cells)
}
