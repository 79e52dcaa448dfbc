//! Opening a recording, without changing it.

use std::cell::RefCell;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension};

use kuberewind_model::{Error, RecordingInfo, Result};

use super::bulk::NameCache;
use super::journal_mode::JournalModeReset;
use super::options::OpenOptions;
use super::recording::Recording;
use crate::body_reader::BodyReader;
use crate::error::damaged;
use crate::{lock, schema, sqlite};

impl Recording {
    /// Opens a recording for reading. The file is not changed.
    ///
    /// # Errors
    /// [`ErrorKind::NotARecording`](kuberewind_model::ErrorKind::NotARecording) for a file of another format. When the file
    /// is missing, damaged, newer than this program, or cannot be read.
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Recording> {
        let (mut db, path, remark) = sqlite::connect(path, options.cache.as_deref())?;
        let schema_version = schema::check_header(&db)?;
        lock::remove_stale(&path);
        let journal_mode = JournalModeReset::of(&db, &path);
        sqlite::harden(&mut db)?;
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

/// Missing or malformed tables are damage.
fn unreadable(error: rusqlite::Error) -> Error {
    damaged("the recording's tables cannot be read").because(error)
}
