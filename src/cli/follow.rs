//! Follows a recording while it is written.

use std::path::Path;
use std::time::Duration;

use kuberewind_file::is_being_written;
use kuberewind_model::{Result, SessionState};
use kuberewind_session::{OpenRecording, Source};

/// The time between two checks for the first session.
const SESSION_INTERVAL: Duration = Duration::from_millis(20);
/// The time between two checks for new operations.
const GROWTH_INTERVAL: Duration = Duration::from_millis(50);

/// Waits until a recording that is being written has a session. Returns false if `interrupted` ended the wait.
pub fn wait_for_session(source: &dyn Source, path: &Path, interrupted: &dyn Fn() -> bool) -> Result<bool> {
    loop {
        // Checked before the sessions: a writer that begins and ends a session in between has begun one.
        let is_written = is_being_written(path);
        if !source.sessions()?.is_empty() || !is_written {
            return Ok(true);
        }
        if interrupted() {
            return Ok(false);
        }
        std::thread::sleep(SESSION_INTERVAL);
    }
}

/// Calls `visit` now and whenever the session may have grown, until `visit` returns a value or the session has ended. `visit`
/// sees everything that was written before the end.
pub fn follow<T>(recording: &mut OpenRecording, mut visit: impl FnMut(&OpenRecording) -> Result<Option<T>>) -> Result<Option<T>> {
    loop {
        recording.refresh()?;
        let ended = recording.session().state != SessionState::Open;
        let value = visit(recording)?;
        if value.is_some() || ended {
            return Ok(value);
        }
        std::thread::sleep(GROWTH_INTERVAL);
    }
}
