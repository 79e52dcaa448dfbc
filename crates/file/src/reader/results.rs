//! Results of analysis beside the recording: opening a recording does not change it.
//!
//! Each recording has a database in the state folder. It is named after the recording's id and its sessions, because copies of a
//! recording may grow apart. Everything in it can be computed again, so the oldest ones are removed when they take too much room.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use rusqlite::Connection;

use kuberewind_model::{Result, Session};

use super::notes::{Storage, open_database};
use super::recording::Recording;
use crate::error::Context;
use crate::place;

/// How the names of these databases end.
const ENDING: &str = ".findings.db";
/// The most bytes of all of them.
const MOST_BYTES: u64 = 256 << 20;
/// The most entries of the folder that are looked at.
const ENTRIES: usize = 100_000;

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
            sweep(folder, MOST_BYTES);
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

/// Removes the databases that were not changed for the longest time, until the others take at most `most` bytes. One that cannot be
/// removed stays.
fn sweep(folder: &Path, most: u64) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut found: Vec<(SystemTime, u64, std::path::PathBuf)> = entries
        .take(ENTRIES)
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().ends_with(ENDING))
        .filter_map(|entry| {
            let about = entry.metadata().ok()?;
            Some((about.modified().unwrap_or(SystemTime::UNIX_EPOCH), about.len(), entry.path()))
        })
        .collect();
    found.sort_unstable_by_key(|entry| std::cmp::Reverse(entry.0));
    let mut kept = 0u64;
    for (_, bytes, path) in found {
        kept = kept.saturating_add(bytes);
        if kept <= most {
            continue;
        }
        if let Err(error) = place::remove(&path).and_then(|()| place::remove(&place::sibling(&path, "-journal"))) {
            tracing::debug!(file = %path.display(), %error, "old results of an analysis stay");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::{Duration, SystemTime};

    use super::sweep;

    #[test]
    fn the_oldest_results_are_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for (name, age) in [("a.findings.db", 30), ("b.findings.db", 20), ("c.findings.db", 10), ("a.notes.db", 40)] {
            fs::write(at(name), [0; 100]).unwrap();
            let file = fs::File::options().write(true).open(at(name)).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 - age)).unwrap();
        }
        sweep(folder.path(), 250);
        assert!(!at("a.findings.db").exists());
        assert!(["b.findings.db", "c.findings.db", "a.notes.db"].iter().all(|name| at(name).exists()));
        sweep(folder.path(), 0);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "the notes are the user's");
    }
}
