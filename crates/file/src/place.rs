//! The place of a recording in the file system: its path without symbolic links, and what is there.

use std::fs;
use std::io::ErrorKind as IoKind;
use std::path::{Path, PathBuf};

use kuberewind_model::{Error, ErrorKind, Result};

/// The most symbolic links from a name to its file.
const LINKS: usize = 16;

/// Returns the path of a file without symbolic links, so that all names of a file give one path. The file need not exist.
pub(crate) fn resolve(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        if let Ok(real) = fs::canonicalize(&path) {
            return real;
        }
        // A link whose file does not exist yet.
        let Ok(target) = fs::read_link(&path) else { break };
        path = folder_of(&path).join(target);
    }
    match (fs::canonicalize(folder_of(&path)), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path,
    }
}

/// Returns the folder of a file.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Returns the path of a file that belongs to a recording, such as its log.
pub(crate) fn sibling(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// The identity of a file, whatever its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    #[cfg(unix)]
    device: u64,
    #[cfg(unix)]
    number: u64,
}

/// A regular file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    pub(crate) bytes: u64,
    pub(crate) identity: Identity,
    /// The number of its names (hard links).
    pub(crate) names: u64,
}

/// Returns what a path names, `None` if there is nothing. Nothing is opened: opening a pipe would wait for its other end.
///
/// # Errors
/// If it is not a regular file, or cannot be looked at.
pub(crate) fn look(path: &Path) -> Result<Option<Found>> {
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == IoKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::new(ErrorKind::Io, format!("cannot read {}", path.display())).because(error)),
    };
    let name = path.display();
    if found.is_dir() {
        let message = format!("{name} is a directory, not a recording");
        return Err(Error::new(ErrorKind::NotARecording, message).hint("name a file in it"));
    }
    if !found.is_file() {
        let message = format!("{name} is {}, not a file", special(&found));
        return Err(Error::new(ErrorKind::NotARecording, message).hint("name a regular file"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let identity = Identity { device: found.dev(), number: found.ino() };
        Ok(Some(Found { bytes: found.len(), identity, names: found.nlink() }))
    }
    #[cfg(not(unix))]
    Ok(Some(Found { bytes: found.len(), identity: Identity {}, names: 1 }))
}

#[cfg(unix)]
fn special(found: &fs::Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    let kind = found.file_type();
    match (kind.is_fifo(), kind.is_socket(), kind.is_char_device() || kind.is_block_device()) {
        (true, ..) => "a pipe",
        (_, true, _) => "a socket",
        (_, _, true) => "a device",
        _ => "something special",
    }
}

#[cfg(not(unix))]
fn special(_found: &fs::Metadata) -> &'static str {
    "something special"
}

/// Creates a file that only its owner can read.
pub(crate) fn create_private(path: &Path) -> std::io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

/// Removes a file if it exists.
pub(crate) fn remove(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != IoKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
