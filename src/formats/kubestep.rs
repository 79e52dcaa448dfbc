//! KubeStep's databases. The store converts them itself, as it opens them; this is the row in the table.

use super::progress::Watcher;
use super::work::{Tally, Work};
use kuberewind_model::{Error, ErrorKind, Result};

/// Whether it is a database at all. Which sort is asked when it is opened.
pub(super) fn recognises(sample: &[u8]) -> bool {
    sample.starts_with(b"SQLite format 3\0")
}

/// Imports a database with all its sessions.
pub(super) fn import(work: &Work, tally: &mut Tally, _: &mut Watcher<'_>) -> Result<()> {
    let [source] = work.sources.as_slice() else {
        return Err(
            Error::new(ErrorKind::Invalid, "several KubeStep databases cannot become one session").hint("import them one by one")
        );
    };
    tally.operations += kuberewind_file::convert_kubestep(&source.path, &work.output, work.import.recording_id)?;
    tally.records = tally.operations;
    Ok(())
}
