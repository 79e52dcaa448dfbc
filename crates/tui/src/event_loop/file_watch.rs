//! Watches the files of the theme and of the recording.

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use kuberewind_model::{Duration, Timestamp};

use super::super::theme::{Theme, WatchedFiles};

/// The interval between checks.
pub(super) const EVERY: Duration = Duration(1_000_000_000);

/// Identity and length of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileState {
    place: (u64, u64),
    len: u64,
}

pub(super) struct FileWatch {
    theme: WatchedFiles,
    file: Option<PathBuf>,
    seen: Option<FileState>,
    due: Timestamp,
}

impl FileWatch {
    pub(super) fn new(theme: &Theme, file: Option<PathBuf>) -> FileWatch {
        let mut watch = FileWatch { theme: WatchedFiles::new(theme.files()), file, seen: None, due: Timestamp(0) };
        watch.seen = watch.look();
        watch
    }

    /// True once per interval.
    pub(super) fn is_due(&mut self, now: Timestamp) -> bool {
        if now < self.due {
            return false;
        }
        self.due = now.plus(EVERY);
        true
    }

    /// Watches the files of another theme.
    pub(super) fn theme_is(&mut self, theme: &Theme) {
        self.theme = WatchedFiles::new(theme.files());
    }

    /// True if a file of the theme has changed.
    pub(super) fn theme_changed(&mut self) -> bool {
        self.theme.changed()
    }

    fn look(&self) -> Option<FileState> {
        let about = std::fs::metadata(self.file.as_ref()?).ok()?;
        Some(FileState { place: (about.dev(), about.ino()), len: about.len() })
    }

    /// A message about the recording's file if it was replaced, truncated or removed, and the effect of a reload ('' for none).
    /// `None` if the file is unchanged or has grown.
    pub(super) fn recording_changed(&mut self) -> Option<(&'static str, &'static str)> {
        self.file.as_ref()?;
        let now = self.look();
        let before = std::mem::replace(&mut self.seen, now);
        match (before, now) {
            (Some(_), None) => Some(("the recording's file is gone; the open one can still be read", "")),
            (Some(before), Some(now)) if before.place != now.place => {
                Some(("another file has replaced the recording; the old one is shown", "opens it"))
            }
            (None, Some(_)) => Some(("the recording's file is back", "opens it")),
            (Some(before), Some(now)) if now.len < before.len => {
                Some(("the recording's file has become shorter", "reads it again"))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_truncated_or_removed_file_is_reported_and_a_growing_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("run.db");
        let write = |text: &str| std::fs::write(&file, text).unwrap();
        write("0123");
        let theme = Theme::load("dark", super::super::super::theme::Depth::True).unwrap();
        let mut watch = FileWatch::new(&theme, Some(file.clone()));
        let mut change = || watch.recording_changed().map_or_else(String::new, |(words, does)| format!("{words} {does}"));
        assert_eq!(change(), "");
        write("01234567");
        assert_eq!(change(), "", "it has grown");
        write("01");
        assert!(change().contains("shorter"));
        let other = folder.path().join("other");
        std::fs::write(&other, "0123").unwrap();
        std::fs::rename(&other, &file).unwrap();
        assert!(change().contains("another file") && change().is_empty());
        std::fs::remove_file(&file).unwrap();
        assert!(change().contains("gone") && change().is_empty());
        write("0");
        assert!(change().contains("opens it"));
    }

    #[test]
    fn files_are_checked_once_a_second() {
        let theme = Theme::load("dark", super::super::super::theme::Depth::True).unwrap();
        let mut watch = FileWatch::new(&theme, None);
        let at = |millis| Timestamp(1).plus(Duration::from_millis(millis));
        assert!(watch.is_due(at(0)) && !watch.is_due(at(999)) && watch.is_due(at(1_000)));
    }
}
