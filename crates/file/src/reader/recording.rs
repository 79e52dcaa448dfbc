//! An open recording.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use kuberewind_model::{RecordingInfo, Result};

use super::bulk::NameCache;
use super::journal_mode::JournalModeReset;
use super::options::OpenOptions;
use crate::body_reader::BodyReader;
use crate::error::Context;

/// An open recording.
pub struct Recording {
    pub(crate) db: Connection,
    /// Where the recording lies.
    pub(super) path: PathBuf,
    pub(super) info: RecordingInfo,
    pub(crate) bodies: RefCell<BodyReader>,
    pub(super) names: RefCell<NameCache>,
    pub(super) options: OpenOptions,
    // Dropped after the connection.
    pub(super) _journal_mode: JournalModeReset,
}

impl Recording {
    /// Where it lies: the file that was named, or the one that was made from it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The connection itself, for what asks in bulk.
    pub(crate) fn connection(&self) -> &Connection {
        &self.db
    }

    /// The same, for functions and limits of its own.
    pub(crate) fn connection_mut(&mut self) -> &mut Connection {
        &mut self.db
    }

    /// Many statements as one read: each by itself would lock the file and look whether it has changed.
    pub(super) fn reading<T>(&self, read: impl FnOnce() -> Result<T>) -> Result<T> {
        if !self.db.is_autocommit() {
            return read();
        }
        // Ends, without effect, when it is dropped.
        let _transaction = self.db.unchecked_transaction().context("cannot begin to read the recording")?;
        read()
    }
}
