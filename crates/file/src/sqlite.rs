//! Connections to SQLite files from untrusted sources.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

use kuberewind_model::{Error, ErrorKind, Result};

pub use super::error::Context;
use super::error::sql_error;
use super::schema::{self, APPLICATION_ID};
use crate::place::{self, create_private, sibling};
use crate::query_limit;

/// Opens a SQLite database of another program for reading. Triggers, views and functions of the file cannot do anything but read.
///
/// A database with a write-ahead log in a folder that cannot be written is copied into `cache`.
///
/// # Errors
/// When the file is missing, is not a SQLite database, cannot be read, or is a recording.
pub fn open_foreign(path: &Path, cache: Option<&Path>) -> Result<Connection> {
    let (mut db, ..) = connect(path, cache)?;
    let application: i64 =
        db.query_row("PRAGMA application_id", [], |row| row.get(0)).context("cannot read the file's header")?;
    if application == APPLICATION_ID {
        let message = format!("{} is already a recording", path.display());
        return Err(Error::new(ErrorKind::Invalid, message).hint("open it as it is"));
    }
    harden(&mut db)?;
    Ok(db)
}

/// Checks that do not need SQLite: the path is a regular file with content.
fn check_file(path: &Path) -> Result<()> {
    let name = path.display();
    let Some(found) = place::look(path)? else {
        let message = format!("there is no file {name}");
        return Err(Error::new(ErrorKind::NotFound, message).hint("`kuberewind demo` creates a recording"));
    };
    if found.bytes == 0 {
        let message = format!("{name} is empty");
        return Err(Error::new(ErrorKind::NotARecording, message).hint("a recorder that failed to start leaves an empty file"));
    }
    Ok(())
}

/// The extended code of SQLite for a file that a reader would have to roll back.
const HOT_JOURNAL: std::ffi::c_int = rusqlite::ffi::SQLITE_READONLY_ROLLBACK;

/// A connection, the path that it reads, and a remark for the user.
type Connected = (Connection, PathBuf, String);

