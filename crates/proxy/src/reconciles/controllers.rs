//! The controllers that the log names when they start, with the kind that each reconciles.

use std::sync::Arc;

use super::known_objects::GroupKind;
use super::reconciled_kinds::{LoggedController, ReconciledKinds};
use kuberewind_model::k8s::actor_name::process_of;

/// Remembered controllers.
const MAX_CONTROLLERS: usize = 512;

/// The controllers of the programs that share one output.
#[derive(Debug, Default)]
pub(super) struct Controllers {
    known: Vec<LoggedController>,
    /// The process that prints, if there is only one.
    process: Option<Arc<str>>,
}

impl Controllers {
    /// The log names a controller. Returns false if it is known.
    pub(super) fn add(&mut self, name: &str, group: &str, kind: &str) -> bool {
        let controller = LoggedController { name: name.into(), kind: GroupKind { group: group.into(), kind: kind.into() } };
        if name.is_empty() || kind.is_empty() || self.known.contains(&controller) || self.known.len() >= MAX_CONTROLLERS {
            return false;
        }
        self.known.push(controller);
        true
    }

    /// Names the only process that watches; `None` if several do, so that the controllers cannot be assigned.
    pub(super) fn set_process(&mut self, process: Option<Arc<str>>) {
        self.process = process;
    }

    /// Sets the kinds of an actor whose controllers are known.
    pub(super) fn prepare(&self, actor: &str, kinds: &mut ReconciledKinds) {
        if self.process.as_deref() == Some(actor) && !self.known.is_empty() {
            kinds.set(&self.known);
        }
    }

    /// True if the log has named controllers of several kinds, and this process runs them.
    pub(super) fn are_several(&self, process: &str) -> bool {
        let kinds = self.known.iter().map(|controller| &controller.kind);
        self.process.as_deref() == Some(process) && kinds.clone().zip(kinds.skip(1)).any(|(one, other)| one != other)
    }

    /// True if the log has named several controllers of this kind, and this process runs them.
    pub(super) fn share(&self, process: &str, kind: &GroupKind) -> bool {
        let of_kind = self.known.iter().filter(|controller| controller.kind == *kind);
        self.process.as_deref() == Some(process) && of_kind.take(2).count() == 2
    }

    /// The actor of the controller with the name of a field manager.
    pub(super) fn named(&self, process: &str, manager: &str) -> Option<Arc<str>> {
        let is_it = |controller: &&LoggedController| *controller.name == *manager && manager != process;
        let controller = self.known.iter().find(is_it).filter(|_| self.process.as_deref() == Some(process))?;
        Some(format!("{process}/{}", controller.name).into())
    }

    /// The actor of a reconcile of this kind, if the process has one controller for it.
    pub(super) fn actor_of(&self, actor: &Arc<str>, kind: &GroupKind) -> Arc<str> {
        if actor.contains('/') || self.process.as_deref() != Some(process_of(actor)) {
            return actor.clone();
        }
        let mut matching = self.known.iter().filter(|controller| controller.kind == *kind);
        match (matching.next(), matching.next()) {
            (Some(only), None) => format!("{actor}/{}", only.name).into(),
            _ => actor.clone(),
        }
    }
}
