//! Repeated events that become one finding.

use super::cadence::Cadence;
use crate::finding::Finding;
use crate::findings::{FindingId, Findings};

/// A series of events, and the finding it has become.
#[derive(Debug, Default)]
pub(super) struct Series {
    pub cadence: Cadence,
    finding_id: Option<FindingId>,
}

impl Series {
    /// Updates the finding with the latest event. Without a finding, `make` decides whether to report one; number, pace and
    /// evidence are added here.
    pub fn report(&mut self, findings: &mut Findings, make: impl FnOnce(&Cadence) -> Option<Finding>) {
        let (cadence, rounds, took) = (&self.cadence, self.cadence.count, self.cadence.took());
        if let Some(finding_id) = self.finding_id {
            findings.update(finding_id, |finding| {
                finding.add_evidence(cadence.last);
                finding.rounds = rounds;
                finding.set_pace(1, rounds.saturating_sub(1), took);
            });
        } else if let Some(finding) = make(cadence) {
            self.finding_id =
                findings.report(finding.evidence(cadence.seqs()).rounds(rounds).pace(1, rounds.saturating_sub(1), took));
        }
    }
}
