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

pub struct Recording {
    pub(crate) db: Connection,
    pub(super) path: PathBuf,
    pub(super) info: RecordingInfo,
    pub(crate) bodies: RefCell<BodyReader>,
    pub(super) names: RefCell<NameCache>,
    pub(super) options: OpenOptions,
    pub(super) lacks_log: bool,
    // Dropped after the connection.
    pub(super) _journal_mode: JournalModeReset,
}

impl Recording {
    /// Returns true if the end of a session was in a log that is missing. The remark of [`RecordingInfo`] says so.
    pub(crate) fn lacks_log(&self) -> bool {
        self.lacks_log
    }

    /// Returns the path of the file that is read: the opened file, or a copy of it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.db
    }

    pub(crate) fn connection_mut(&mut self) -> &mut Connection {
        &mut self.db
    }

    /// Runs many statements in one read transaction. Otherwise each statement locks the file and checks it for changes.
    pub(super) fn reading<T>(&self, read: impl FnOnce() -> Result<T>) -> Result<T> {
        if !self.db.is_autocommit() {
            return read();
        }
        // Dropping it ends the transaction.
        let _transaction = self.db.unchecked_transaction().context("cannot begin to read the recording")?;
        read()
    }
}
