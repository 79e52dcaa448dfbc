//! The kinds that an actor reconciles, as far as its traffic and its log show.
//!
//! A controller sets itself as the owner of what it creates, and writes the status of what it reconciles. controller-runtime prints
//! the kind of each controller when it starts.

use std::sync::Arc;

use super::known_objects::GroupKind;

/// Kinds remembered per actor.
const MAX_KINDS: usize = 256;

/// A controller that the log names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LoggedController {
    pub(super) name: Arc<str>,
    pub(super) kind: GroupKind,
}

#[derive(Debug, Clone, Default)]
pub(super) struct ReconciledKinds {
    kinds: Vec<GroupKind>,
    /// Kinds of objects that the actor creates: they belong to what it reconciles.
    created: Vec<GroupKind>,
    /// True if the log has named all controllers of the process.
    pub(super) complete: bool,
}

impl ReconciledKinds {
    pub(super) fn learn(&mut self, kind: &GroupKind) {
        if !self.complete && self.kinds.len() < MAX_KINDS && !self.kinds.contains(kind) {
            self.kinds.push(kind.clone());
        }
    }

    pub(super) fn learn_created(&mut self, kind: &GroupKind) {
        if self.created.len() < MAX_KINDS && !self.created.contains(kind) {
            self.created.push(kind.clone());
        }
    }

    pub(super) fn creates(&self, kind: &GroupKind) -> bool {
        self.created.contains(kind)
    }

    /// The log has named the controllers, and so all kinds.
    pub(super) fn set(&mut self, controllers: &[LoggedController]) {
        self.kinds.clear();
        self.complete = false;
        controllers.iter().for_each(|controller| self.learn(&controller.kind));
        self.complete = true;
    }

    pub(super) fn contains(&self, kind: &GroupKind) -> bool {
        self.kinds.contains(kind)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// True if the actor reconciles this kind and no other.
    pub(super) fn is_only(&self, kind: &GroupKind) -> bool {
        matches!(self.kinds.as_slice(), [only] if only == kind)
    }

    /// True if the controller has the name of the kind: `deployment-controller`.
    pub(super) fn is_named_by(controller: &str, kind: &GroupKind) -> bool {
        let stem: String = controller.trim_end_matches("-controller").chars().filter(|c| *c != '-').collect();
        !stem.is_empty() && stem.eq_ignore_ascii_case(&kind.kind)
    }
}
