//! The lock of a recording: at most one live writer per file.
//!
//! A writer holds an exclusive lock of the operating system on an empty file next to the recording (`run.db-lock`). Symbolic links
//! are followed first, and a file with several hard links is refused, so a recording has one lock whatever it is called. The
//! system releases it when the process ends, so a crash leaves no lock behind. The empty file stays until a reader or the
//! next writer finds it unlocked. The recording itself is not locked this way: closing any second handle of a file drops the
//! locks that SQLite holds on it in the same process.
//!
//! Readers only take a shared lock. If a shared lock is refused, a writer is alive.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use kuberewind_model::{Error, ErrorKind, Result};

use crate::place;

/// The most attempts to lock while readers check the lock, the most refusals by another writer among them, and the pause
/// between attempts.
const ATTEMPTS: u32 = 64;
const REFUSALS: u32 = 8;
const PAUSE: std::time::Duration = std::time::Duration::from_millis(3);

/// The lock that a writer holds.
pub(crate) struct WriterLock {
    file: File,
    path: PathBuf,
}

/// The lock of a file that is reached through symbolic links lies beside the file, not beside the link.
fn path_for(recording: &Path) -> PathBuf {
    place::sibling(&place::resolve(recording), "-lock")
}

impl WriterLock {
    /// Takes the lock.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`] if another writer holds it.
    pub(crate) fn take(recording: &Path) -> Result<WriterLock> {
        let path = path_for(recording);
        // A pipe or a device in the place of the lock would block or be changed.
        if place::look(&path).is_err() {
            return Err(Error::new(ErrorKind::ReadOnly, format!("{} is not a regular file", path.display()))
                .hint("delete it, or choose another file with -o"));
        }
        let cannot = |error: std::io::Error| {
            Error::new(ErrorKind::ReadOnly, format!("cannot write next to {}", recording.display()))
                .because(error)
                .hint("choose another file with -o")
        };
        // A writer that ends removes the file. If that happened between opening and locking, the locked file differs from the
        // visible one. Readers hold the file only briefly.
        let mut refused = 0;
        for _ in 0..ATTEMPTS {
            let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(cannot)?;
            match file.try_lock() {
                Ok(()) if still_there(&file, &path) => return Ok(WriterLock { file, path }),
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    refused += u32::from(is_written(&file));
                    drop(file);
                    if refused >= REFUSALS {
                        return Err(Error::new(
                            ErrorKind::Busy,
                            format!("{} is being written by another recorder", recording.display()),
                        )
                        .hint("wait for it to end, or record into another file with -o"));
                    }
                    std::thread::sleep(PAUSE);
                }
                Err(TryLockError::Error(error)) => return Err(cannot(error)),
            }
        }
        Err(Error::new(ErrorKind::Busy, format!("the lock of {} changes hands too often", recording.display())))
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
        // Removed while still locked, so that no other writer holds it. Both calls fail only if the folder is gone; the lock
        // ends with the handle in any case.
        let removed = std::fs::remove_file(&self.path);
        let unlocked = self.file.unlock();
        drop((removed, unlocked));
    }
}

/// Removes the file that a crashed writer left. Readers take turns by locking the folder, and hold the file meanwhile so that
/// no writer can take it. If the folder cannot be locked or written, the file stays, without effect.
pub(crate) fn remove_stale(recording: &Path) {
    let path = path_for(recording);
    if !place::look(&path).is_ok_and(|found| found.is_some()) {
        return;
    }
    let Ok(file) = File::open(&path) else { return };
    let Ok(folder) = File::open(place::folder_of(&path)) else { return };
    if folder.try_lock().is_ok() && file.try_lock_shared().is_ok() && still_there(&file, &path) {
        match std::fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) => tracing::trace!(file = %path.display(), %error, "the lock's file stays"),
        }
    }
}

/// Returns true if the lock's file lies beside the recording, whether or not a writer holds it.
pub(crate) fn is_left(recording: &Path) -> bool {
    place::look(&path_for(recording)).is_ok_and(|found| found.is_some())
}

