//! Change detection for theme files, by polling.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Modification time and length, `None` for a missing file.
type Stamp = Option<(SystemTime, u64)>;

fn stamp(path: &Path) -> Stamp {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// Files and their stamps at the last poll.
#[derive(Debug, Clone, Default)]
pub struct WatchedFiles {
    files: Vec<(PathBuf, Stamp)>,
}

impl WatchedFiles {
    #[must_use]
    pub fn new(files: &[PathBuf]) -> WatchedFiles {
        WatchedFiles { files: files.iter().map(|path| (path.clone(), stamp(path))).collect() }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Polls all files. Returns true if one of them has changed since the last poll.
    pub fn changed(&mut self) -> bool {
        let mut changed = false;
        for (path, last) in &mut self.files {
            let now = stamp(path);
            changed |= now != *last;
            *last = now;
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_of_a_file_is_reported_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.toml");
        std::fs::write(&path, "a").unwrap();
        let mut files = WatchedFiles::new(std::slice::from_ref(&path));
        assert!(!files.changed());
        std::fs::write(&path, "ab").unwrap();
        assert!(files.changed() && !files.changed());
        std::fs::remove_file(&path).unwrap();
        assert!(files.changed() && !files.changed());
    }
}
