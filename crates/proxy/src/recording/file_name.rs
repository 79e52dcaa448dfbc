//! The names of rotated files.

use std::path::{Path, PathBuf};

use kuberewind_model::{Error, ErrorKind, Result, Timestamp};

/// The most files that start in the same second.
const MAX_PER_SECOND: u32 = 1_000;

/// Returns a name that does not exist yet: `run-20261127T081500Z.db` for `run.db`. Names sort by time. Further files of the same
/// second get a number.
pub(super) fn with_start(output: &Path, start: Timestamp) -> Result<PathBuf> {
    let time: String = start.rfc3339(0).chars().filter(|c| !matches!(c, '-' | ':')).collect();
    let stem = output.file_stem().unwrap_or_default().to_string_lossy();
    let extension = output.extension().map(|extension| format!(".{}", extension.to_string_lossy())).unwrap_or_default();
    let name = |number: u32| match number {
        1 => format!("{stem}-{time}{extension}"),
        _ => format!("{stem}-{time}-{number}{extension}"),
    };
    (1..=MAX_PER_SECOND).map(|number| output.with_file_name(name(number))).find(|file| !file.exists()).ok_or_else(|| {
        Error::new(ErrorKind::Invalid, format!("cannot name the new file: {} and {MAX_PER_SECOND} numbered names exist", name(1)))
            .hint("choose another name with -o")
    })
}

#[cfg(test)]
mod tests {
    use super::with_start;
    use kuberewind_model::Timestamp;

    #[test]
    fn names_sort_by_time_and_are_unused() {
        let folder = tempfile::tempdir().unwrap();
        let start = Timestamp(1_770_200_000_123_456_789);
        let first = with_start(&folder.path().join("run.db"), start).unwrap();
        assert_eq!(first.file_name().unwrap(), "run-20260204T101320Z.db");
        std::fs::write(&first, "").unwrap();
        let second = with_start(&folder.path().join("run.db"), start).unwrap();
        assert_eq!(second.file_name().unwrap(), "run-20260204T101320Z-2.db");
    }
}
