use std::path::PathBuf;

use kuberewind_file::OpenOptions;

/// The file of the recording, for workers that open it again.
#[derive(Debug, Clone)]
pub struct RecordingLocation {
    pub path: PathBuf,
    /// Options for the indexes that a reader builds.
    pub options: OpenOptions,
}