/// Returns true if a live process writes the recording, even before it begins a session.
#[must_use]
pub fn is_being_written(recording: &Path) -> bool {
    let path = path_for(recording);
    // Looked at first: opening a pipe in its place would wait.
    place::look(&path).is_ok_and(|found| found.is_some()) && File::open(path).is_ok_and(|file| is_written(&file))
}

/// Returns true if a writer holds the lock.
fn is_written(file: &File) -> bool {
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use super::{WriterLock, is_being_written, path_for, remove_stale};
    use kuberewind_model::ErrorKind;

    #[test]
    fn one_writer_at_a_time_and_none_after_it_ends() {
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
    fn a_stale_lock_file_is_removed_and_a_held_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("run.db");
        let left = || std::fs::read_dir(folder.path()).unwrap().count();
        std::fs::write(path_for(&file), "").unwrap();
        remove_stale(&file);
        assert_eq!(left(), 0);
        let lock = WriterLock::take(&file).unwrap();
        remove_stale(&file);
        assert!(is_being_written(&file));
        assert_eq!(left(), 1);
        drop(lock);
    }

    /// Threads play the processes: each opens the file anew, and a lock belongs to the open file.
    const READERS: usize = 8;
    const ROUNDS: usize = 300;

    #[test]
    fn readers_of_a_stale_lock_file_never_see_a_writer() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("run.db");
        let round = Barrier::new(READERS);
        // Counted and asserted later: a thread that panics would leave the others waiting.
        let (lies, left) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let read = &|reader: usize| {
            for _ in 0..ROUNDS {
                if reader == 0 {
                    std::fs::write(path_for(&file), "").unwrap();
                }
                round.wait();
                for _ in 0..8 {
                    lies.fetch_add(usize::from(is_being_written(&file)), Ordering::SeqCst);
                    remove_stale(&file);
                }
                if round.wait().is_leader() {
                    left.fetch_add(usize::from(path_for(&file).exists()), Ordering::SeqCst);
                }
                round.wait();
            }
        };
        std::thread::scope(|threads| {
            (0..READERS).for_each(|reader| drop(threads.spawn(move || read(reader))));
        });
        assert_eq!(lies.into_inner(), 0, "no writer is alive");
        assert_eq!(left.into_inner(), 0, "a reader has removed the file");
    }

    #[test]
    fn one_writer_at_a_time_while_readers_check_and_clean_up() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("run.db");
        let (writing, done) = (AtomicUsize::new(0), AtomicBool::new(false));
        let write = || {
            let mut written = 0;
            while written < ROUNDS {
                // Refused by the other writer or by the readers: try again.
                let Ok(lock) = WriterLock::take(&file) else { continue };
                assert_eq!(writing.fetch_add(1, Ordering::SeqCst), 0, "one at a time");
                assert!(is_being_written(&file));
                assert!(path_for(&file).exists(), "a held lock file is not removed");
                written += 1;
                writing.fetch_sub(1, Ordering::SeqCst);
                // Every second writer crashes: the lock ends, the file stays.
                if written % 2 == 0 { drop(lock) } else { lock.crash() }
            }
        };
        std::thread::scope(|threads| {
            let readers = (0..READERS).map(|_| {
                threads.spawn(|| {
                    while !done.load(Ordering::SeqCst) {
                        remove_stale(&file);
                        let _looked = is_being_written(&file);
                    }
                })
            });
            let readers: Vec<_> = readers.collect();
            let writers = [threads.spawn(write), threads.spawn(write)];
            let written = writers.map(std::thread::ScopedJoinHandle::join);
            done.store(true, Ordering::SeqCst);
            written.into_iter().for_each(|written| written.unwrap());
            drop(readers);
        });
    }

    impl WriterLock {
        /// Ends like a killed process.
        fn crash(mut self) {
            self.path = PathBuf::new();
        }
    }
}
