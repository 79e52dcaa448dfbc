//! Who writes: one live writer per file.
//!
//! A writer holds an exclusive lock of the operating system on an empty file beside the recording (`run.db-lock`). The
//! system lets go of it when the process ends, however it ends, so a crash leaves no lock behind; the empty file stays
//! until a reader, or the next writer, finds that nobody holds it. The lock is not taken on the recording itself: closing
//! any second handle of a file drops the locks that SQLite holds on it in the same process.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use crate::model::{Error, ErrorKind, Result};

/// How often a writer tries to take the lock, and how long it waits in between.
const ATTEMPTS: u32 = 8;
const PAUSE: std::time::Duration = std::time::Duration::from_millis(3);

/// Held while a session is written.
pub(crate) struct WriterLock {
    file: File,
    path: PathBuf,
}

/// The lock's file beside a recording.
fn path_for(recording: &Path) -> PathBuf {
    let mut name = recording.as_os_str().to_owned();
    name.push("-lock");
    PathBuf::from(name)
}

impl WriterLock {
    /// Takes it, or says that somebody else has it.
    pub(crate) fn take(recording: &Path) -> Result<WriterLock> {
        let path = path_for(recording);
        let cannot = |error: std::io::Error| {
            Error::new(ErrorKind::ReadOnly, format!("cannot write beside {}", recording.display()))
                .because(error)
                .hint("choose another place with -o")
        };
        // A holder that ends removes the file: then what was locked is no longer what others see, and it is tried anew. A
        // reader that looks whether somebody writes holds it for a moment.
        for attempt in 0..ATTEMPTS {
            let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(cannot)?;
            match file.try_lock() {
                Ok(()) if still_there(&file, &path) => return Ok(WriterLock { file, path }),
                Ok(()) => {}
                Err(TryLockError::WouldBlock) if attempt + 1 < ATTEMPTS => std::thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => {
                    return Err(Error::new(
                        ErrorKind::Busy,
                        format!("{} is being written by another recorder", recording.display()),
                    )
                    .hint("wait for it to end, or record into another file with -o"));
                }
                Err(TryLockError::Error(error)) => return Err(cannot(error)),
            }
        }
        Err(Error::new(ErrorKind::Busy, format!("the lock of {} keeps changing hands", recording.display())))
    }
}

#[cfg(unix)]
fn still_there(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(held), Ok(seen)) => (held.dev(), held.ino()) == (seen.dev(), seen.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn still_there(_file: &File, path: &Path) -> bool {
    path.exists()
}

impl Drop for WriterLock {
    fn drop(&mut self) {
        // Removed while still held, so that nobody can hold it at the same time. Both may fail only where the folder
        // has gone; the lock ends with the handle in any case.
        let removed = std::fs::remove_file(&self.path);
        let unlocked = self.file.unlock();
        drop((removed, unlocked));
    }
}

/// Removes what a writer that crashed left. Whoever removes the file holds it locked meanwhile, so nobody else can have
/// taken it; a folder that cannot be written keeps it, and it means nothing there either.
pub(crate) fn clear_up(recording: &Path) {
    let path = path_for(recording);
    let Ok(file) = File::open(&path) else { return };
    if file.try_lock().is_ok() && still_there(&file, &path) {
        match std::fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) => tracing::trace!(file = %path.display(), %error, "the lock's file stays"),
        }
    }
}

/// Whether a live process writes the recording, whether or not a session has begun in it.
#[must_use]
pub fn is_being_written(recording: &Path) -> bool {
    match File::open(path_for(recording)) {
        Ok(file) => matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{WriterLock, clear_up, is_being_written, path_for};
    use crate::model::ErrorKind;

    #[test]
    fn one_writer_at_a_time_and_none_after_it_went() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("run.db");
        assert!(!is_being_written(&file));
        let lock = WriterLock::take(&file).unwrap();
        assert!(is_being_written(&file));
        assert_eq!(WriterLock::take(&file).err().map(|error| error.kind()), Some(ErrorKind::Busy));
        drop(lock);
        assert!(!is_being_written(&file));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_a_crash_left_is_cleared_up_and_what_is_held_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("run.db");
        let left = || std::fs::read_dir(folder.path()).unwrap().count();
        std::fs::write(path_for(&file), "").unwrap();
        clear_up(&file);
        assert_eq!(left(), 0);
        let lock = WriterLock::take(&file).unwrap();
        clear_up(&file);
        assert!(is_being_written(&file));
        assert_eq!(left(), 1);
        drop(lock);
    }
}
