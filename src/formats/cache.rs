//! The cache of converted recordings, so that a foreign file is converted only once.
//!
//! The name of an entry contains the format, the content's hash and the importer's version: a changed file or a better
//! importer creates a new entry. An entry is written under a temporary name, so that an incomplete one is never opened. The
//! oldest entries are removed when the cache exceeds its limit.

use std::fs;
use std::path::{Path, PathBuf};

use kuberewind_model::{Error, ErrorKind, Result};

/// The most bytes of converted recordings.
const BYTES: u64 = 2 << 30;
/// The prefix of their names.
const PREFIX: &str = "converted-";

/// The key of a converted recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CacheEntry<'a> {
    pub(super) format: &'a str,
    /// Raised when the same file would be converted differently.
    pub(super) version: u32,
    /// [`content_id`] of the file.
    pub(super) id: u128,
}

/// Returns the recording of an entry. If the cache lacks it, `convert` writes it to the path that it gets.
///
/// # Errors
/// When the cache cannot be written, or `convert` fails.
pub(super) fn recording(
    cache: &Path,
    entry: &CacheEntry<'_>,
    source: &Path,
    convert: impl FnOnce(&Path) -> Result<()>,
) -> Result<PathBuf> {
    let cannot = |error: std::io::Error| Error::new(ErrorKind::Io, format!("cannot convert {}", source.display())).because(error);
    fs::create_dir_all(cache).map_err(cannot)?;
    let name = format!("{PREFIX}{}-{:032x}-{}", entry.format, entry.id, entry.version);
    let made = cache.join(format!("{name}.db"));
    if made.exists() {
        return Ok(made);
    }
    let part = cache.join(format!("{name}.{}.part", std::process::id()));
    let done = remove(&part).map_err(cannot).and_then(|()| convert(&part));
    if let Err(error) = done {
        remove(&part).map_err(cannot)?;
        return Err(error);
    }
    fs::rename(&part, &made).map_err(cannot)?;
    trim(cache, &made, BYTES).map_err(cannot)?;
    Ok(made)
}

/// Returns the first 128 bits of the hash of a file and, for a database, of its log.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn content_id(path: &Path) -> std::io::Result<u128> {
    let mut hasher = blake3::Hasher::new();
    std::io::copy(&mut fs::File::open(path)?, &mut hasher)?;
    if let Ok(mut log) = fs::File::open(sibling(path, "-wal")) {
        std::io::copy(&mut log, &mut hasher)?;
    }
    let mut id = [0; 16];
    id.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    Ok(u128::from_be_bytes(id))
}

/// Removes an unfinished recording and its auxiliary files.
fn remove(path: &Path) -> std::io::Result<()> {
    for ending in ["", "-wal", "-shm", "-journal", "-lock"] {
        match fs::remove_file(sibling(path, ending)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn sibling(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Removes the oldest converted recordings beyond `most` bytes, except for `keep`.
fn trim(cache: &Path, keep: &Path, most: u64) -> std::io::Result<()> {
    let mut files = Vec::new();
    for entry in fs::read_dir(cache)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(".db")) {
            let found = entry.metadata()?;
            files.push((found.modified()?, found.len(), entry.path()));
        }
    }
    files.sort();
    let mut bytes: u64 = files.iter().map(|(_, length, _)| length).sum();
    for (_, length, path) in files {
        if bytes > most && path != keep {
            fs::remove_file(&path)?;
            bytes = bytes.saturating_sub(length);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(version: u32) -> CacheEntry<'static> {
        CacheEntry { format: "audit", version, id: 7 }
    }

    #[test]
    fn an_entry_is_made_once_and_never_half() {
        let folder = tempfile::tempdir().unwrap();
        let make = |text: &'static str| {
            move |path: &Path| fs::write(path, text).map_err(|error| Error::new(ErrorKind::Io, "x").because(error))
        };
        let first = recording(folder.path(), &entry(1), Path::new("log"), make("one")).unwrap();
        let again = recording(folder.path(), &entry(1), Path::new("log"), make("two")).unwrap();
        assert_eq!((fs::read_to_string(&again).unwrap().as_str(), &first), ("one", &again));
        let newer = recording(folder.path(), &entry(2), Path::new("log"), make("two")).unwrap();
        assert_eq!(fs::read_to_string(newer).unwrap(), "two");
        let failing = |path: &Path| {
            fs::write(path, "half").unwrap();
            Err(Error::new(ErrorKind::Invalid, "broken"))
        };
        recording(folder.path(), &entry(3), Path::new("log"), failing).unwrap_err();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn the_oldest_go_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = |number: u64| folder.path().join(format!("{PREFIX}audit-{number}.db"));
        for number in 0..4 {
            fs::write(path(number), "12345").unwrap();
            let at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000 + number);
            fs::File::options().write(true).open(path(number)).unwrap().set_modified(at).unwrap();
        }
        fs::write(folder.path().join("copy-1.db"), "not ours").unwrap();
        trim(folder.path(), &path(0), 10).unwrap();
        let left: Vec<bool> = (0..4).map(|number| path(number).exists()).collect();
        assert_eq!((left, folder.path().join("copy-1.db").exists()), (vec![true, false, false, true], true));
    }
}
