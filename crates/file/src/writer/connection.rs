//! The settings of a writer's connection.

use std::path::Path;

use rusqlite::Connection;

use kuberewind_model::Result;

use crate::error::sql_error;
use crate::schema;

/// Settings that change no file.
pub(super) fn prepare(db: &Connection, path: &Path) -> Result<()> {
    let settings = || -> rusqlite::Result<()> {
        db.busy_timeout(std::time::Duration::from_secs(5))?;
        db.set_prepared_statement_cache_capacity(128);
        schema::plan_once(db)?;
        db.pragma_update(None, "trusted_schema", "OFF")
    };
    settings().map_err(|error| sql_error(format!("cannot write {}", path.display()), error))
}

/// Settings of a file that has its name: commits go to a log.
pub(super) fn tune(db: &Connection, path: &Path) -> Result<()> {
    let settings = || -> rusqlite::Result<()> {
        // On file systems without shared memory, SQLite chooses another mode. Commits are the same.
        db.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        db.pragma_update(None, "synchronous", "NORMAL")?;
        db.pragma_update(None, "cache_size", -16_384)?;
        db.pragma_update(None, "wal_autocheckpoint", 2_000)?;
        db.pragma_update(None, "temp_store", "MEMORY")
    };
    settings().map_err(|error| sql_error(format!("cannot write {}", path.display()), error))
}
