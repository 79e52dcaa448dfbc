//! The format of a recording: header numbers, migrations, row ids, settings of a connection.

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::error::{Context, damaged, sql_error};
use kuberewind_model::{Error, ErrorKind, Result};

/// `application_id` in the file's header: "kbrw".
pub(crate) const APPLICATION_ID: i64 = 0x6b62_7277;

/// True if a file that begins with these bytes (at least the 100 of SQLite's header) is a recording.
#[must_use]
pub fn is_recording(start: &[u8]) -> bool {
    let application = start.get(68..72).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes);
    start.starts_with(b"SQLite format 3\0") && application.map(i64::from) == Some(APPLICATION_ID)
}

/// `user_version` in the file's header: the number of migrations.
pub const SCHEMA_VERSION: i64 = 3;

/// Released migrations are never edited. A new version of the schema is a new file at the end.
pub(crate) const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_recording.sql"),
    include_str!("migrations/0002_call_facts.sql"),
    include_str!("migrations/0003_dictionary.sql"),
];

/// The bits of a row id that hold the operation's number. The session is in the bits above.
pub(crate) const SEQ_BITS: u32 = 40;

/// Returns the row id of operation `seq` of a session.
pub(crate) fn op_id(session: kuberewind_model::SessionNo, seq: kuberewind_model::Seq) -> i64 {
    let seq = i64::try_from(seq.0.min(kuberewind_model::Seq::MAX.0)).unwrap_or(i64::MAX);
    (session.0.clamp(0, (1 << 22) - 1) << SEQ_BITS) | seq
}

/// Returns the session and the number in an operation's row id.
pub(crate) fn split_op_id(id: i64) -> (kuberewind_model::SessionNo, kuberewind_model::Seq) {
    let seq = u64::try_from(id & ((1 << SEQ_BITS) - 1)).unwrap_or(0);
    (kuberewind_model::SessionNo(id >> SEQ_BITS), kuberewind_model::Seq(seq))
}

/// Creates the tables in an empty database, after the settings that must precede the first table.
pub(crate) fn create(db: &Connection) -> Result<()> {
    let all = || -> rusqlite::Result<()> {
        db.pragma_update(None, "page_size", 8192)?;
        db.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        migrate(db, 0)
    };
    all().map_err(|error| sql_error("cannot create the tables of a recording", error))
}

/// Brings the tables of an older format to this one, in one transaction. A file that a new session is written into is upgraded;
/// a file that is only opened stays as it is.
pub(crate) fn upgrade(db: &Connection, from: i64) -> Result<()> {
    if from == SCHEMA_VERSION {
        return Ok(());
    }
    migrate(db, usize::try_from(from).unwrap_or(0))
        .map_err(|error| sql_error(format!("cannot upgrade the recording from format {from} to {SCHEMA_VERSION}"), error))
}

fn migrate(db: &Connection, from: usize) -> rusqlite::Result<()> {
    let change = db.unchecked_transaction()?;
    for migration in MIGRATIONS.iter().skip(from) {
        change.execute_batch(migration)?;
    }
    change.pragma_update(None, "application_id", APPLICATION_ID)?;
    change.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    change.commit()
}

/// Makes SQLite plan each statement once, independent of bound values. Otherwise it re-prepares statements for which a
/// partial index might help, at several times the cost of the row that they read.
pub(crate) fn plan_once(db: &Connection) -> rusqlite::Result<()> {
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

/// Checks that an open database is a recording that this program can read. Returns the version of its format.
pub(crate) fn check_header(db: &Connection) -> Result<i64> {
    let read = |name: &str| db.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
    let application = read("application_id").context("cannot read the file's header")?;
    let version = read("user_version").context("cannot read the file's header")?;
    if application != APPLICATION_ID {
        return Err(Error::new(ErrorKind::NotARecording, "the file is a SQLite database, but not a recording")
            .hint("`kuberewind record` writes recordings; `kuberewind import` converts other formats"));
    }
    if version > SCHEMA_VERSION {
        let message =
            format!("the recording was written by a newer version (format {version}, this program reads up to {SCHEMA_VERSION})");
        return Err(Error::new(ErrorKind::Newer, message).hint("install a newer kuberewind"));
    }
    if version < 1 {
        return Err(damaged(format!("the recording claims format {version}, which does not exist")));
    }
    Ok(version)
}

/// Bits of `op.flags`.
pub(crate) mod op_flags {
    /// The operation changed the world.
    pub(crate) const CHANGED_WORLD: i64 = 1;
    /// The operation is the first one of its reconcile.
    pub(crate) const FIRST_OF_RECONCILE: i64 = 2;
}

/// The row ids of the kind, namespace and name of an object.
pub(crate) type KeyRows = (i64, i64, i64);
