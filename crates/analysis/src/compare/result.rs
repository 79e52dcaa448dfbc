//! The result of a comparison.

use kuberewind_model::{Moment, Seq, VersionId};

use super::change::ChangedPath;
use crate::finding::Finding;

#[derive(Debug, Clone)]
pub struct Comparison {
    /// The moments after which both sessions were compared.
    pub after: (Moment, Moment),
    /// All writes of both sessions in the order of the old one.
    pub steps: Vec<Step>,
    /// The first step that is not the same.
    pub first_divergence: Option<Divergence>,
    pub end: WorldDifference,
    pub findings: Troubles,
}

/// One write of one session, or a pair of writes of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    pub kind: StepKind,
    pub old: Option<Seq>,
    pub new: Option<Seq>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StepKind {
    /// Both sessions made the same change.
    Same,
    /// Only the new session made it.
    New,
    /// Only the old session made it.
    Missing,
    /// Both changed the same fields, to different values.
    Different,
}

/// Numbers of writes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub same: u64,
    pub new: u64,
    pub missing: u64,
    pub different: u64,
}

impl Comparison {
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for step in &self.steps {
            *match step.kind {
                StepKind::Same => &mut counts.same,
                StepKind::New => &mut counts.new,
                StepKind::Missing => &mut counts.missing,
                StepKind::Different => &mut counts.different,
            } += 1;
        }
        counts
    }

    /// True if both sessions made the same writes, ended in the same world and have the same findings.
    #[must_use]
    pub fn is_same(&self) -> bool {
        let findings = &self.findings;
        self.first_divergence.is_none() && self.end.is_same() && findings.gone.is_empty() && findings.new.is_empty()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Divergence {
    pub step: Step,
    /// JSON pointers of the fields that the writes of the step changed.
    pub fields: Vec<String>,
}

/// The difference between the worlds at the end of both sessions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorldDifference {
    /// The objects that differ, by name, at most 1,000.
    pub objects: Vec<ObjectDifference>,
    /// The number of further objects that differ.
    pub more: u64,
}

impl WorldDifference {
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.objects.is_empty() && self.more == 0
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectDifference {
    /// `Kind/namespace/name`.
    pub object: String,
    /// Its version at the end of the old session; `None` if it is not present.
    pub old: Option<VersionId>,
    /// Its version at the end of the new session; `None` if it is not present.
    pub new: Option<VersionId>,
    /// The fields that differ. Empty if the object is present in one world only.
    pub paths: Vec<ChangedPath>,
}

/// The findings of both sessions with severity warning or error.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Troubles {
    /// Only the old session has them.
    pub gone: Vec<Trouble>,
    pub still: Vec<Trouble>,
    /// Only the new session has them.
    pub new: Vec<Trouble>,
}

/// A finding. Of one that both sessions have, that of the new session.
#[derive(Debug, Clone, PartialEq)]
pub struct Trouble {
    pub finding: Finding,
}
