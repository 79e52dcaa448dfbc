//! Verifies a file of another format: checks the file itself, and tells what its conversion changed and left out.

use std::path::Path;

use super::cached::CachedRecording;
use super::foreign_report::ForeignReport;
use super::kubestep;
use kuberewind_model::Result;

/// Verifies a file that was converted. Its recording is verified by the caller.
///
/// # Errors
/// The file cannot be read.
pub fn verify_foreign(path: &Path, converted: &CachedRecording, cache: &Path) -> Result<ForeignReport> {
    let changes = converted.importer.changes.iter().map(|change| (*change).to_owned()).collect();
    let mut report = ForeignReport { changes, ..ForeignReport::default() };
    if converted.importer.name == "kubestep" {
        kubestep::verify(path, cache, &mut report)?;
    }
    report.gaps.extend(converted.first_unreadable());
    Ok(report)
}
