//! The findings of one run.

use super::finding::Finding;

/// The most findings kept. Further ones are only counted.
const MAX_FINDINGS: usize = 4_096;

/// Identifies a reported finding for updates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FindingId(usize);

#[derive(Debug, Clone, Default)]
pub struct Findings {
    findings: Vec<Finding>,
    fresh: Vec<usize>,
    detector: &'static str,
    overflow: u64,
}

impl Findings {
    /// Sets the detector of the findings reported next.
    pub(crate) fn set_detector(&mut self, detector: &'static str) {
        self.detector = detector;
    }

    /// Adds a finding. Returns `None` if the limit is reached; the finding is then only counted.
    pub fn report(&mut self, mut finding: Finding) -> Option<FindingId> {
        if self.findings.len() >= MAX_FINDINGS {
            self.overflow += 1;
            return None;
        }
        self.detector.clone_into(&mut finding.detector);
        self.fresh.push(self.findings.len());
        self.findings.push(finding);
        Some(FindingId(self.findings.len() - 1))
    }

    /// Changes a reported finding.
    pub fn update(&mut self, finding_id: FindingId, more: impl FnOnce(&mut Finding)) {
        if let Some(finding) = self.findings.get_mut(finding_id.0) {
            more(finding);
        }
    }

    /// In the order in which they were reported.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Returns the positions of the findings reported since the last call.
    pub(crate) fn take_new(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.fresh)
    }

    /// The number of findings above the limit.
    #[must_use]
    pub fn overflow(&self) -> u64 {
        self.overflow
    }
}
