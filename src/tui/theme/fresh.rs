//! Whether the files of a theme have changed since it was read: looked up from time to time, without a watcher.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What is seen of a file from outside: when it was written and how long it is; nothing where it is not there.
type Seen = Option<(SystemTime, u64)>;

fn look(path: &Path) -> Seen {
    let about = std::fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}

/// Files, as they were when they were looked at last.
#[derive(Debug, Clone, Default)]
pub struct Fresh {
    files: Vec<(PathBuf, Seen)>,
}

impl Fresh {
    /// These files as they are now.
    #[must_use]
    pub fn of(files: &[PathBuf]) -> Fresh {
        Fresh { files: files.iter().map(|path| (path.clone(), look(path))).collect() }
    }

    /// Whether there is any file to look at.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Looks at them again; says whether any is another than before.
    pub fn changed(&mut self) -> bool {
        let mut changed = false;
        for (path, seen) in &mut self.files {
            let now = look(path);
            changed |= now != *seen;
            *seen = now;
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_written_or_removed_is_noticed_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.toml");
        std::fs::write(&path, "a").unwrap();
        let mut fresh = Fresh::of(std::slice::from_ref(&path));
        assert!(!fresh.changed());
        std::fs::write(&path, "ab").unwrap();
        assert!(fresh.changed() && !fresh.changed());
        std::fs::remove_file(&path).unwrap();
        assert!(fresh.changed() && !fresh.changed());
    }
}
