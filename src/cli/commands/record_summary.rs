//! The summary at the end of `kuberewind record`: what is in the session, and how to open it.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::cli::{output, recent, source};
use kuberewind_analysis::finding::Severity;
use kuberewind_analysis::findings;
use kuberewind_analysis::settings::Settings;
use kuberewind_model::{ErrorKind, Result};
use kuberewind_session::OpenRecording;
use kuberewind_text::{counted, shell_quote};

/// The time that the search for findings may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// Prints the summary of a recording that was kept. The exit code is that of the recorded program, so that an error is only reported.
pub fn print(file: &Path) {
    if !file.exists() {
        return;
    }
    recent::remember(file);
    match summary(file) {
        Ok(summary) => output::note(&summary),
        Err(error) => output::note(&error.chain()),
    }
}

/// Returns the summary of the newest session of a recording.
fn summary(file: &Path) -> Result<String> {
    let recording = OpenRecording::new(source::open_quietly(file)?, None)?;
    let session = recording.session();
    let began = Instant::now();
    let found =
        findings(recording.source(), recording.source(), (session, recording.lineage()), &Settings::default(), &mut |_| {
            if began.elapsed() > PATIENCE { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
    let name = file.display().to_string();
    let file = shell_quote(&name);
    let troubles = match found {
        Ok(analysis) => {
            let troubles = analysis.findings.iter().filter(|finding| finding.severity >= Severity::Warning).count();
            counted(u64::try_from(troubles).unwrap_or(u64::MAX), "finding")
        }
        Err(error) if error.kind() == ErrorKind::Interrupted => format!("findings: `kuberewind analyze {file}`"),
        Err(error) => return Err(error),
    };
    let operations = counted(session.operations, "operation");
    let reconciles = counted(session.spans, "reconcile");
    Ok(format!("recorded {operations}, {reconciles}, {troubles}; open it with `kuberewind {file}`"))
}
