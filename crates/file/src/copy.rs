//! A whole copy of a recording, whatever its state: live, crashed, with a log.

use std::path::Path;
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::params;

use kuberewind_model::{Error, ErrorKind, Result, SessionState};

use crate::draft::Draft;
use crate::error::Context;
use crate::lock::WriterLock;
use crate::place;
use crate::reader::{OpenOptions, Recording};

/// The pages of one step, and the most steps that find the file busy.
const PAGES: i32 = 4_096;
const BUSY: u32 = 200;

/// Copies the recording at `from` to the new file `to`, which needs no log. A session that is still being written ends in the copy at
/// its last commit. Returns the remark about how `from` was opened.
///
/// # Errors
/// When `from` is not a recording or is damaged, `to` exists, or the copy cannot be written.
pub fn copy(from: &Path, to: &Path, options: &OpenOptions) -> Result<String> {
    let recording = Recording::open(from, options)?;
    let to = place::resolve(to);
    if place::look(&to)?.is_some() {
        let message = format!("{} exists", to.display());
        return Err(Error::new(ErrorKind::Invalid, message).hint("choose another name for the copy"));
    }
    let lock = WriterLock::take(&to)?;
    let (draft, mut db) = Draft::create(&to)?;
    let context = "cannot copy the recording";
    {
        let backup = Backup::new(recording.connection(), &mut db).context(context)?;
        let mut busy = 0;
        loop {
            match backup.step(PAGES).context(context)? {
                StepResult::Done => break,
                StepResult::More => {}
                _ if busy >= BUSY => {
                    return Err(Error::new(ErrorKind::Busy, format!("{} stays locked", from.display())).hint("try again later"));
                }
                _ => {
                    busy += 1;
                    std::thread::sleep(Duration::from_millis(10));
                }
            }
        }
    }
    // The header of a live file asks for a log. SQLite sees that with the first read, and can change it then.
    let _sessions: i64 = db.query_row("SELECT count(*) FROM session", [], |row| row.get(0)).context(context)?;
    db.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())).context(context)?;
    db.execute("UPDATE session SET state = ? WHERE state = ?", params![SessionState::Crashed.code(), SessionState::Open.code()])
        .context(context)?;
    draft.publish(db)?;
    drop(lock);
    let remark = kuberewind_model::History::recording(&recording)?.remark;
    Ok(remark)
}
