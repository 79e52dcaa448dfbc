//! Bookmarks. They are stored in the recording if it can be written and has no writer, else in a notes database. The notes
//! database has the same tables and is named after the recording's id. Both are read as one.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, params};

use kuberewind_model::{Bookmark, Error, ErrorKind, Notes, Result, SessionNo, SessionState, Timestamp};

use super::recording::Recording;
use super::state_folder;
use crate::columns::seq;
use crate::error::Context;
use crate::lock::WriterLock;
use crate::place;
use crate::schema;

const CONTEXT: &str = "cannot read the bookmarks";
const WRITE_CONTEXT: &str = "cannot write the bookmark";
/// How the names of these databases end.
const ENDING: &str = ".notes.db";
/// In the notes database, this session number marks a bookmark of the recording as removed.
const REMOVED: i64 = -1;

impl Notes for Recording {
    fn bookmarks(&self) -> Result<Vec<Bookmark>> {
        let mut all = read(&self.db)?;
        if let Some(notes) = self.open_notes(false)? {
            for bookmark in read(&notes)? {
                all.retain(|other| other.name != bookmark.name);
                all.push(bookmark);
            }
        }
        all.retain(|bookmark| bookmark.session.0 != REMOVED);
        all.sort_by(|a, b| (a.session, a.at, &a.name).cmp(&(b.session, b.at, &b.name)));
        Ok(all)
    }

    fn set_bookmark(&mut self, bookmark: &Bookmark) -> Result<()> {
        Bookmark::check_name(&bookmark.name)?;
        let storage = self.write(WRITE_CONTEXT, |db, _| {
            db.execute(
                "INSERT OR REPLACE INTO bookmark (name, session, at, note, created) VALUES (?, ?, ?, ?, ?)",
                params![bookmark.name, bookmark.session.0, bookmark.at.0, bookmark.note, bookmark.created.0],
            )
        })?;
        match storage {
            // An older bookmark of that name in the notes would hide this one.
            Storage::Recording => self.forget_in_notes(&bookmark.name),
            Storage::Notes => Ok(()),
        }
    }

    fn remove_bookmark(&mut self, name: &str) -> Result<bool> {
        if !self.bookmarks()?.iter().any(|bookmark| bookmark.name == name) {
            return Ok(false);
        }
        let in_recording = read(&self.db)?.iter().any(|bookmark| bookmark.name == name);
        self.forget_in_notes(name)?;
        if in_recording {
            self.write(WRITE_CONTEXT, |db, storage| match storage {
                Storage::Recording => db.execute("DELETE FROM bookmark WHERE name = ?", [name]),
                Storage::Notes => db.execute("INSERT OR REPLACE INTO bookmark VALUES (?, ?, 0, '', 0)", params![name, REMOVED]),
            })?;
        }
        Ok(true)
    }
}

/// The database that a change was written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Storage {
    Recording,
    Notes,
}

impl Recording {
    fn forget_in_notes(&self, name: &str) -> Result<()> {
        if let Some(notes) = self.open_notes(false)? {
            notes.execute("DELETE FROM bookmark WHERE name = ?", [name]).context("cannot remove the bookmark")?;
        }
        Ok(())
    }

    /// Writes into the recording if possible, else into the notes. `context` names the step in errors.
    pub(super) fn write(
        &self,
        context: &str,
        change: impl Fn(&Connection, Storage) -> rusqlite::Result<usize>,
    ) -> Result<Storage> {
        // A cached recording may be deleted at any time, so the notes take the change.
        let cached = self.options.cache.as_ref().is_some_and(|cache| self.path.starts_with(cache));
        let has_one_name = place::look(&self.path).is_ok_and(|found| found.is_some_and(|found| found.names == 1));
        if !cached
            && has_one_name
            && let Ok(lock) = WriterLock::take(&self.path)
        {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let done = Connection::open_with_flags(&self.path, flags).and_then(|db| {
                db.busy_timeout(std::time::Duration::from_secs(1))?;
                db.pragma_update(None, "trusted_schema", "OFF")?;
                // No writer is alive. Closing this connection removes the log of a crashed session, which then no longer needs one.
                let states = params![SessionState::Crashed.code(), SessionState::Open.code()];
                db.execute("UPDATE session SET state = ? WHERE state = ?", states)?;
                change(&db, Storage::Recording)
            });
            drop(lock);
            if done.is_ok() {
                return Ok(Storage::Recording);
            }
        }
        match self.open_notes(true)? {
            Some(notes) => change(&notes, Storage::Notes).map(|_| Storage::Notes).context(context),
            None => Err(Error::new(
                ErrorKind::ReadOnly,
                format!("{} cannot be written, and no folder for notes is set", self.path.display()),
            )),
        }
    }

    /// Opens the notes of this recording. Creates them if `create` is true.
    pub(super) fn open_notes(&self, create: bool) -> Result<Option<Connection>> {
        let Some(folder) = &self.options.state else { return Ok(None) };
        let path = folder.join(format!("{}{ENDING}", self.info.id));
        if create && !path.exists() {
            state_folder::sweep(folder, ENDING);
        }
        open_database(folder, &path, create)
    }
}

/// Opens a database of the state folder, which has the tables of a recording. Returns `None` if it does not exist and `create` is
/// false.
pub(super) fn open_database(folder: &Path, path: &Path, create: bool) -> Result<Option<Connection>> {
    let exists = place::look(path)?.is_some();
    if !exists && !create {
        return Ok(None);
    }
    let cannot = |error: std::io::Error| {
        Error::new(ErrorKind::ReadOnly, format!("cannot write notes to {}", folder.display())).because(error)
    };
    std::fs::create_dir_all(folder).map_err(cannot)?;
    if !exists {
        place::create_private(path).map_err(cannot)?;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).context("cannot open the notes")?;
    db.busy_timeout(std::time::Duration::from_secs(2)).context("cannot open the notes")?;
    let empty: bool =
        db.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0)).context("cannot open the notes")?;
    if empty {
        schema::create(&db)?;
    }
    schema::check_header(&db)?;
    Ok(Some(db))
}

fn read(db: &Connection) -> Result<Vec<Bookmark>> {
    let mut query =
        db.prepare_cached("SELECT name, session, at, note, created FROM bookmark ORDER BY session, at, name").context(CONTEXT)?;
    let rows = query
        .query_map([], |row| {
            Ok(Bookmark {
                name: row.get(0)?,
                session: SessionNo(row.get(1)?),
                at: seq(row, 2)?,
                note: row.get(3)?,
                created: Timestamp(row.get(4)?),
            })
        })
        .context(CONTEXT)?;
    rows.collect::<rusqlite::Result<_>>().context(CONTEXT)
}
