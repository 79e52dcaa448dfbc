//! The last one out sets the file back to one that needs no log.
//!
//! A recorder that ends while a tail reads cannot leave WAL mode: the tail's connection holds it. So whoever read such a
//! file tries when it leaves. SQLite lets only the very last connection do it, so nobody has to be counted.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use kuberewind_model::SessionState;

/// How long one that leaves waits for another one that leaves at the same moment.
const BUSY_TIMEOUT: Duration = Duration::from_millis(50);

/// Put last into what holds a connection, so that it is dropped after it.
pub(super) struct JournalModeReset(Option<PathBuf>);

impl JournalModeReset {
    /// Of a connection to `path`; nothing is to be done where the file has no log.
    pub(super) fn of(db: &Connection, path: &Path) -> JournalModeReset {
        let mode = db.query_row("PRAGMA journal_mode", [], |row| row.get::<_, String>(0));
        let is_file = db.path().is_some_and(|file| !file.is_empty());
        JournalModeReset((is_file && mode.is_ok_and(|mode| mode == "wal")).then(|| path.to_owned()))
    }
}

impl Drop for JournalModeReset {
    /// Where it cannot be done the file stays as it is, and opens as it did.
    fn drop(&mut self) {
        let Some(path) = self.0.take() else { return };
        match reset(&path) {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                tracing::trace!(file = %path.display(), "somebody else still reads, and will set the journal mode back");
            }
            Err(error) => tracing::debug!(file = %path.display(), %error, "the journal mode stays as it is"),
            Ok(()) => {}
        }
    }
}

fn reset(path: &Path) -> rusqlite::Result<()> {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.pragma_update(None, "trusted_schema", "OFF")?;
    // What is being written, or was left by a crash, is not touched.
    let ended: bool = db.query_row(
        "SELECT EXISTS (SELECT 1 FROM session) AND NOT EXISTS (SELECT 1 FROM session WHERE state <> ?)",
        [SessionState::Closed.code()],
        |row| row.get(0),
    )?;
    if ended {
        db.busy_timeout(BUSY_TIMEOUT)?;
        db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        db.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    }
    Ok(())
}
