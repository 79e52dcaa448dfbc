//! An anonymous temporary file, for input that has to be read twice and comes from a stream or a compressed file.
//!
//! Only its owner can open it, and it has no name, so that nothing is left of it however the program ends.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use kuberewind_model::{Error, ErrorKind, Result};

/// Bytes per write.
const BUFFER: usize = 256 * 1024;

/// A growing file that can be read at any position.
pub(super) struct TempFile {
    file: Arc<File>,
    buffer: Vec<u8>,
    written: u64,
}

impl TempFile {
    /// Creates an empty file in a folder.
    pub(super) fn new(folder: &Path) -> Result<TempFile> {
        let file = tempfile::tempfile_in(folder).map_err(|error| {
            Error::new(ErrorKind::Io, format!("cannot create a temporary file in {}", folder.display())).because(error)
        })?;
        Ok(TempFile { file: Arc::new(file), buffer: Vec::new(), written: 0 })
    }

    /// Bytes in the file.
    pub(super) fn len(&self) -> u64 {
        self.written.saturating_add(self.buffer.len() as u64)
    }

    /// Appends bytes; returns their offset.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<u64> {
        let at = self.len();
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER {
            self.flush()?;
        }
        Ok(at)
    }

    /// Fills `into` from an offset.
    pub(super) fn read(&mut self, at: u64, into: &mut [u8]) -> Result<()> {
        if at.saturating_add(into.len() as u64) > self.written {
            self.flush()?;
        }
        self.file.read_exact_at(into, at).map_err(failed)
    }

    /// The file with all bytes appended so far. Bytes that are appended later follow them.
    pub(super) fn share(&mut self) -> Result<Arc<File>> {
        self.flush()?;
        Ok(self.file.clone())
    }

    fn flush(&mut self) -> Result<()> {
        self.file.write_all_at(&self.buffer, self.written).map_err(failed)?;
        self.written = self.len();
        self.buffer.clear();
        Ok(())
    }
}

fn failed(error: io::Error) -> Error {
    Error::new(ErrorKind::Io, "cannot use the temporary file").because(error)
}
