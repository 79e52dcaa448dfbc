//! Who writes: one live writer per file.
//!
//! A writer holds an exclusive lock of the operating system on an empty file beside the recording (`run.db-lock`). The
//! system lets go of it when the process ends, however it ends, so a crash leaves no lock behind; the empty file stays
//! until a reader, or the next writer, finds that nobody holds it. The lock is not taken on the recording itself: closing
//! any second handle of a file drops the locks that SQLite holds on it in the same process.
//!
//! Readers take a shared lock only, be it to look or to clear up: so whoever cannot have one knows that somebody writes.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use kuberewind_model::{Error, ErrorKind, Result};

/// How often a writer tries to take the lock while readers look at it, how often of these it finds another writer, and
/// how long it waits in between.
const ATTEMPTS: u32 = 64;
const REFUSALS: u32 = 8;
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
        // reader holds it for a moment.
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

/// Removes what a writer that crashed left: one reader at a time, which is who has the folder locked. It holds the file
/// meanwhile, so that no writer can have taken it. Where the folder cannot be locked or written, the file stays, and
/// means nothing.
pub(crate) fn remove_stale(recording: &Path) {
    let path = path_for(recording);
    let Ok(file) = File::open(&path) else { return };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(folder) = File::open(folder) else { return };
    if folder.try_lock().is_ok() && file.try_lock_shared().is_ok() && still_there(&file, &path) {
        match std::fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) => tracing::trace!(file = %path.display(), %error, "the lock's file stays"),
        }
    }
}

/// Whether a live process writes the recording, whether or not a session has begun in it.
#[must_use]
pub fn is_being_written(recording: &Path) -> bool {
    File::open(path_for(recording)).is_ok_and(|file| is_written(&file))
}

/// Whether a writer holds the lock's file.
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
        remove_stale(&file);
        assert_eq!(left(), 0);
        let lock = WriterLock::take(&file).unwrap();
        remove_stale(&file);
        assert!(is_being_written(&file));
        assert_eq!(left(), 1);
        drop(lock);
    }

    /// Threads stand for processes: each opens the file anew, and a lock belongs to what was opened.
    const READERS: usize = 8;
    const ROUNDS: usize = 300;

    #[test]
    fn readers_of_what_a_crash_left_never_take_each_other_for_a_writer() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("run.db");
        let round = Barrier::new(READERS);
        // Counted, not asserted at once: a thread that ends leaves the others waiting for it.
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
        assert_eq!(lies.into_inner(), 0, "nobody writes");
        assert_eq!(left.into_inner(), 0, "somebody has cleared up");
    }

    #[test]
    fn writers_are_seen_and_alone_however_many_look_and_clear_up() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("run.db");
        let (writing, done) = (AtomicUsize::new(0), AtomicBool::new(false));
        let write = || {
            let mut written = 0;
            while written < ROUNDS {
                // Another writer, or readers without end: to be tried again.
                let Ok(lock) = WriterLock::take(&file) else { continue };
                assert_eq!(writing.fetch_add(1, Ordering::SeqCst), 0, "one at a time");
                assert!(is_being_written(&file));
                assert!(path_for(&file).exists(), "nobody has removed what is held");
                written += 1;
                writing.fetch_sub(1, Ordering::SeqCst);
                // Every other one crashes: its lock goes and the file stays.
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
        /// Ends as a process does that is killed.
        fn crash(mut self) {
            self.path = PathBuf::new();
        }
    }
}
