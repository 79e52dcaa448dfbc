//! KubeStep's rows. Any column may be missing.

use std::sync::Arc;

use rusqlite::{Connection, Row, types::ValueRef};

use kuberewind_model::Result;

use kuberewind_file::sqlite::Context;

/// A row of `operations`.
#[derive(Debug, Clone, Default)]
pub(super) struct OperationRow {
    pub(super) at: i64,
    pub(super) operation_type: String,
    pub(super) kind: String,
    pub(super) namespace: Arc<str>,
    pub(super) name: Arc<str>,
    pub(super) data: Vec<u8>,
    pub(super) error: Arc<str>,
    pub(super) duration_ms: i64,
    pub(super) actor: Arc<str>,
    pub(super) uid: Arc<str>,
    pub(super) resource_version: Arc<str>,
    pub(super) generation: i64,
    pub(super) verb: String,
}

/// A row of `reconcile_spans`.
#[derive(Debug, Clone, Default)]
pub(super) struct SpanRow {
    pub(super) id: Arc<str>,
    pub(super) actor: Arc<str>,
    pub(super) start: i64,
    pub(super) end: Option<i64>,
    pub(super) duration_ms: Option<i64>,
    pub(super) kind: String,
    pub(super) namespace: Arc<str>,
    pub(super) name: Arc<str>,
    pub(super) trigger_uid: Arc<str>,
    pub(super) trigger_resource_version: Arc<str>,
    pub(super) trigger_reason: Arc<str>,
    pub(super) error: Arc<str>,
}

/// The positions of columns, if the table has them.
struct Columns(Vec<Option<usize>>);

impl Columns {
    fn of(names: &[&str], wanted: &[&str]) -> Columns {
        let position = |column: &&str| names.iter().position(|name| name.eq_ignore_ascii_case(column));
        Columns(wanted.iter().map(position).collect())
    }

    fn bytes(&self, row: &Row<'_>, column: usize) -> Vec<u8> {
        match self.0[column].and_then(|position| row.get_ref(position).ok()) {
            Some(ValueRef::Text(bytes) | ValueRef::Blob(bytes)) => bytes.to_vec(),
            Some(ValueRef::Integer(number)) => number.to_string().into_bytes(),
            Some(ValueRef::Real(number)) => number.to_string().into_bytes(),
            _ => Vec::new(),
        }
    }

    fn text(&self, row: &Row<'_>, column: usize) -> String {
        String::from_utf8_lossy(&self.bytes(row, column)).into_owned()
    }

    fn arc(&self, row: &Row<'_>, column: usize) -> Arc<str> {
        self.text(row, column).into()
    }

    fn number(&self, row: &Row<'_>, column: usize) -> Option<i64> {
        self.text(row, column).trim().parse().ok()
    }
}

const OPERATION: [&str; 13] = [
    "timestamp",
    "operation_type",
    "resource_kind",
    "namespace",
    "name",
    "resource_data",
    "error",
    "duration_ms",
    "actor_id",
    "uid",
    "resource_version",
    "generation",
    "verb",
];
const SPAN: [&str; 12] = [
    "id",
    "actor_id",
    "start_ts",
    "end_ts",
    "duration_ms",
    "kind",
    "namespace",
    "name",
    "trigger_uid",
    "trigger_resource_version",
    "trigger_reason",
    "error",
];

/// Returns the names of the sessions, in the order of their first rows.
pub(super) fn sessions(db: &Connection) -> Result<Vec<String>> {
    let context = "cannot read the sessions of the KubeStep database";
    let mut query = db
        .prepare("SELECT CAST(coalesce(session_id, '') AS TEXT) AS s FROM operations GROUP BY s ORDER BY min(rowid)")
        .context(context)?;
    let rows = query.query_map([], |row| row.get(0)).context(context)?;
    rows.collect::<rusqlite::Result<_>>().context(context)
}

/// Calls `each` with the rows of a session, in the order of their numbers.
pub(super) fn operations(db: &Connection, session: &str, mut each: impl FnMut(OperationRow) -> Result<()>) -> Result<()> {
    let context = "cannot read the operations of the KubeStep database";
    let mut query = db
        .prepare("SELECT * FROM operations WHERE CAST(coalesce(session_id, '') AS TEXT) = ? ORDER BY sequence_number, rowid")
        .context(context)?;
    let columns = Columns::of(&query.column_names().collect::<Vec<_>>(), &OPERATION);
    let mut rows = query.query([session]).context(context)?;
    while let Some(row) = rows.next().context(context)? {
        each(OperationRow {
            at: columns.number(row, 0).unwrap_or(0),
            operation_type: columns.text(row, 1),
            kind: columns.text(row, 2),
            namespace: columns.arc(row, 3),
            name: columns.arc(row, 4),
            data: columns.bytes(row, 5),
            error: columns.arc(row, 6),
            duration_ms: columns.number(row, 7).unwrap_or(0),
            actor: columns.arc(row, 8),
            uid: columns.arc(row, 9),
            resource_version: columns.arc(row, 10),
            generation: columns.number(row, 11).unwrap_or(0),
            verb: columns.text(row, 12),
        })?;
    }
    Ok(())
}

/// Returns the reconciles of a session by their start; none if the table does not exist.
pub(super) fn spans(db: &Connection, session: &str) -> Result<Vec<SpanRow>> {
    let context = "cannot read the reconcile spans of the KubeStep database";
    let exists = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'reconcile_spans')";
    if !db.query_row(exists, [], |row| row.get::<_, bool>(0)).context(context)? {
        return Ok(Vec::new());
    }
    let mut query = db
        .prepare("SELECT * FROM reconcile_spans WHERE CAST(coalesce(session_id, '') AS TEXT) = ? ORDER BY start_ts, rowid")
        .context(context)?;
    let columns = Columns::of(&query.column_names().collect::<Vec<_>>(), &SPAN);
    let rows = query
        .query_map([session], |row| {
            Ok(SpanRow {
                id: columns.arc(row, 0),
                actor: columns.arc(row, 1),
                start: columns.number(row, 2).unwrap_or(0),
                end: columns.number(row, 3),
                duration_ms: columns.number(row, 4),
                kind: columns.text(row, 5),
                namespace: columns.arc(row, 6),
                name: columns.arc(row, 7),
                trigger_uid: columns.arc(row, 8),
                trigger_resource_version: columns.arc(row, 9),
                trigger_reason: columns.arc(row, 10),
                error: columns.arc(row, 11),
            })
        })
        .context(context)?;
    rows.collect::<rusqlite::Result<_>>().context(context)
}
