//! Opens a file of another format: converts it once and keeps the recording in the cache.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::cache;
use super::import::{self, ImportOptions};
use super::importers::{Importer, recognise};
use super::progress::{OnProgress, ProgressReporter};
use kuberewind_model::{Error, ErrorKind, Result};

/// Bytes at the start of a file that importers inspect.
const SAMPLE: u64 = 256 * 1024;

/// A file that was converted.
pub struct CachedRecording {
    /// The recording in the cache.
    pub recording: PathBuf,
    /// The importer that read the file.
    pub importer: &'static Importer,
}

/// Returns the recording of a file in another format, from the cache or newly converted. `key` hashes secrets. The file
/// itself does not change.
///
/// # Errors
/// [`ErrorKind::NotARecording`] if no importer recognises the file; as [`import()`](super::import()) if it is converted.
pub fn open_cached(path: &Path, cache: &Path, key: [u8; 32], on_progress: &mut OnProgress<'_>) -> Result<CachedRecording> {
    let cannot = |error: io::Error| Error::new(ErrorKind::Io, format!("cannot read {}", path.display())).because(error);
    let sample = sample(path).map_err(cannot)?;
    let importer = recognise(&sample).ok_or_else(|| import::not_recognised(path))?;
    let entry =
        cache::CacheEntry { format: importer.name, version: importer.version, id: cache::content_id(path).map_err(cannot)? };
    let recording = cache::recording(cache, &entry, path, |part| {
        let options = ImportOptions {
            output: part.to_owned(),
            session: None,
            // The same file has the same recording id, so that its notes are found again.
            recording_id: entry.id,
            key,
            rules: Vec::new(),
        };
        import::into(&[path.to_owned()], &options, part, &mut ProgressReporter(on_progress)).map(|_| ())
    })?;
    Ok(CachedRecording { recording, importer })
}

/// The uncompressed start of a file.
fn sample(path: &Path) -> io::Result<Vec<u8>> {
    let mut magic = Vec::new();
    File::open(path)?.take(4).read_to_end(&mut magic)?;
    let file = BufReader::new(File::open(path)?);
    let mut reader: Box<dyn Read> = match magic.as_slice() {
        [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(file)),
        [0x28, 0xb5, 0x2f, 0xfd] => Box::new(zstd::Decoder::with_buffer(file)?),
        _ => Box::new(file),
    };
    let mut sample = Vec::new();
    match reader.by_ref().take(SAMPLE).read_to_end(&mut sample) {
        // A truncated file may still be recognised by its start.
        Err(_) if !sample.is_empty() => Ok(sample),
        Err(error) => Err(error),
        Ok(_) => Ok(sample),
    }
}
