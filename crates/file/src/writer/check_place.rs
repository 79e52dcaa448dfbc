//! Notices that the file of a running session was deleted, moved or replaced.

use rusqlite::params;

use kuberewind_model::{Error, ErrorKind, GapReason, Result, SessionState};

use super::connection::tune;
use super::session_writer::SessionWriter;

impl SessionWriter {
    /// Fails if the file is no longer in its place. Its log would stay behind under the old name, so what was written later could
    /// not be read. A moved file keeps everything until then.
    pub(super) fn check_place(&mut self) -> Result<()> {
        if self.placement.holds() {
            if std::mem::take(&mut self.placement.is_away) {
                tune(&self.db, &self.placement.path)?;
            }
            return Ok(());
        }
        if !std::mem::replace(&mut self.placement.is_away, true) {
            self.leave_whole();
        }
        let message = format!(
            "{} was deleted, moved or replaced while it was being recorded: nothing more is kept",
            self.placement.path.display()
        );
        Err(self.discard(Error::new(ErrorKind::NotFound, message), GapReason::Disk, 0))
    }

    /// Ends the file so that it needs no log, wherever it is now. SQLite refuses to create a journal on disk for a moved file.
    fn leave_whole(&mut self) {
        let committed = self.open_events.map(|_| self.commit());
        let closed = self
            .db
            .execute("UPDATE session SET state = ? WHERE no = ?", params![SessionState::Crashed.code(), self.session.0])
            .and_then(|_| self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())))
            .and_then(|()| self.db.query_row("PRAGMA journal_mode = MEMORY", [], |_| Ok(())));
        if committed.is_some_and(|done| done.is_err()) || closed.is_err() {
            tracing::debug!(file = %self.placement.path.display(), "the moved file may lack its end");
        }
    }
}
