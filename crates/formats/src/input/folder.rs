//! The files below a folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Files below one folder.
pub(super) const MAX_FILES: usize = 200_000;
/// Folders within folders.
const MAX_DEPTH: usize = 64;

/// Lists the files below a folder in the order of their paths. Links to folders are not followed.
///
/// # Errors
/// A folder cannot be read, or there are too many files.
pub(crate) fn files_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut left = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = left.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let path = entry.path();
            let kind = entry.file_type()?;
            if kind.is_dir() {
                if depth < MAX_DEPTH {
                    left.push((path, depth + 1));
                }
            } else if kind.is_file() || (kind.is_symlink() && path.is_file()) {
                found.push(path);
            }
            if found.len() + left.len() > MAX_FILES {
                return Err(io::Error::other(format!("it has more than {MAX_FILES} files")));
            }
        }
    }
    found.sort();
    Ok(found)
}
