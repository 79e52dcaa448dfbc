//! Opening a recording, without changing it.

use std::cell::RefCell;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension};

use kuberewind_model::{Error, RecordingInfo, Result, SessionState};

use super::bulk::NameCache;
use super::journal_mode::JournalModeReset;
use super::options::OpenOptions;
use super::recording::Recording;
use crate::body_reader::BodyReader;
use crate::error::damaged;
use crate::{lock, place, schema, soundness, sqlite};

impl Recording {
    /// Opens a recording for reading. The file is not changed.
    ///
    /// # Errors
    /// [`ErrorKind::NotARecording`](kuberewind_model::ErrorKind::NotARecording) for a file of another format. When the file
    /// is missing, damaged, newer than this program, or cannot be read.
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Recording> {
        Recording::open_checked(path, options, Checked::All)
    }

    /// Opens a recording whose counters are reported instead of checked.
    pub(crate) fn open_to_verify(path: &Path, options: &OpenOptions) -> Result<Recording> {
        Recording::open_checked(path, options, Checked::Schema)
    }

    fn open_checked(path: &Path, options: &OpenOptions, checked: Checked) -> Result<Recording> {
        // SQLite creates an empty log when it opens a file that needs one.
        let has_log = place::look(&place::sibling(path, "-wal"))?.is_some_and(|log| log.bytes > 0);
        let (mut db, path, remark) = sqlite::connect(path, options.cache.as_deref())?;
        let schema_version = schema::check_header(&db)?;
        let mode: String = db.query_row("PRAGMA journal_mode", [], |row| row.get(0)).map_err(unreadable)?;
        sqlite::harden(&mut db)?;
        soundness::check_schema(&db, schema_version)?;
        let needs_log = mode == "wal" && !has_log && !lock::is_being_written(&path);
        // A recorder that was killed before its first commit left no log, but its lock beside the file. A copy has no lock.
        let is_where_it_was_left = needs_log && lock::is_left(&path);
        if !is_where_it_was_left {
            lock::remove_stale(&path);
        }
        let journal_mode = JournalModeReset::of(&path);
        if let (Checked::All, Some(wrong)) = (checked, soundness::wrong_counters(&db)?.into_iter().next()) {
            return Err(damaged(wrong));
        }
        let missing_log = if needs_log && !is_where_it_was_left { missing_log(&db, &path)? } else { None };
        let lacks_log = missing_log.is_some();
        let remark = missing_log.unwrap_or(remark);
        let meta = |key: &str| -> Result<String> {
            let value = db.query_row("SELECT value FROM meta WHERE key = ?", [key], |row| row.get(0)).optional();
            value.map_err(unreadable)?.ok_or_else(|| damaged(format!("the recording has no {key}")))
        };
        let (id, written_by) = (meta("recording_id")?, meta("written_by")?);
        if id.len() != 32 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(damaged("the recording's id is not 32 hexadecimal digits"));
        }
        let info = RecordingInfo { id, written_by, schema_version, remark };
        Ok(Recording {
            db,
            path,
            info,
            bodies: RefCell::new(BodyReader::default()),
            names: RefCell::new(NameCache::default()),
            options: options.clone(),
            lacks_log,
            _journal_mode: journal_mode,
        })
    }

    /// Replaces the remark about how the recording was opened.
    #[must_use]
    pub fn with_remark(mut self, remark: String) -> Recording {
        self.info.remark = remark;
        self
    }

    /// Opens a second connection to the same file, hardened like the first one.
    pub(crate) fn second_connection(&self) -> Result<Connection> {
        sqlite::reconnect(&self.path)
    }
}

/// The checks when a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Checked {
    Schema,
    All,
}

/// Says that the log of a recording is missing, if a session has not ended: the end of it was in the log.
fn missing_log(db: &Connection, path: &Path) -> Result<Option<String>> {
    let open = SessionState::Open.code();
    let unfinished: bool =
        db.query_row("SELECT EXISTS (SELECT 1 FROM session WHERE state = ?)", [open], |row| row.get(0)).map_err(unreadable)?;
    let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    Ok(unfinished.then(|| {
        format!("its log {name}-wal is missing, so its end is unknown: copy both files, use `kuberewind copy`, or close the session first")
    }))
}

/// Missing or malformed tables are damage.
fn unreadable(error: rusqlite::Error) -> Error {
    damaged("the recording's tables cannot be read").because(error)
}
