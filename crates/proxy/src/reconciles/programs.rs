//! The programs that make calls, if several share one output (`record -- sh -c 'a & b & wait'`).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Programs followed at the same time.
const MAX_PROGRAMS: usize = 256;

#[derive(Debug, Default)]
pub(super) struct Programs {
    /// Actors of calls, by the name of their Rust crate.
    callers: HashMap<String, Arc<str>>,
    /// Actors that run reconciles.
    runners: HashSet<Arc<str>>,
    /// Actors that run two reconciles of one object at the same time: programs with several controllers.
    concurrent: HashSet<Arc<str>>,
}

impl Programs {
    pub(super) fn caller(&mut self, process: &str) {
        if self.callers.len() < MAX_PROGRAMS && !self.callers.values().any(|known| **known == *process) {
            self.callers.insert(process.replace('-', "_"), process.into());
        }
    }

    pub(super) fn runner(&mut self, actor: &Arc<str>) {
        if self.runners.len() < MAX_PROGRAMS {
            self.runners.insert(actor.clone());
        }
    }

    pub(super) fn runs_concurrently(&mut self, actor: &Arc<str>) {
        if self.concurrent.len() < MAX_PROGRAMS {
            self.concurrent.insert(actor.clone());
        }
    }

    /// True if more than one actor makes calls.
    pub(super) fn are_several(&self) -> bool {
        self.callers.len() > 1
    }

    /// True if at most one of two simultaneous reconciles of an object is this program's.
    pub(super) fn runs_one_at_a_time(&self, actor: &str) -> bool {
        self.runners.len() > 1 && !self.concurrent.contains(actor)
    }

    /// The program that printed a line within a reconcile, by the module in the line.
    pub(super) fn printer(&self, line: &str) -> Option<Arc<str>> {
        kuberewind_logs::program_of(line).and_then(|program| self.callers.get(&program).cloned())
    }
}
