//! Options of a reader.

use std::path::PathBuf;

/// Where a reader may put what cannot lie in the recording.
#[derive(Debug, Clone, Default)]
pub struct OpenOptions {
    /// For copies of what can only be read, and for recordings made from other formats.
    pub cache: Option<PathBuf>,
    /// For bookmarks and notes of recordings that cannot be written.
    pub state: Option<PathBuf>,
}
