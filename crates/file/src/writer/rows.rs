//! Rows that wait to be written.
//!
//! Rows of nearly every operation are collected until the transaction ends or they take much memory, and then written table
//! by table. That way a statement is prepared once for thousands of rows, and the pages of a table are filled in order.

use std::sync::Arc;

use rusqlite::{Connection, params};

use crate::codec::{Codec, Hash};

/// The most bytes of waiting bodies.
const WEIGHT: usize = 1 << 20;
/// The most waiting rows of one table.
const ROWS: usize = 1 << 14;

#[derive(Debug)]
pub(super) struct OperationRow {
    pub(super) id: i64,
    pub(super) at: i64,
    pub(super) duration: i64,
    pub(super) started: i64,
    pub(super) viewer: i64,
    pub(super) verb: i64,
    pub(super) status: u16,
    pub(super) outcome: i64,
    pub(super) flags: i64,
    pub(super) object: Option<i64>,
    pub(super) version: Option<i64>,
    pub(super) kind: Option<i64>,
    pub(super) namespace: Option<i64>,
    pub(super) name: Option<i64>,
    pub(super) subresource: Option<i64>,
    pub(super) span: Option<i64>,
    pub(super) watch: Option<i64>,
    pub(super) error: Option<i64>,
    pub(super) request: Option<i64>,
    pub(super) response: Option<i64>,
}

#[derive(Debug)]
pub(super) struct VersionRow {
    pub(super) id: i64,
    pub(super) object: i64,
    pub(super) op: i64,
    pub(super) rank_number: u64,
    pub(super) rank_arrival: u64,
    pub(super) rv: Option<Arc<str>>,
    /// 0 present, 1 deletion inferred, 2 deletion observed.
    pub(super) gone: i64,
    pub(super) shape: i64,
    pub(super) head: bool,
    pub(super) api_version: Option<i64>,
    pub(super) generation: Option<i64>,
    pub(super) body: Option<i64>,
}

/// A row of `body`; its bytes are in [`Rows::data`].
#[derive(Debug)]
struct BodyRow {
    id: i64,
    hash: Hash,
    bytes: usize,
    codec: Codec,
    keyframe: Option<i64>,
    end: usize,
}

/// A row of `showing`: a change of a view.
#[derive(Debug)]
pub(super) struct ViewChangeRow {
    pub(super) op: i64,
    pub(super) object: i64,
    pub(super) viewer: i64,
    pub(super) version: Option<i64>,
    pub(super) item: i64,
}

/// `item` of a row of `showing`: the change was inferred from the operation.
pub(super) const INFERRED: i64 = 0;
/// `item`: the object is an item of the list.
pub(super) const LIST_ITEM: i64 = 1;
/// `item`: the operation's own object left the view.
pub(super) const OWN_OBJECT: i64 = 2;

/// Waiting rows.
#[derive(Debug, Default)]
pub(super) struct Rows {
    operations: Vec<OperationRow>,
    versions: Vec<VersionRow>,
    bodies: Vec<BodyRow>,
    view_changes: Vec<ViewChangeRow>,
    /// The bytes of the bodies, in order.
    data: Vec<u8>,
}

impl Rows {
    pub(super) fn operation(&mut self, row: OperationRow) {
        self.operations.push(row);
    }

    pub(super) fn version(&mut self, row: VersionRow) {
        self.versions.push(row);
    }

    pub(super) fn view_change(&mut self, row: ViewChangeRow) {
        self.view_changes.push(row);
    }

    /// Adds an encoded body; `bytes` is its decoded length.
    pub(super) fn body(&mut self, id: i64, hash: Hash, bytes: usize, stored: (Codec, &[u8]), keyframe: Option<i64>) {
        let (codec, data) = stored;
        self.data.extend_from_slice(data);
        self.bodies.push(BodyRow { id, hash, bytes, codec, keyframe, end: self.data.len() });
    }

    /// Returns true if the rows should be written before the transaction ends.
    pub(super) fn is_heavy(&self) -> bool {
        self.data.len() >= WEIGHT || self.view_changes.len() >= ROWS || self.versions.len() >= ROWS
    }

    /// Drops the rows, because the transaction is lost.
    pub(super) fn clear(&mut self) {
        self.operations.clear();
        self.versions.clear();
        self.bodies.clear();
        self.view_changes.clear();
        self.data.clear();
        // A single body may have been very large.
        self.data.shrink_to(WEIGHT * 2);
    }

    pub(super) fn write(&mut self, db: &Connection) -> rusqlite::Result<()> {
        self.write_operations(db)?;
        self.write_versions(db)?;
        self.write_bodies(db)?;
        self.write_view_changes(db)?;
        self.clear();
        Ok(())
    }

    fn write_operations(&self, db: &Connection) -> rusqlite::Result<()> {
        if self.operations.is_empty() {
            return Ok(());
        }
        let mut insert = db.prepare_cached(
            "INSERT INTO op (id, at, duration, started, viewer, verb, status, outcome, flags, object, version, kind, namespace, name,
             subresource, span, watch, error, request, response) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?;
        for o in &self.operations {
            insert.execute(params![
                o.id,
                o.at,
                o.duration,
                o.started,
                o.viewer,
                o.verb,
                o.status,
                o.outcome,
                o.flags,
                o.object,
                o.version,
                o.kind,
                o.namespace,
                o.name,
                o.subresource,
                o.span,
                o.watch,
                o.error,
                o.request,
                o.response
            ])?;
        }
        Ok(())
    }

    fn write_versions(&self, db: &Connection) -> rusqlite::Result<()> {
        if self.versions.is_empty() {
            return Ok(());
        }
        let mut insert = db.prepare_cached(
            "INSERT INTO version (id, object, op, rank_number, rank_arrival, rv, gone, shape, head, api_version, generation, body)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?;
        for v in &self.versions {
            insert.execute(params![
                v.id,
                v.object,
                v.op,
                v.rank_number,
                v.rank_arrival,
                v.rv,
                v.gone,
                v.shape,
                v.head,
                v.api_version,
                v.generation,
                v.body
            ])?;
        }
        Ok(())
    }

    fn write_bodies(&self, db: &Connection) -> rusqlite::Result<()> {
        if self.bodies.is_empty() {
            return Ok(());
        }
        let mut insert =
            db.prepare_cached("INSERT INTO body (id, hash, bytes, codec, keyframe, data) VALUES (?, ?, ?, ?, ?, ?)")?;
        let mut from = 0;
        for b in &self.bodies {
            let data = self.data.get(from..b.end).unwrap_or_default();
            from = b.end;
            // A plain body is stored as TEXT, which every SQLite program displays.
            match std::str::from_utf8(data) {
                Ok(text) if b.codec == Codec::Plain => {
                    insert.execute(params![b.id, b.hash, b.bytes, b.codec as i64, b.keyframe, text])?
                }
                _ => insert.execute(params![b.id, b.hash, b.bytes, b.codec as i64, b.keyframe, data])?,
            };
        }
        Ok(())
    }

    fn write_view_changes(&self, db: &Connection) -> rusqlite::Result<()> {
        if self.view_changes.is_empty() {
            return Ok(());
        }
        let mut insert =
            db.prepare_cached("INSERT OR REPLACE INTO showing (op, object, viewer, version, item) VALUES (?, ?, ?, ?, ?)")?;
        for s in &self.view_changes {
            insert.execute(params![s.op, s.object, s.viewer, s.version, s.item])?;
        }
        Ok(())
    }
}
