use kuberewind_analysis::finding::Finding;
use kuberewind_model::Seq;

/// A finding with one line of text for each operation that it cites.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingEvidence {
    pub finding: Finding,
    /// The lines do not contain the operation's number.
    pub evidence: Vec<(Seq, String)>,
}
