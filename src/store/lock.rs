//! Who writes: one live writer per file.
//!
//! A writer holds an exclusive lock of the operating system on an empty file beside the recording (`run.db-lock`). The
//! system lets go of it when the process ends, however it ends, so a crash leaves no lock behind; the empty file may
//! stay and means nothing. The lock is not taken on the recording itself: closing any second handle of a file drops
//! the locks that SQLite holds on it in the same process.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use crate::model::{Error, ErrorKind, Result};

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
        // A holder that ends removes the file: then what was locked is no longer what others see, and it is tried anew.
        for _ in 0..8 {
            let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(cannot)?;
            match file.try_lock() {
                Ok(()) if still_there(&file, &path) => return Ok(WriterLock { file, path }),
                Ok(()) => {}
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

/// Whether a live process writes the recording.
pub(crate) fn is_being_written(recording: &Path) -> bool {
    match File::open(path_for(recording)) {
        Ok(file) => matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{WriterLock, is_being_written};
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
}
