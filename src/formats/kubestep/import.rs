//! The importer of KubeStep's databases.

use rusqlite::Connection;

use kuberewind_file::sqlite::{self, Context};
use kuberewind_model::{Error, ErrorKind, Result};

use super::convert::convert;
use crate::formats::import_job::{ImportJob, ImportStats};
use crate::formats::progress::ProgressReporter;

/// Returns true if the file is a SQLite database. [`import`] checks for KubeStep's tables.
pub(crate) fn recognises(sample: &[u8]) -> bool {
    sample.starts_with(b"SQLite format 3\0")
}

/// Imports a database with all its sessions.
pub(crate) fn import(work: &ImportJob, tally: &mut ImportStats, _: &mut ProgressReporter<'_>) -> Result<()> {
    let [source] = work.sources.as_slice() else {
        return Err(
            Error::new(ErrorKind::Invalid, "several KubeStep databases cannot become one session").hint("import them one by one")
        );
    };
    let path = source.path.display();
    // A copy of a database that a crash left in a read-only folder.
    let copies = tempfile::Builder::new().prefix(".kuberewind-").tempdir_in(&work.folder);
    let copies = copies.map_err(|error| {
        Error::new(ErrorKind::Io, format!("cannot create a temporary folder in {}", work.folder.display())).because(error)
    })?;
    let database = sqlite::open_foreign(&source.path, Some(copies.path()))?;
    if !has_tables(&database)? {
        return Err(Error::new(
            ErrorKind::NotARecording,
            format!("{path} is a SQLite database, but neither a recording nor a KubeStep database"),
        )
        .hint("`kuberewind record` writes recordings; KubeStep's databases have a table `operations`"));
    }
    tally.operations += convert(&database, &work.output, work.import.recording_id)?;
    tally.records = tally.operations;
    Ok(())
}

/// Returns true if a database has KubeStep's tables.
fn has_tables(db: &Connection) -> Result<bool> {
    let context = "cannot read the tables of the database";
    let table = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'operations')";
    if !db.query_row(table, [], |row| row.get::<_, bool>(0)).context(context)? {
        return Ok(false);
    }
    let query = db.prepare("SELECT * FROM operations LIMIT 0").context(context)?;
    let has = |name: &str| query.column_names().any(|column| column.eq_ignore_ascii_case(name));
    Ok(["session_id", "sequence_number", "timestamp", "operation_type", "resource_kind"].into_iter().all(has))
}
