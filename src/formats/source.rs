//! A file to be imported: opened, uncompressed if necessary, never changed.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::progress::{Progress, ProgressReporter};
use super::temp_file::TempFile;
use kuberewind_model::{Error, ErrorKind, Result};

/// Bytes at the start of a file that importers inspect.
const SAMPLE: usize = 256 * 1024;
/// A compressed file may become this large: a fixed size, plus a multiple of its own size. Logs shrink to a twentieth; more
/// than two hundred times is meant to fill a disk.
const UNPACKED: (u64, u64) = (256 << 20, 200);
/// Bytes per read.
const PIECE: usize = 256 * 1024;

/// A file that can be read at any position.
pub(super) struct Source {
    /// The path as the user gave it.
    pub(super) path: PathBuf,
    /// The uncompressed content.
    pub(super) file: File,
    /// Bytes of the content. Later additions to the file are ignored.
    pub(super) length: u64,
    /// The reason why the content is truncated.
    pub(super) cut: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Packing {
    Plain,
    Gzip,
    Zstd,
    /// A file that cannot be read twice.
    Stream,
}

impl Source {
    /// Opens a file; `-` is standard input. A file that is compressed or can be read only once is copied to a temporary file
    /// in `folder`.
    pub(super) fn open(path: &Path, folder: &Path, progress: &mut ProgressReporter<'_>) -> Result<Source> {
        let cannot = |error: io::Error| Error::new(ErrorKind::Io, format!("cannot read {}", path.display())).because(error);
        if path == Path::new("-") {
            return unpack(path, (Box::new(io::stdin()), None), (Packing::Stream, u64::MAX), folder, progress);
        }
        let file = File::open(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Error::new(ErrorKind::NotFound, format!("there is no file {}", path.display())),
            _ => cannot(error),
        })?;
        let found = file.metadata().map_err(cannot)?;
        if found.is_dir() {
            return Err(Error::new(ErrorKind::Invalid, format!("{} is a directory", path.display())).hint("pass the files in it"));
        }
        let packing = if found.is_file() { packing(&file).map_err(cannot)? } else { Packing::Stream };
        if packing == Packing::Plain {
            return Ok(Source { path: path.to_owned(), file, length: found.len(), cut: None });
        }
        let limit = if found.is_file() { found.len().saturating_mul(UNPACKED.1).saturating_add(UNPACKED.0) } else { u64::MAX };
        // Both share the position, which gives the progress.
        let position = file.try_clone().map_err(cannot)?;
        unpack(path, (Box::new(file), found.is_file().then_some((position, found.len()))), (packing, limit), folder, progress)
    }

    /// The start of the content.
    pub(super) fn sample(&self) -> Result<Vec<u8>> {
        let mut sample = vec![0; SAMPLE];
        let read = read_up_to(&self.file, &mut sample).map_err(|error| self.unreadable(error))?;
        sample.truncate(read);
        Ok(sample)
    }

    pub(super) fn read(&self, at: u64, into: &mut [u8]) -> Result<()> {
        self.file.read_exact_at(into, at).map_err(|error| self.unreadable(error))
    }

    /// The error of a failed read.
    pub(super) fn unreadable(&self, error: io::Error) -> Error {
        Error::new(ErrorKind::Io, format!("cannot read {}", self.path.display())).because(error)
    }
}

fn read_up_to(file: &File, into: &mut [u8]) -> io::Result<usize> {
    let mut read = 0;
    while read < into.len() {
        match file.read_at(&mut into[read..], read as u64)? {
            0 => break,
            more => read += more,
        }
    }
    Ok(read)
}

fn packing(file: &File) -> io::Result<Packing> {
    let mut magic = [0; 4];
    let read = read_up_to(file, &mut magic)?;
    Ok(match &magic[..read] {
        [0x1f, 0x8b, ..] => Packing::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd] => Packing::Zstd,
        _ => Packing::Plain,
    })
}

/// Uncompresses into a temporary file. A truncated file gives the content before the end.
fn unpack(
    path: &Path,
    (raw, mut position): (Box<dyn Read>, Option<(File, u64)>),
    (packing, limit): (Packing, u64),
    folder: &Path,
    progress: &mut ProgressReporter<'_>,
) -> Result<Source> {
    let cannot =
        |error: io::Error| Error::new(ErrorKind::Damaged, format!("cannot uncompress {}", path.display())).because(error);
    let mut reader: Box<dyn Read> = match packing {
        Packing::Gzip => Box::new(MultiGzDecoder::new(BufReader::new(raw))),
        Packing::Zstd => Box::new(zstd::Decoder::new(raw).map_err(cannot)?),
        Packing::Plain | Packing::Stream => raw,
    };
    let mut temp = TempFile::new(folder)?;
    let mut chunk = vec![0; PIECE];
    let mut cut = None;
    loop {
        let (done, total) = match &mut position {
            Some((position, total)) => (position.stream_position().map_err(cannot)?, *total),
            None => (temp.len(), 0),
        };
        progress.at(Progress::Unpacking { done, total })?;
        match reader.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => temp.append(&chunk[..read])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if temp.len() == 0 => return Err(cannot(error)),
            Err(error) => {
                cut = Some(format!("it is truncated there: {error}"));
                break;
            }
        };
        if temp.len() > limit {
            return Err(Error::new(ErrorKind::Invalid, format!("{} is larger than {limit} bytes uncompressed", path.display()))
                .hint("that is unusual for a log; if it is one, uncompress it yourself"));
        }
    }
    let length = temp.len();
    Ok(Source { path: path.to_owned(), file: temp.into_file()?, length, cut })
}
