//! Options of a reader.

use std::path::PathBuf;

/// Folders for data that cannot be stored in the recording.
#[derive(Debug, Clone, Default)]
pub struct OpenOptions {
    /// For copies of recordings in read-only folders, and for converted recordings.
    pub cache: Option<PathBuf>,
    /// For bookmarks of recordings that cannot be written, and for results of analysis. Without it, results go into the recording.
    pub state: Option<PathBuf>,
}
