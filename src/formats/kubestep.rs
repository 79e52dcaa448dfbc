//! KubeStep's databases. The file crate converts them when it opens them; this is their row in the table.

use super::import_job::{ImportJob, ImportStats};
use super::progress::ProgressReporter;
use kuberewind_model::{Error, ErrorKind, Result};

/// True for any SQLite database. Its kind is checked when it is opened.
pub(super) fn recognises(sample: &[u8]) -> bool {
    sample.starts_with(b"SQLite format 3\0")
}

/// Imports a database with all its sessions.
pub(super) fn import(job: &ImportJob, stats: &mut ImportStats, _: &mut ProgressReporter<'_>) -> Result<()> {
    let [source] = job.sources.as_slice() else {
        return Err(Error::new(ErrorKind::Invalid, "cannot import several KubeStep databases into one session")
            .hint("import them one by one"));
    };
    stats.operations += kuberewind_file::convert_kubestep(&source.path, &job.output, job.import.recording_id)?;
    stats.records = stats.operations;
    Ok(())
}
