//! A file to be imported: a file as it is, or a part of an archive or of uncompressed content. It never changes.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

use kuberewind_model::{Error, ErrorKind, Result, Timestamp};

/// Bytes at the start of a file that importers inspect.
pub(crate) const SAMPLE: usize = 256 * 1024;

/// Content that can be read at any position.
pub(crate) trait ReadAt {
    /// Bytes of the content.
    fn length(&self) -> u64;

    /// Reads up to `into.len()` bytes at an offset; returns their number, 0 at the end.
    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize>;
}

impl ReadAt for &[u8] {
    fn length(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(at).ok().and_then(|at| self.get(at..)).unwrap_or_default();
        let read = rest.len().min(into.len());
        into[..read].copy_from_slice(&rest[..read]);
        Ok(read)
    }
}

/// A range of a file.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// The path as the user gave it; within an archive, the path in the archive follows.
    pub(crate) path: PathBuf,
    /// The uncompressed content.
    pub(crate) file: Arc<File>,
    /// The offset of the content in `file`.
    pub(crate) start: u64,
    /// Bytes of the content. Later additions to the file are ignored.
    pub(crate) length: u64,
    /// The reason why the content is truncated.
    pub(crate) cut: Option<String>,
    /// When the file was changed last.
    pub(crate) modified: Option<Timestamp>,
    /// True if `path` is the file itself.
    pub(crate) plain: bool,
}

impl Source {
    /// The start of the content.
    pub(crate) fn sample(&self) -> Result<Vec<u8>> {
        let mut sample = vec![0; usize::try_from(self.length).unwrap_or(SAMPLE).min(SAMPLE)];
        let read = read_up_to(self, 0, &mut sample).map_err(|error| self.unreadable(error))?;
        sample.truncate(read);
        Ok(sample)
    }

    pub(crate) fn read(&self, at: u64, into: &mut [u8]) -> Result<()> {
        self.file.read_exact_at(into, self.start.saturating_add(at)).map_err(|error| self.unreadable(error))
    }

    /// The error of a failed read.
    pub(crate) fn unreadable(&self, error: io::Error) -> Error {
        Error::new(ErrorKind::Io, format!("cannot read {}", self.path.display())).because(error)
    }
}

impl ReadAt for Source {
    fn length(&self) -> u64 {
        self.length
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        let limit = usize::try_from(self.length.saturating_sub(at)).unwrap_or(usize::MAX).min(into.len());
        if limit == 0 { Ok(0) } else { self.file.read_at(&mut into[..limit], self.start.saturating_add(at)) }
    }
}

/// Fills `into` from an offset as far as the content reaches.
pub(crate) fn read_up_to(content: &dyn ReadAt, at: u64, into: &mut [u8]) -> io::Result<usize> {
    let mut read = 0;
    while read < into.len() {
        match content.read_at(at.saturating_add(read as u64), &mut into[read..]) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

/// Reads content from its start to its end.
pub(crate) struct Reading<'a> {
    pub(crate) content: &'a dyn ReadAt,
    pub(crate) at: u64,
}

impl io::Read for Reading<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.content.read_at(self.at, into)?;
        self.at = self.at.saturating_add(read as u64);
        Ok(read)
    }
}

impl io::Seek for Reading<'_> {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        self.at = position(self.at, self.content.length(), to)?;
        Ok(self.at)
    }
}

/// Reads a source that it owns.
pub(crate) struct SourceReader {
    source: Source,
    at: u64,
}

impl SourceReader {
    pub(crate) fn new(source: Source) -> SourceReader {
        SourceReader { source, at: 0 }
    }
}

impl io::Read for SourceReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read_at(self.at, into)?;
        self.at = self.at.saturating_add(read as u64);
        Ok(read)
    }
}

impl io::Seek for SourceReader {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        self.at = position(self.at, self.source.length, to)?;
        Ok(self.at)
    }
}

fn position(at: u64, length: u64, to: io::SeekFrom) -> io::Result<u64> {
    let at = match to {
        io::SeekFrom::Start(at) => Some(at),
        io::SeekFrom::End(by) => length.checked_add_signed(by),
        io::SeekFrom::Current(by) => at.checked_add_signed(by),
    };
    at.ok_or_else(|| io::ErrorKind::InvalidInput.into())
}
