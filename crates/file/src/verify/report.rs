//! The report of a verification.

/// Further findings are counted, not listed.
const MAX_FINDINGS: usize = 1000;

/// One inconsistency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyFinding {
    /// The name of the check: `sequence`, `bodies`, `segments`, `trails`, `counters`, `summaries`, `spans`, `words`, `times`,
    /// `rows`, `lengths`, `file`.
    pub check: &'static str,
    /// One sentence.
    pub sentence: String,
}

/// The result of a verification.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// At most 1,000 findings.
    pub findings: Vec<VerifyFinding>,
    /// The number of findings, including those that are not listed.
    pub total: usize,
    /// Notable facts that are not errors: sessions that ended uncleanly, or are still being written.
    pub remarks: Vec<String>,
    /// The number of checked operations.
    pub operations: u64,
    /// The number of decoded bodies.
    pub bodies: u64,
}

impl VerifyReport {
    #[must_use]
    pub fn is_fine(&self) -> bool {
        self.total == 0
    }

    pub(super) fn add(&mut self, check: &'static str, sentence: impl Into<String>) {
        self.total += 1;
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(VerifyFinding { check, sentence: sentence.into() });
        }
    }
}
