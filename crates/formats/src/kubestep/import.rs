//! The importer of KubeStep's databases.

use std::path::Path;

use rusqlite::Connection;

use kuberewind_file::sqlite::{self, Context};
use kuberewind_model::{Error, ErrorKind, Result};

use super::checks;
use super::convert::convert;
use crate::foreign_report::ForeignReport;
use crate::import_job::{ImportJob, ImportStats};
use crate::progress::ProgressReporter;

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
    if !source.plain {
        let step = format!("cannot read the database {} where it is", source.path.display());
        return Err(
            Error::new(ErrorKind::Invalid, step).hint("uncompress it or extract it from the archive, and import the result")
        );
    }
    let (database, _copies) = open(&source.path, &work.folder)?;
    tally.operations += convert(&database, &work.output, &work.import)?;
    tally.records = tally.operations;
    Ok(())
}

/// Runs KubeStep's own checks on a database.
pub(crate) fn verify(path: &Path, folder: &Path, report: &mut ForeignReport) -> Result<()> {
    let (database, _copies) = open(path, folder)?;
    checks::check(&database, report)
}

/// Opens a database, and a folder for a copy of one that a crash left in a read-only folder.
fn open(path: &Path, folder: &Path) -> Result<(Connection, tempfile::TempDir)> {
    let copies = tempfile::Builder::new().prefix(".kuberewind-").tempdir_in(folder);
    let copies = copies.map_err(|error| {
        Error::new(ErrorKind::Io, format!("cannot create a temporary folder in {}", folder.display())).because(error)
    })?;
    let database = sqlite::open_foreign(path, Some(copies.path()))?;
    if !has_tables(&database)? {
        return Err(Error::new(
            ErrorKind::NotARecording,
            format!("{} is a SQLite database, but neither a recording nor a KubeStep database", path.display()),
        )
        .hint("`kuberewind record` writes recordings; KubeStep's databases have a table `operations`"));
    }
    Ok((database, copies))
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
