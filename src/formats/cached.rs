//! Opening what is no recording: it is converted once, and the recording is kept in the cache.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::cache;
use super::import::{self, ImportOptions};
use super::importers::{Importer, recognise};
use super::progress::{OnProgress, Watcher};
use kuberewind_model::{Error, ErrorKind, Result};

/// How much of the beginning importers look at.
const SAMPLE: u64 = 256 * 1024;

/// A file that was converted.
pub struct Opened {
    /// The recording in the cache.
    pub recording: PathBuf,
    /// What the file was read as.
    pub importer: &'static Importer,
}

/// The recording that stands for a file of another format: from the cache, or made now. `key` is that of replaced
/// secrets. The file stays as it is.
///
/// # Errors
/// [`ErrorKind::NotARecording`] where nobody recognises it, with what was tried; as [`import()`](super::import()) where it is converted.
pub fn opened(path: &Path, cache: &Path, key: [u8; 32], on_progress: &mut OnProgress<'_>) -> Result<Opened> {
    let cannot = |error: io::Error| Error::new(ErrorKind::Io, format!("cannot read {}", path.display())).because(error);
    let sample = sample(path).map_err(cannot)?;
    let importer = recognise(&sample).ok_or_else(|| import::not_recognised(path))?;
    let entry =
        cache::CacheEntry { format: importer.name, version: importer.version, id: cache::content_id(path).map_err(cannot)? };
    let recording = cache::recording(cache, &entry, path, |part| {
        let options = ImportOptions {
            output: part.to_owned(),
            session: None,
            // The same file is the same recording, so that what was noted about it is found again.
            recording_id: entry.id,
            key,
            rules: Vec::new(),
        };
        import::into(&[path.to_owned()], &options, part, &mut Watcher(on_progress)).map(|_| ())
    })?;
    Ok(Opened { recording, importer })
}

/// The unpacked beginning of a file.
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
        // What breaks off early may still be recognised by what there is of it.
        Err(_) if !sample.is_empty() => Ok(sample),
        Err(error) => Err(error),
        Ok(_) => Ok(sample),
    }
}
