//! A file that gets its name only once it is whole.
//!
//! A killed process leaves either the whole file or none under its name. What it leaves of a draft (`run.db-new`) has no meaning; the
//! next draft of the same name replaces it.

use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use kuberewind_model::{Error, ErrorKind, Result};

use crate::error::Context;
use crate::place::{create_private, folder_of, remove, sibling};

/// A SQLite file without its name. It is removed when dropped.
pub(crate) struct Draft {
    path: PathBuf,
    target: PathBuf,
}

impl Draft {
    /// Creates an empty draft of `target`. Only one process may make a draft of the same file at a time.
    pub(crate) fn create(target: &Path) -> Result<(Draft, Connection)> {
        let draft = Draft { path: sibling(target, "-new"), target: target.to_owned() };
        draft.clear().and_then(|()| create_private(&draft.path).map(drop)).map_err(|error| draft.cannot(error))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(&draft.path, flags).context("cannot create the recording")?;
        // Nothing reads a draft, and it is synced before it gets its name.
        db.pragma_update(None, "synchronous", "OFF").context("cannot create the recording")?;
        db.query_row("PRAGMA journal_mode = MEMORY", [], |_| Ok(())).context("cannot create the recording")?;
        Ok((draft, db))
    }

    /// The path of the file until it gets its name.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file its name, after it has reached the disk. `db` is its connection.
    pub(crate) fn publish(self, db: Connection) -> Result<()> {
        db.close().map_err(|(_, error)| error).context("cannot create the recording")?;
        let publish = || -> std::io::Result<()> {
            File::options().write(true).open(&self.path)?.sync_all()?;
            std::fs::rename(&self.path, &self.target)?;
            // Some file systems cannot sync a folder. The name then reaches the disk a little later.
            if let Ok(folder) = File::open(folder_of(&self.target)) {
                drop(folder.sync_all());
            }
            Ok(())
        };
        publish().map_err(|error| self.cannot(error))
    }

    fn clear(&self) -> std::io::Result<()> {
        ["-journal", "-wal", "-shm", ""].iter().try_for_each(|ending| remove(&sibling(&self.path, ending)))
    }

    fn cannot(&self, error: std::io::Error) -> Error {
        Error::new(ErrorKind::ReadOnly, format!("cannot create {}", self.target.display()))
            .because(error)
            .hint("choose another file with -o")
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Err(error) = self.clear() {
            tracing::debug!(file = %self.path.display(), %error, "the draft of a recording stays");
        }
    }
}
