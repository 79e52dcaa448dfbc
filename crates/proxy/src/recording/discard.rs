//! `--save-on`: deletes a recording that nothing asked to keep.

use std::path::Path;

use crate::keeping::{Decision, SaveOn};
use kuberewind_model::{Error, ErrorKind, Result};

/// The end of a recording.
#[derive(Debug)]
pub struct End<'a> {
    pub file: &'a Path,
    /// The exit code of the recorded program.
    pub code: u8,
    /// The result of the search for loops.
    pub loops: Result<()>,
}

/// Deletes the file unless there is a reason to keep it. An incomplete search for loops is a reason. Without `save_on` the file
/// stays.
///
/// # Errors
/// [`ErrorKind::Io`] if the file cannot be deleted.
pub fn discard_unless_kept(end: End<'_>, save_on: Option<&SaveOn>, decision: &Decision) -> Result<()> {
    let Some(save_on) = save_on else { return Ok(()) };
    if matches!(save_on, SaveOn::Exit) && end.code != 0 {
        decision.keep("the program failed");
    }
    if let Err(error) = end.loops {
        decision.keep(&format!("the search for loops failed: {}", error.chain()));
    }
    if decision.is_to_keep() {
        return Ok(());
    }
    let failed = |error| {
        Error::new(
            ErrorKind::Io,
            format!("cannot delete the recording {}, which no --save-on condition kept", end.file.display()),
        )
        .because(error)
    };
    std::fs::remove_file(end.file).map_err(failed)?;
    // SQLite's side files remain only if a reader still has the recording open; then it deletes them.
    for suffix in ["-wal", "-shm"] {
        let mut name = end.file.as_os_str().to_owned();
        name.push(suffix);
        std::fs::remove_file(name).ok();
    }
    Ok(())
}
