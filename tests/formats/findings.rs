//! Findings in an imported recording.

use std::ops::ControlFlow;

use kuberewind_analysis::finding::Severity;
use kuberewind_analysis::run;
use kuberewind_analysis::settings::Settings;

use super::imported::Made;

/// The troubles: detector, severity and sentence.
pub fn findings(made: &Made) -> Vec<String> {
    let settings = Settings::default();
    let analysis = run(made.history(), made.open.lineage(), "x", &settings, &mut |_| ControlFlow::Continue(())).unwrap();
    let troubles = analysis.findings.iter().filter(|finding| finding.severity >= Severity::Warning);
    troubles.map(|finding| format!("{}: {}", finding.detector, finding.sentence)).collect()
}
