//! Opens a file of another format: converts it once and keeps the recording in the cache.

use std::io;
use std::path::{Path, PathBuf};

use super::cache::{Cache, Entry, unreadable_of};
use super::identity;
use super::import::{self, ImportOptions};
use super::importers::Importer;
use super::progress::{OnProgress, ProgressReporter};
use kuberewind_model::{Error, ErrorKind, Result};
use kuberewind_text::counted;

/// A file that was converted.
pub struct CachedRecording {
    /// The recording in the cache.
    pub recording: PathBuf,
    /// The importer that read the file.
    pub importer: &'static Importer,
}

impl CachedRecording {
    /// Unreadable input: the number of records and the first one.
    #[must_use]
    pub fn first_unreadable(&self) -> Option<String> {
        std::fs::read_to_string(unreadable_of(&self.recording)).ok()
    }
}

/// Returns the recording of a file or folder in another format, from the cache or newly converted. `key` hashes secrets. The file
/// itself does not change, and is not read whole when it is opened again.
///
/// # Errors
/// [`ErrorKind::NotARecording`] if no importer recognises the file; as [`import()`](super::import()) if it is converted.
pub fn open_cached(path: &Path, cache: &Path, key: [u8; 32], on_progress: &mut OnProgress<'_>) -> Result<CachedRecording> {
    let cannot = |error: io::Error| Error::new(ErrorKind::Io, format!("cannot read {}", path.display())).because(error);
    let cache = Cache::open(cache)?;
    let identity = identity::quick(path).map_err(cannot)?;
    if let Some(Entry { recording, importer }) = cache.linked(identity) {
        return Ok(CachedRecording { recording, importer });
    }
    let content = identity::content(path).map_err(cannot)?;
    let entry = match cache.find(content) {
        Some(entry) => entry,
        None => cache.add(content, |part| {
            let options = ImportOptions {
                output: part.to_owned(),
                session: None,
                // The same file has the same recording id, so that its notes are found again.
                recording_id: content,
                key,
                rules: Vec::new(),
            };
            let imported = import::into(&[path.to_owned()], &options, part, &mut ProgressReporter(on_progress))?;
            let importer = imported.importers.first().copied().ok_or_else(|| import::not_recognised(path))?;
            let unreadable = imported
                .first_unreadable
                .map(|first| format!("{} not read; the first: {first}", counted(imported.unreadable, "record")));
            Ok((importer, unreadable))
        })?,
    };
    cache.remember(identity, &entry)?;
    Ok(CachedRecording { recording: entry.recording, importer: entry.importer })
}
