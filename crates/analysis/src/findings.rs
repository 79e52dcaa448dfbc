//! The findings of one run.

use super::finding::Finding;

/// The most findings kept. Further ones are only counted.
const MAX_FINDINGS: usize = 4_096;

/// The handle of a finding that grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FindingId(usize);

/// The findings so far.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    findings: Vec<Finding>,
    fresh: Vec<usize>,
    detector: &'static str,
    overflow: u64,
}

impl Findings {
    /// Whose findings come next.
    pub(crate) fn set_detector(&mut self, detector: &'static str) {
        self.detector = detector;
    }

    /// Reports a finding. `None` when the findings is full: then it is only counted.
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

    /// The finding goes on.
    pub fn update(&mut self, finding_id: FindingId, more: impl FnOnce(&mut Finding)) {
        if let Some(finding) = self.findings.get_mut(finding_id.0) {
            more(finding);
        }
    }

    /// All of them, in the order in which they were found.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Those reported since the last call, as they are now.
    pub fn take_new(&mut self) -> Vec<Finding> {
        let fresh = std::mem::take(&mut self.fresh);
        fresh.into_iter().filter_map(|at| self.findings.get(at).cloned()).collect()
    }

    /// How many did not fit.
    #[must_use]
    pub fn overflow(&self) -> u64 {
        self.overflow
    }
}
