//! KubeStep's databases: recognised by their tables, converted into a cached recording through the same writer.
//!
//! What such a file does not say is not made up: statuses, lists' completeness and selectors stay unknown; missing
//! columns and NULLs read as empty. Operations are numbered anew from 1 in the order of their sequence numbers.

mod convert;
mod rows;

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::model::{Error, ErrorKind, Result};

use super::schema::Step;

/// Raised when the same file would be converted differently.
const IMPORTER: u32 = 1;
/// Converted recordings are kept up to this many bytes; the oldest go first.
const CACHE_BYTES: u64 = 2 << 30;

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
    let cannot = |error: std::io::Error| Error::new(ErrorKind::Io, format!("cannot convert {}", path.display())).because(error);
    let Some(cache) = cache else {
        return Err(Error::new(
            ErrorKind::Invalid,
            format!("{} is a KubeStep database, and there is no place to convert it to", path.display()),
        )
        .hint("`kuberewind import FILE -o OUT` converts it into a file of your choice"));
    };
    fs::create_dir_all(cache).map_err(cannot)?;
    let id = content_id(path).map_err(cannot)?;
    let made = cache.join(format!("kubestep-{id:032x}-{IMPORTER}.db"));
    if made.exists() {
        return Ok(made);
    }
    // Made under another name, so that nobody opens half of it.
    let part = cache.join(format!("kubestep-{id:032x}-{IMPORTER}.{}.part", std::process::id()));
    let done = remove(&part).map_err(cannot).and_then(|()| convert::convert(source, &part, id));
    if let Err(error) = done {
        remove(&part).map_err(cannot)?;
        return Err(error);
    }
    fs::rename(&part, &made).map_err(cannot)?;
    trim(cache, &made).map_err(cannot)?;
    Ok(made)
}

fn remove(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The first 128 bits of the hash of the file and of its log.
fn content_id(path: &Path) -> std::io::Result<u128> {
    let mut hasher = blake3::Hasher::new();
    std::io::copy(&mut fs::File::open(path)?, &mut hasher)?;
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    if let Ok(mut log) = fs::File::open(PathBuf::from(log)) {
        std::io::copy(&mut log, &mut hasher)?;
    }
    let mut id = [0; 16];
    id.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    Ok(u128::from_be_bytes(id))
}

/// Removes the oldest converted files beyond the cache's size, never `keep`.
fn trim(cache: &Path, keep: &Path) -> std::io::Result<()> {
    let mut files = Vec::new();
    for entry in fs::read_dir(cache)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.starts_with("kubestep-") && name.ends_with(".db")) {
            let found = entry.metadata()?;
            files.push((found.modified()?, found.len(), entry.path()));
        }
    }
    files.sort();
    let mut bytes: u64 = files.iter().map(|(_, bytes, _)| bytes).sum();
    for (_, size, path) in files {
        if bytes <= CACHE_BYTES {
            break;
        }
        if path != keep {
            remove(&path)?;
            bytes -= size;
        }
    }
    Ok(())
}
