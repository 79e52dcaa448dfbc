//! Recordings that are compressed or in an archive, as `kuberewind bundle` makes them: taken out as they are.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;

use super::import_job::{ImportJob, ImportStats};
use super::input::SourceReader;
use super::progress::{Progress, ProgressReporter};
use kuberewind_file::{OpenOptions, Recording, is_recording};
use kuberewind_model::{Error, ErrorKind, History, Result};

/// Bytes per read.
const PIECE: usize = 256 * 1024;

/// True for a recording.
pub(super) fn recognises(sample: &[u8]) -> bool {
    is_recording(sample)
}

/// Copies the recording to the output. Its sessions, its id and its bookmarks stay.
pub(super) fn import(job: &ImportJob, stats: &mut ImportStats, progress: &mut ProgressReporter<'_>) -> Result<()> {
    let [source] = job.sources.as_slice() else {
        return Err(
            Error::new(ErrorKind::Invalid, "several recordings cannot become one").hint("take one of them out of the archive")
        );
    };
    if let Some(why) = &source.cut {
        return Err(Error::new(ErrorKind::Damaged, format!("cannot read {}", source.path.display())).because(why.clone()));
    }
    let cannot = |error: io::Error| Error::new(ErrorKind::Io, format!("cannot write {}", job.output.display())).because(error);
    let mut output = File::options().write(true).create_new(true).mode(0o600).open(&job.output).map_err(cannot)?;
    let mut reader = SourceReader::new(source.clone());
    let (mut piece, mut done) = (vec![0; PIECE], 0);
    loop {
        progress.at(Progress::Unpacking { done, total: source.length })?;
        match reader.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => {
                output.write_all(&piece[..read]).map_err(cannot)?;
                done += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(source.unreadable(error)),
        }
    }
    output.sync_all().map_err(cannot)?;
    let recording = Recording::open(&job.output, &OpenOptions::default())?;
    stats.operations += recording.sessions()?.iter().map(|session| session.operations).sum::<u64>();
    stats.records = stats.operations;
    Ok(())
}
