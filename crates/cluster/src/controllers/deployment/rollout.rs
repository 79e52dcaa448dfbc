//! One Deployment and its ReplicaSets during a reconcile.

use std::sync::Arc;

use serde_json::Value;

use super::limits::replicas;
use crate::controllers::controller::Context;
use crate::controllers::event::Event;
use crate::controllers::kind::{DEPLOYMENTS, REPLICA_SETS};
use crate::controllers::plan::{Plan, Step, Write};
use crate::controllers::template;
use crate::controllers::value::{count, time};
use crate::meta;

/// A ReplicaSet that the reconcile may change.
#[derive(Debug, Clone)]
pub(super) struct Set {
    /// The state that the controller saw; `None` for a new one.
    pub(super) before: Option<Arc<Value>>,
    pub(super) now: Value,
}

impl Set {
    pub(super) fn name(&self) -> &str {
        meta::text(&self.now, "name")
    }

    pub(super) fn wanted(&self) -> i64 {
        replicas(&self.now)
    }

    pub(super) fn has(&self, count_of: &str) -> i64 {
        count(&self.now, &format!("/status/{count_of}"))
    }
}

pub(super) struct Rollout<'a> {
    pub(super) before: &'a Arc<Value>,
    /// The Deployment with its new status.
    pub(super) now: Value,
    /// The ReplicaSets, oldest first.
    pub(super) sets: Vec<Set>,
    /// The index of the ReplicaSet that has the current template.
    pub(super) new: Option<usize>,
    pub(super) events: Vec<Event>,
    pub(super) deleted: Vec<Arc<Value>>,
    pub(super) context: &'a Context,
    pub(super) again: Option<kuberewind_model::Timestamp>,
}

impl<'a> Rollout<'a> {
    pub(super) fn new(deployment: &'a Arc<Value>, mut sets: Vec<Arc<Value>>, context: &'a Context) -> Rollout<'a> {
        sets.sort_by_cached_key(|set| (time(set, "/metadata/creationTimestamp"), meta::text(set, "name").to_owned()));
        let current = &deployment["spec"]["template"];
        Rollout {
            before: deployment,
            now: (**deployment).clone(),
            new: sets.iter().position(|set| template::same(&set["spec"]["template"], current)),
            sets: sets.into_iter().map(|set| Set { now: (*set).clone(), before: Some(set) }).collect(),
            events: Vec::new(),
            deleted: Vec::new(),
            context,
            again: None,
        }
    }

    /// The indexes of the ReplicaSets of older templates, oldest first.
    pub(super) fn old(&self) -> Vec<usize> {
        (0..self.sets.len()).filter(|at| Some(*at) != self.new).collect()
    }

    /// The ReplicaSets of older templates, as the controller saw them.
    pub(super) fn old_sets(&self) -> impl Iterator<Item = Arc<Value>> + '_ {
        self.old().into_iter().filter_map(move |at| self.sets[at].before.clone())
    }

    pub(super) fn replicas(&self) -> i64 {
        replicas(self.before)
    }

    pub(super) fn say(&mut self, reason: &'static str, message: String) {
        self.events.push(Event::normal(DEPLOYMENTS, self.before, reason, message));
    }

    /// Sum over all ReplicaSets.
    pub(super) fn total(&self, of: impl Fn(&Set) -> i64) -> i64 {
        self.sets.iter().map(of).sum()
    }

    /// Adds what the reconcile changed to a plan: ReplicaSets first, then the status.
    pub(super) fn finish(self, mut plan: Plan) -> Plan {
        for set in self.sets {
            match set.before {
                Some(before) => plan.replace(REPLICA_SETS, "", &before, set.now),
                None => plan.write(Write::Create { kind: REPLICA_SETS, object: set.now }),
            }
        }
        for object in self.deleted {
            plan.write(Write::Delete { kind: REPLICA_SETS, object, propagation: "" });
        }
        plan.steps.extend(self.events.into_iter().map(|event| Step { write: None, event: Some(event) }));
        plan.replace(DEPLOYMENTS, "status", self.before, self.now);
        if let Some(at) = self.again {
            plan.look_again(at);
        }
        plan
    }
}
