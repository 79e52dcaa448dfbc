//! User queries in SQL: one SELECT, read-only, with a time limit. The function `body(body_id)` returns texts.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;

use kuberewind_model::{Error, ErrorKind, Result};

use super::body_reader::BodyReader;
use super::reader::{OpenOptions, Recording};
use crate::error::Context;

/// A value of a result.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Integer(i64),
    Real(f64),
    /// A text. Invalid UTF-8 is replaced.
    Text(String),
    Blob(Vec<u8>),
}

/// The conditions that interrupt a query.
#[derive(Clone)]
pub struct Limit {
    /// The time limit.
    pub time: Duration,
    /// Returns true to stop the query. Called many times a second.
    pub stopped: Arc<dyn Fn() -> bool + Send + Sync>,
}

impl From<Duration> for Limit {
    fn from(time: Duration) -> Limit {
        Limit { time, stopped: Arc::new(|| false) }
    }
}

impl Limit {
    /// The error of an interrupted query.
    #[must_use]
    pub fn reached(&self) -> Error {
        if (self.stopped)() {
            return Error::new(ErrorKind::Interrupted, "the query was stopped");
        }
        Error::new(ErrorKind::Interrupted, format!("the query took longer than {} s", self.time.as_secs()))
            .hint("narrow it with WHERE or LIMIT")
    }
}

/// Limits the memory of SQLite in this process, of readers and writers together.
///
/// # Errors
/// When SQLite does not accept the limit.
pub fn limit_memory(bytes: u64) -> Result<()> {
    let db = Connection::open_in_memory().context("cannot limit the memory")?;
    db.query_row(&format!("PRAGMA hard_heap_limit = {bytes}"), [], |_| Ok(())).context("cannot limit the memory")
}

/// Runs `sql` against the recording at `path`. Calls `columns` once with the column names, then `row` for each row until it
/// returns `false`.
///
/// # Errors
/// When `sql` is not one SELECT, SQLite refuses it, or `limit` interrupts it ([`ErrorKind::Interrupted`]).
pub fn query(
    path: &Path,
    options: &OpenOptions,
    sql: &str,
    limit: &Limit,
    columns: impl FnOnce(&[&str]) -> Result<()>,
    mut row: impl FnMut(&[Value]) -> Result<bool>,
) -> Result<()> {
    let mut recording = Recording::open(path, options)?;
    let bodies = recording.second_connection()?;
    let db = recording.connection_mut();
    add_body(db, bodies)?;
    let context = "cannot prepare the query";
    let (until, stopped) = (Instant::now() + limit.time, Arc::clone(&limit.stopped));
    db.progress_handler(10_000, Some(move || Instant::now() > until || stopped())).context(context)?;
    let asked = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::OperationInterrupted) => limit.reached(),
        Some(rusqlite::ErrorCode::AuthorizationForStatementDenied) => Error::new(ErrorKind::Invalid, "only SELECT is allowed")
            .because(error)
            .hint("query the views operations and reconcile_spans"),
        _ => Error::new(ErrorKind::Invalid, "SQLite refuses this query").because(error),
    };
    let mut statement = db.prepare(sql).map_err(asked)?;
    if !statement.readonly() || statement.column_count() == 0 {
        return Err(Error::new(ErrorKind::Invalid, "only SELECT is allowed"));
    }
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    columns(&names.iter().map(String::as_str).collect::<Vec<_>>())?;
    let mut rows = statement.query([]).map_err(asked)?;
    while let Some(found) = rows.next().map_err(asked)? {
        let values: Vec<Value> =
            (0..names.len()).map(|column| found.get_ref(column).map(value)).collect::<Result<_, _>>().map_err(asked)?;
        if !row(&values)? {
            break;
        }
    }
    Ok(())
}

fn value(found: ValueRef<'_>) -> Value {
    match found {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(bytes) => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}

/// Adds the function `body(body_id)`, which returns the text of a body. It reads through a second connection, because an SQL
/// function must not use the connection that calls it.
fn add_body(db: &Connection, own: Connection) -> Result<()> {
    let context = "cannot prepare to read bodies";
    let reader = Mutex::new((own, BodyReader::default()));
    db.create_scalar_function("body", 1, FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DIRECTONLY, move |context| {
        let Some(id) = context.get::<Option<i64>>(0)? else { return Ok(None) };
        let mut guard = reader.lock().map_err(|_| rusqlite::Error::UserFunctionError("an earlier call failed".into()))?;
        let (db, bodies) = &mut *guard;
        bodies.text(db, id).map_err(|error| rusqlite::Error::UserFunctionError(Box::new(error)))
    })
    .context(context)
}
