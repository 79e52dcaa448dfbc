//! A file to be imported: opened, unpacked where it is compressed, never changed.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::progress::{Progress, Watcher};
use super::spool::Spool;
use kuberewind_model::{Error, ErrorKind, Result};

/// How much of the beginning importers look at to recognise a file.
const SAMPLE: usize = 256 * 1024;
/// What a compressed file may unpack to: so much in any case, and so many times its own size. Logs shrink to a
/// twentieth; what goes beyond two hundred times was made to fill a disk.
const UNPACKED: (u64, u64) = (256 << 20, 200);
/// Read at once.
const PIECE: usize = 256 * 1024;

/// A file whose content can be read anywhere.
pub(super) struct Source {
    /// As the user named it.
    pub(super) path: PathBuf,
    /// The content, unpacked.
    pub(super) file: File,
    /// Bytes of it. What is written behind them later is not looked at.
    pub(super) length: u64,
    /// Why it ends before its end.
    pub(super) cut: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Packing {
    Plain,
    Gzip,
    Zstd,
    /// Not a file that can be read twice.
    Stream,
}

impl Source {
    /// Opens a file; `-` is standard input. What is compressed, or can be read only once, is unpacked into a temporary
    /// file in `folder`.
    pub(super) fn open(path: &Path, folder: &Path, watcher: &mut Watcher<'_>) -> Result<Source> {
        let cannot = |error: io::Error| Error::new(ErrorKind::Io, format!("cannot read {}", path.display())).because(error);
        if path == Path::new("-") {
            return unpack(path, (Box::new(io::stdin()), None), (Packing::Stream, u64::MAX), folder, watcher);
        }
        let file = File::open(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Error::new(ErrorKind::NotFound, format!("there is no file {}", path.display())),
            _ => cannot(error),
        })?;
        let found = file.metadata().map_err(cannot)?;
        if found.is_dir() {
            return Err(Error::new(ErrorKind::Invalid, format!("{} is a directory", path.display())).hint("name the files in it"));
        }
        let packing = if found.is_file() { packing(&file).map_err(cannot)? } else { Packing::Stream };
        if packing == Packing::Plain {
            return Ok(Source { path: path.to_owned(), file, length: found.len(), cut: None });
        }
        let most = if found.is_file() { found.len().saturating_mul(UNPACKED.1).saturating_add(UNPACKED.0) } else { u64::MAX };
        // The two share the place where they are read, which tells how far it is.
        let place = file.try_clone().map_err(cannot)?;
        unpack(path, (Box::new(file), found.is_file().then_some((place, found.len()))), (packing, most), folder, watcher)
    }

    /// Its beginning.
    pub(super) fn sample(&self) -> Result<Vec<u8>> {
        let mut sample = vec![0; SAMPLE];
        let read = read_up_to(&self.file, &mut sample).map_err(|error| self.unreadable(error))?;
        sample.truncate(read);
        Ok(sample)
    }

    /// A piece of it.
    pub(super) fn read(&self, at: u64, into: &mut [u8]) -> Result<()> {
        self.file.read_exact_at(into, at).map_err(|error| self.unreadable(error))
    }

    /// The error of a read.
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

/// Unpacks into a temporary file. What breaks off in between gives what came before.
fn unpack(
    path: &Path,
    (raw, mut place): (Box<dyn Read>, Option<(File, u64)>),
    (packing, most): (Packing, u64),
    folder: &Path,
    watcher: &mut Watcher<'_>,
) -> Result<Source> {
    let cannot = |error: io::Error| Error::new(ErrorKind::Damaged, format!("cannot unpack {}", path.display())).because(error);
    let mut reader: Box<dyn Read> = match packing {
        Packing::Gzip => Box::new(MultiGzDecoder::new(BufReader::new(raw))),
        Packing::Zstd => Box::new(zstd::Decoder::new(raw).map_err(cannot)?),
        Packing::Plain | Packing::Stream => raw,
    };
    let mut spool = Spool::new(folder)?;
    let mut piece = vec![0; PIECE];
    let mut cut = None;
    loop {
        let (done, total) = match &mut place {
            Some((place, total)) => (place.stream_position().map_err(cannot)?, *total),
            None => (spool.len(), 0),
        };
        watcher.at(Progress::Unpacking { done, total })?;
        match reader.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => spool.append(&piece[..read])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if spool.len() == 0 => return Err(cannot(error)),
            Err(error) => {
                cut = Some(format!("it breaks off there: {error}"));
                break;
            }
        };
        if spool.len() > most {
            return Err(Error::new(ErrorKind::Invalid, format!("{} unpacks to more than {most} bytes", path.display()))
                .hint("that is far more than logs do; unpack it yourself if it is one"));
        }
    }
    let length = spool.len();
    Ok(Source { path: path.to_owned(), file: spool.into_file()?, length, cut })
}
