//! The databases in the state folder: notes and results of analysis beside recordings.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use crate::place;

/// The most bytes of all databases of one kind.
const MOST_BYTES: u64 = 256 << 20;
/// The most entries of the folder that are looked at.
const ENTRIES: usize = 100_000;

/// Makes room for another database whose name has this ending.
pub(super) fn sweep(folder: &Path, ending: &str) {
    sweep_to(folder, ending, MOST_BYTES);
}

/// Removes the databases that were not changed for the longest time, until the others take at most `most` bytes. One that cannot be
/// removed stays.
fn sweep_to(folder: &Path, ending: &str, most: u64) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut found: Vec<(SystemTime, u64, std::path::PathBuf)> = entries
        .take(ENTRIES)
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().ends_with(ending))
        .filter_map(|entry| {
            let about = entry.metadata().ok()?;
            Some((about.modified().unwrap_or(SystemTime::UNIX_EPOCH), about.len(), entry.path()))
        })
        .collect();
    found.sort_unstable_by_key(|entry| std::cmp::Reverse(entry.0));
    let mut kept = 0u64;
    for (_, bytes, path) in found {
        kept = kept.saturating_add(bytes);
        if kept <= most {
            continue;
        }
        if let Err(error) = place::remove(&path).and_then(|()| place::remove(&place::sibling(&path, "-journal"))) {
            tracing::debug!(file = %path.display(), %error, "an old database of the state folder stays");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::{Duration, SystemTime};

    use super::sweep_to;

    #[test]
    fn the_oldest_of_one_kind_are_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for (name, age) in [("a.findings.db", 30), ("b.findings.db", 20), ("c.findings.db", 10), ("a.notes.db", 40)] {
            fs::write(at(name), [0; 100]).unwrap();
            let file = fs::File::options().write(true).open(at(name)).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 - age)).unwrap();
        }
        sweep_to(folder.path(), ".findings.db", 250);
        assert!(!at("a.findings.db").exists());
        assert!(["b.findings.db", "c.findings.db", "a.notes.db"].iter().all(|name| at(name).exists()));
        sweep_to(folder.path(), ".findings.db", 0);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "the notes have their own limit");
    }
}