pub(crate) fn connect(path: &Path, cache: Option<&Path>) -> Result<Connected> {
    check_file(path)?;
    let name = path.display();
    let plain = Connection::open_with_flags(path, flags()).and_then(|mut db| probe(&mut db, path).map(|()| db));
    let error = match plain {
        Ok(db) => return Ok((db, path.to_owned(), String::new())),
        Err(error) => error,
    };
    let refused = matches!(
        error.sqlite_error_code(),
        Some(rusqlite::ErrorCode::CannotOpen | rusqlite::ErrorCode::ReadOnly | rusqlite::ErrorCode::PermissionDenied)
    );
    if !refused || fs::File::open(path).is_err() {
        return Err(not_readable(path, error));
    }
    let unfinished = matches!(error.sqlite_error(), Some(failure) if failure.extended_code == HOT_JOURNAL);
    // The folder cannot be written. Without a log, nothing can change the file, so it opens as immutable. With a log, both
    // are copied.
    if !sibling(path, "-wal").exists() && !sibling(path, "-journal").exists() {
        let db = Connection::open_with_flags(immutable_uri(path), flags() | OpenFlags::SQLITE_OPEN_URI)
            .and_then(|mut db| probe(&mut db, path).map(|()| db))
            .map_err(|error| not_readable(path, error))?;
        return Ok((db, path.to_owned(), String::new()));
    }
    let Some(cache) = cache else {
        return Err(if unfinished { has_hot_journal(path) } else { not_readable(path, error) });
    };
    let copy = copy_into(path, cache)?;
    let db = Connection::open_with_flags(&copy, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .and_then(|mut db| probe(&mut db, path).map(|()| db))
        .map_err(|error| not_readable(path, error))?;
    let why = if unfinished { "in the middle of a write" } else { "in a folder that cannot be written" };
    let remark = format!("{name} was left by a crash {why}; this is a copy of it in {}", cache.display());
    Ok((db, copy, remark))
}

/// Opens another connection to a file that [`connect`] has opened, with its log if possible, else immutable.
pub(crate) fn reconnect(path: &Path) -> Result<Connection> {
    let plain = Connection::open_with_flags(path, flags()).and_then(|mut db| probe(&mut db, path).map(|()| db));
    let mut db = match plain {
        Ok(db) => db,
        Err(_) if !sibling(path, "-wal").exists() => {
            Connection::open_with_flags(immutable_uri(path), flags() | OpenFlags::SQLITE_OPEN_URI)
                .and_then(|mut db| probe(&mut db, path).map(|()| db))
                .map_err(|error| not_readable(path, error))?
        }
        Err(error) => return Err(not_readable(path, error)),
    };
    harden(&mut db)?;
    Ok(db)
}

fn flags() -> OpenFlags {
    OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

/// Reads something, so that an unreadable file fails here.
fn probe(db: &mut Connection, path: &Path) -> rusqlite::Result<()> {
    db.busy_timeout(std::time::Duration::from_secs(2))?;
    // SQLite reads the whole schema now, so its limits are set before.
    db.set_limit(Limit::SQLITE_LIMIT_LENGTH, 128 << 20)?;
    db.set_limit(Limit::SQLITE_LIMIT_VDBE_OP, 250_000)?;
    db.set_limit(Limit::SQLITE_LIMIT_EXPR_DEPTH, 200)?;
    db.set_limit(Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1_000)?;
    let bytes = fs::metadata(path).map_or(0, |found| found.len());
    query_limit::set(db, query_limit::for_bytes(bytes))?;
    db.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
}

fn immutable_uri(path: &Path) -> String {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => uri.push(char::from(*byte)),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri + "?immutable=1"
}

/// Copies the file and its log into the cache, under a name derived from the path.
fn copy_into(path: &Path, cache: &Path) -> Result<PathBuf> {
    let cannot = |error: std::io::Error| {
        Error::new(ErrorKind::Io, format!("cannot copy {} to {}", path.display(), cache.display())).because(error)
    };
    fs::create_dir_all(cache).map_err(cannot)?;
    let name = blake3::hash(path.as_os_str().as_encoded_bytes()).to_hex();
    let copy = cache.join(format!("copy-{}.db", &name.as_str()[..32]));
    for ending in ["-shm", "-wal", "-journal", ""] {
        match fs::remove_file(sibling(&copy, ending)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(cannot(error)),
            _ => {}
        }
    }
    for ending in ["", "-wal", "-journal"] {
        let from = sibling(path, ending);
        if from.exists() {
            let to = sibling(&copy, ending);
            let mut target = create_private(&to).map_err(cannot)?;
            let mut source = fs::File::open(&from).map_err(cannot)?;
            std::io::copy(&mut source, &mut target).map_err(cannot)?;
        }
    }
    Ok(copy)
}

fn has_hot_journal(path: &Path) -> Error {
    let message = format!("{} was left by a crash in the middle of a write, and reading it would change it", path.display());
    Error::new(ErrorKind::ReadOnly, message).hint("`kuberewind copy FILE OUT` makes a file of its last complete state")
}

fn not_readable(path: &Path, error: rusqlite::Error) -> Error {
    let name = path.display();
    match sql_error("SQLite cannot read it", error) {
        error if error.kind() == ErrorKind::NotARecording => {
            Error::new(ErrorKind::NotARecording, format!("{name} is not a recording (not even a SQLite database)"))
                .hint("`kuberewind record` writes recordings; `kuberewind import` converts other formats")
        }
        error if error.kind() == ErrorKind::Damaged => Error::new(ErrorKind::Damaged, format!("{name} is damaged"))
            .because(error)
            .hint("`sqlite3 FILE .recover` may save the rest of its tables"),
        error => Error::new(error.kind(), format!("cannot read {name}")).because(error),
    }
}

/// Prevents writes, and anything in the file from running.
pub(crate) fn harden(db: &mut Connection) -> Result<()> {
    let context = "cannot prepare to read the recording";
    db.set_prepared_statement_cache_capacity(128);
    schema::plan_once(db).context(context)?;
    db.pragma_update(None, "trusted_schema", "OFF").context(context)?;
    db.pragma_update(None, "query_only", "ON").context(context)?;
    db.pragma_update(None, "cache_size", -16_384).context(context)?;
    db.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0).context(context)?;
    db.authorizer(Some(only_reading)).context(context)
}

/// Allows only reads, in any statement, and transactions of reads.
fn only_reading(context: AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive | AuthAction::Transaction { .. } => {
            Authorization::Allow
        }
        AuthAction::Function { function_name } if !function_name.eq_ignore_ascii_case("load_extension") => Authorization::Allow,
        AuthAction::Pragma { pragma_name: "data_version" | "integrity_check" | "table_info", .. } => Authorization::Allow,
        _ => Authorization::Deny,
    }
}
