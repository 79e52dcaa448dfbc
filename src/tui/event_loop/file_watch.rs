//! What changes behind the debugger's back: the theme's file, and the recording itself.

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use kuberewind_model::{Duration, Timestamp};

use super::super::theme::{Fresh, Theme};

/// How often it is looked.
pub(super) const EVERY: Duration = Duration(1_000_000_000);

/// What is seen of the recording from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileState {
    place: (u64, u64),
    len: u64,
}

/// Watches.
pub(super) struct FileWatch {
    theme: Fresh,
    file: Option<PathBuf>,
    seen: Option<FileState>,
    due: Timestamp,
}

impl FileWatch {
    pub(super) fn new(theme: &Theme, file: Option<PathBuf>) -> FileWatch {
        let mut watch = FileWatch { theme: Fresh::of(theme.files()), file, seen: None, due: Timestamp(0) };
        watch.seen = watch.look();
        watch
    }

    /// Whether it is time to look again.
    pub(super) fn is_due(&mut self, now: Timestamp) -> bool {
        if now < self.due {
            return false;
        }
        self.due = now.plus(EVERY);
        true
    }

    /// Another theme is shown from now on.
    pub(super) fn theme_is(&mut self, theme: &Theme) {
        self.theme = Fresh::of(theme.files());
    }

    /// Whether a file of the theme is another than before.
    pub(super) fn theme_changed(&mut self) -> bool {
        self.theme.changed()
    }

    fn look(&self) -> Option<FileState> {
        let about = std::fs::metadata(self.file.as_ref()?).ok()?;
        Some(FileState { place: (about.dev(), about.ino()), len: about.len() })
    }

    /// What happened to the recording's file since the last look, in words, and what reloading would do about it, '' for
    /// nothing; `None` where it is as it was or has grown.
    pub(super) fn recording_changed(&mut self) -> Option<(&'static str, &'static str)> {
        self.file.as_ref()?;
        let now = self.look();
        let before = std::mem::replace(&mut self.seen, now);
        match (before, now) {
            (Some(_), None) => Some(("the recording's file is gone; what is open can still be read", "")),
            (Some(before), Some(now)) if before.place != now.place => {
                Some(("another file lies where the recording was, the old one is shown", "opens it"))
            }
            (None, Some(_)) => Some(("a file lies where the recording was", "opens it")),
            (Some(before), Some(now)) if now.len < before.len => {
                Some(("the recording's file has become shorter", "reads it anew"))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_replaced_shortened_or_gone_is_told_and_one_that_grows_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("run.db");
        let write = |text: &str| std::fs::write(&file, text).unwrap();
        write("0123");
        let theme = Theme::load("dark", super::super::super::theme::Depth::True).unwrap();
        let mut watch = FileWatch::new(&theme, Some(file.clone()));
        let mut told = || watch.recording_changed().map_or_else(String::new, |(words, does)| format!("{words} {does}"));
        assert_eq!(told(), "");
        write("01234567");
        assert_eq!(told(), "", "it has grown");
        write("01");
        assert!(told().contains("shorter"));
        let other = folder.path().join("other");
        std::fs::write(&other, "0123").unwrap();
        std::fs::rename(&other, &file).unwrap();
        assert!(told().contains("another file") && told().is_empty());
        std::fs::remove_file(&file).unwrap();
        assert!(told().contains("gone") && told().is_empty());
        write("0");
        assert!(told().contains("opens it"));
    }

    #[test]
    fn it_is_looked_once_a_second() {
        let theme = Theme::load("dark", super::super::super::theme::Depth::True).unwrap();
        let mut watch = FileWatch::new(&theme, None);
        let at = |millis| Timestamp(1).plus(Duration::from_millis(millis));
        assert!(watch.is_due(at(0)) && !watch.is_due(at(999)) && watch.is_due(at(1_000)));
    }
}
