//! Tells files apart: by their content, or quickly by what the file system says and by their beginning and end.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::input::files_in;

/// Bytes at the beginning and at the end that are compared.
const EDGE: u64 = 64 * 1024;

/// Returns the first 128 bits of the hash of the content of a file, or of the files in a folder, and of a database's log.
///
/// # Errors
/// A file cannot be read.
pub(super) fn content(path: &Path) -> io::Result<u128> {
    let mut hasher = blake3::Hasher::new();
    for file in files(path)? {
        if file != path {
            hasher.update(name_in(path, &file).as_bytes());
            hasher.update(&fs::metadata(&file)?.len().to_le_bytes());
        }
        io::copy(&mut File::open(&file)?, &mut hasher)?;
    }
    if let Ok(mut log) = File::open(log_of(path)) {
        io::copy(&mut log, &mut hasher)?;
    }
    Ok(id(&hasher))
}

/// Returns a hash of sizes, times, and the beginning and end of a file, or of the names, sizes and times of the files in a folder.
///
/// # Errors
/// A file cannot be read.
pub(super) fn quick(path: &Path) -> io::Result<u128> {
    let mut hasher = blake3::Hasher::new();
    let files = files(path)?;
    let folder = files.first().is_none_or(|file| file != path);
    for file in files.into_iter().chain(Some(log_of(path)).filter(|log| log.exists())) {
        let found = fs::metadata(&file)?;
        let numbers = [found.dev(), found.ino(), found.len()];
        for number in numbers {
            hasher.update(&number.to_le_bytes());
        }
        // The time of the last change of the file's metadata tells a file whose other time was set back.
        let times = [found.mtime(), found.mtime_nsec(), found.ctime(), found.ctime_nsec()];
        for number in times {
            hasher.update(&number.to_le_bytes());
        }
        hasher.update(file.as_os_str().as_encoded_bytes());
        if !folder {
            edges(&file, found.len(), &mut hasher)?;
        }
    }
    Ok(id(&hasher))
}

fn edges(path: &Path, length: u64, hasher: &mut blake3::Hasher) -> io::Result<()> {
    let file = File::open(path)?;
    let mut edge = vec![0; usize::try_from(length.min(EDGE)).unwrap_or(0)];
    for at in [0, length.saturating_sub(EDGE)] {
        file.read_exact_at(&mut edge, at)?;
        hasher.update(&edge);
    }
    Ok(())
}

fn files(path: &Path) -> io::Result<Vec<PathBuf>> {
    if path.is_dir() { files_in(path) } else { Ok(vec![path.to_owned()]) }
}

fn name_in(folder: &Path, file: &Path) -> String {
    file.strip_prefix(folder).unwrap_or(file).to_string_lossy().into_owned()
}

/// The write-ahead log of a database.
fn log_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

fn id(hasher: &blake3::Hasher) -> u128 {
    let mut id = [0; 16];
    id.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    u128::from_be_bytes(id)
}
