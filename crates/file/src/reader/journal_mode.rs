//! The last reader sets the journal mode back, so that the file needs no log.
//!
//! A recorder that ends while a tail reads cannot leave WAL mode, because the tail's connection holds it. So each reader of
//! such a file tries when it closes. SQLite allows it only to the very last connection. Only a reader that saw the recorder alive
//! tries: opening any other file does not change it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use kuberewind_model::SessionState;

use crate::lock::is_being_written;

/// How long a reader waits for another one that closes at the same time.
const BUSY_TIMEOUT: Duration = Duration::from_millis(50);

/// Resets the journal mode when dropped. It must be dropped after the connection.
pub(super) struct JournalModeReset(Option<PathBuf>);

impl JournalModeReset {
    /// Does nothing if no recorder writes the file now.
    pub(super) fn of(path: &Path) -> JournalModeReset {
        JournalModeReset(is_being_written(path).then(|| path.to_owned()))
    }
}

impl Drop for JournalModeReset {
    /// If the reset fails, the file stays as it is and opens as before.
    fn drop(&mut self) {
        let Some(path) = self.0.take() else { return };
        match reset(&path) {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                tracing::trace!(file = %path.display(), "another reader will reset the journal mode");
            }
            Err(error) => tracing::debug!(file = %path.display(), %error, "the journal mode stays as it is"),
            Ok(()) => {}
        }
    }
}

fn reset(path: &Path) -> rusqlite::Result<()> {
    // A file that is being written, or that a crash left, stays as it is. Even closing a connection that may write would change it.
    let ended: bool = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?
        .query_row(
            "SELECT EXISTS (SELECT 1 FROM session) AND NOT EXISTS (SELECT 1 FROM session WHERE state <> ?)",
            [SessionState::Closed.code()],
            |row| row.get(0),
        )?;
    if ended {
        let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        db.pragma_update(None, "trusted_schema", "OFF")?;
        db.busy_timeout(BUSY_TIMEOUT)?;
        db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        db.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    }
    Ok(())
}
