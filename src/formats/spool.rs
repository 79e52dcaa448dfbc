//! A temporary file without a name: what has to be looked at twice and cannot be read twice from where it is.
//!
//! It is opened for its owner alone and unlinked before anything is written, so that nothing is left of it, however the
//! program ends.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use kuberewind_model::{Error, ErrorKind, Result};

/// Written at once.
const BUFFER: usize = 256 * 1024;
/// Names that are tried before giving up.
const NAMES: u32 = 1_000;

/// A growing file that is read anywhere.
pub(super) struct Spool {
    file: File,
    buffer: Vec<u8>,
    written: u64,
}

impl Spool {
    /// An empty one in a folder.
    pub(super) fn new(folder: &Path) -> Result<Spool> {
        let file = nameless(folder).map_err(|error| {
            Error::new(ErrorKind::Io, format!("no temporary file can be made in {}", folder.display())).because(error)
        })?;
        Ok(Spool { file, buffer: Vec::new(), written: 0 })
    }

    /// Bytes in it.
    pub(super) fn len(&self) -> u64 {
        self.written.saturating_add(self.buffer.len() as u64)
    }

    /// Adds to its end; gives the offset.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<u64> {
        let at = self.len();
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER {
            self.flush()?;
        }
        Ok(at)
    }

    /// Reads exactly so much from an offset.
    pub(super) fn read(&mut self, at: u64, into: &mut [u8]) -> Result<()> {
        if at.saturating_add(into.len() as u64) > self.written {
            self.flush()?;
        }
        self.file.read_exact_at(into, at).map_err(failed)
    }

    /// The file itself, with all that was added.
    pub(super) fn into_file(mut self) -> Result<File> {
        self.flush()?;
        Ok(self.file)
    }

    fn flush(&mut self) -> Result<()> {
        self.file.write_all(&self.buffer).map_err(failed)?;
        self.written = self.len();
        self.buffer.clear();
        Ok(())
    }
}

fn failed(error: io::Error) -> Error {
    Error::new(ErrorKind::Io, "the temporary file cannot be used").because(error)
}

fn nameless(folder: &Path) -> io::Result<File> {
    for number in 0..NAMES {
        let path = folder.join(format!(".kuberewind-{}-{number}.part", std::process::id()));
        match OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path) {
            Ok(file) => {
                fs::remove_file(&path)?;
                return Ok(file);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}
