//! KubeStep's databases: recognised by their tables, converted into a cached recording through the same writer.
//!
//! What such a file does not say is not made up: statuses, lists' completeness and selectors stay unknown; missing
//! columns and NULLs read as empty. Operations are numbered anew from 1 in the order of their sequence numbers.

pub(super) mod convert;
mod rows;

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use kuberewind_model::{Error, ErrorKind, Result};

use super::cache::{self, Entry};
use super::schema::Step;

/// Raised when the same file would be converted differently.
const IMPORTER: u32 = 1;

/// Whether a database has KubeStep's tables.
pub(super) fn is_one(db: &Connection) -> Result<bool> {
    let table = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'operations')";
    if !db.query_row(table, [], |row| row.get::<_, bool>(0)).step("cannot read the file's tables")? {
        return Ok(false);
    }
    let query = db.prepare("SELECT * FROM operations LIMIT 0").step("cannot read the file's tables")?;
    let has = |name: &str| query.column_names().any(|column| column.eq_ignore_ascii_case(name));
    Ok(["session_id", "sequence_number", "timestamp", "operation_type", "resource_kind"].into_iter().all(has))
}

/// The recording that was made from a file; made now where the cache has none.
pub(super) fn converted(source: &Connection, path: &Path, cache: Option<&PathBuf>) -> Result<PathBuf> {
    let Some(cache) = cache else {
        return Err(Error::new(
            ErrorKind::Invalid,
            format!("{} is a KubeStep database, and there is no place to convert it to", path.display()),
        )
        .hint("`kuberewind import FILE -o OUT` converts it into a file of your choice"));
    };
    let id = cache::content_id(path)
        .map_err(|error| Error::new(ErrorKind::Io, format!("cannot convert {}", path.display())).because(error))?;
    let entry = Entry { format: "kubestep", version: IMPORTER, id };
    cache::recording(cache, &entry, path, |part| convert::convert(source, part, id).map(|_| ()))
}
