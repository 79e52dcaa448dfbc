//! The programs that make calls, where several print to one place (`record -- sh -c 'a & b & wait'`).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::proxy::logs;

/// Programs that are told apart.
const MOST: usize = 256;

/// Who makes calls, and who of them runs reconciles.
#[derive(Debug, Default)]
pub(super) struct Programs {
    /// Who makes calls, by the name that Rust gives the modules of such a program.
    callers: HashMap<String, Arc<str>>,
    /// Who was seen to run reconciles.
    runners: HashSet<Arc<str>>,
    /// Of these, who runs two of one object at once: several controllers in one program.
    doubles: HashSet<Arc<str>>,
}

impl Programs {
    /// Somebody makes calls.
    pub(super) fn calls(&mut self, actor: &Arc<str>) {
        if self.callers.len() < MOST && !self.callers.values().any(|known| known == actor) {
            self.callers.insert(actor.replace('-', "_"), actor.clone());
        }
    }

    /// Somebody runs reconciles.
    pub(super) fn runs(&mut self, actor: &Arc<str>) {
        if self.runners.len() < MOST {
            self.runners.insert(actor.clone());
        }
    }

    /// Somebody runs two of one object at once.
    pub(super) fn runs_two_at_once(&mut self, actor: &Arc<str>) {
        if self.doubles.len() < MOST {
            self.doubles.insert(actor.clone());
        }
    }

    /// Whether more than one makes calls.
    pub(super) fn are_several(&self) -> bool {
        self.callers.len() > 1
    }

    /// Whether, of two reconciles of one object at the same time, one at most is this program's.
    pub(super) fn runs_one_at_once(&self, actor: &Arc<str>) -> bool {
        self.runners.len() > 1 && !self.doubles.contains(actor)
    }

    /// Who has printed a line within a reconcile, by the module that the line names.
    pub(super) fn printer(&self, line: &str) -> Option<Arc<str>> {
        logs::program_of(line).and_then(|program| self.callers.get(&program).cloned())
    }
}
