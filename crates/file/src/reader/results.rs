//! Results of analysis beside the recording: opening a recording does not change it.
//!
//! Each recording has a database in the state folder. It is named after the recording's id and its sessions, because copies of a
//! recording may grow apart. Everything in it can be computed again, so the oldest ones are removed when they take too much room.

use rusqlite::Connection;

use kuberewind_model::{Result, Session};

use super::notes::{Storage, open_database};
use super::recording::Recording;
use super::state_folder;
use crate::error::Context;

/// How the names of these databases end.
const ENDING: &str = ".findings.db";

impl Recording {
    /// Stores results in the state folder. Without one they go into the recording, as an embedding program may want.
    pub(super) fn write_results(
        &self,
        context: &str,
        change: impl Fn(&Connection, Storage) -> rusqlite::Result<usize>,
    ) -> Result<()> {
        match self.open_results(true)? {
            Some(results) => change(&results, Storage::Notes).map(|_| ()).context(context),
            None => self.write(context, change).map(|_| ()),
        }
    }

    /// Opens the results of this recording. Creates them if `create` is true.
    pub(super) fn open_results(&self, create: bool) -> Result<Option<Connection>> {
        let Some(folder) = &self.options.state else { return Ok(None) };
        let name = format!("{}-{}{ENDING}", self.info.id, fingerprint(&kuberewind_model::History::sessions(self)?));
        let path = folder.join(&name);
        if create && !path.exists() {
            state_folder::sweep(folder, ENDING);
        }
        open_database(folder, &path, create)
    }
}

/// Returns a name for the sessions of a file.
fn fingerprint(sessions: &[Session]) -> String {
    let mut hasher = blake3::Hasher::new();
    for session in sessions {
        hasher.update(&session.no.0.to_le_bytes());
        hasher.update(&session.start.0.to_le_bytes());
        hasher.update(session.session_id.as_bytes());
        hasher.update(&[0]);
    }
    hasher.finalize().to_hex().as_str()[..16].to_owned()
}
