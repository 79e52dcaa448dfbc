//! `deployment-controller`: rolls out Deployments through ReplicaSets.
//!
//! The steps follow the real controller: find or create the ReplicaSet of the template, scale, roll, clean up, write the status. All
//! writes of one reconcile are decided first. The real controller writes in between and then conflicts with itself.

mod limits;
mod progress;
mod revision;
mod rolling;
mod rollout;
mod scale;

use std::sync::Arc;

use serde_json::Value;

use self::rollout::Rollout;
use super::claim::claim;
use super::controller::{Context, Controller, Key, key_of};
use super::kind::{DEPLOYMENTS, Kind, PODS, REPLICA_SETS};
use super::objects::Objects;
use super::owner;
use super::plan::Plan;
use super::value::{flag, text};
use super::{pods, selector};
use crate::meta;

/// Rolls out Deployments through ReplicaSets, and writes their status.
#[derive(Debug, Default)]
pub struct DeploymentController;

impl Controller for DeploymentController {
    fn name(&self) -> &'static str {
        "deployment-controller"
    }

    fn kind(&self) -> Kind {
        DEPLOYMENTS
    }

    fn concerned(&self, objects: &dyn Objects, kind: Kind, object: &Value) -> Vec<Key> {
        let namespace = meta::text(object, "namespace");
        let named = |name: &str| vec![(namespace.to_owned(), name.to_owned())];
        match kind {
            DEPLOYMENTS => vec![key_of(object)],
            REPLICA_SETS => match owner::name_of(object, DEPLOYMENTS) {
                Some(name) => named(name),
                None if owner::of(object).is_some() => Vec::new(),
                None => {
                    let all = objects.list(DEPLOYMENTS, namespace);
                    all.iter()
                        .filter(|one| selector::read(one).is_some_and(|it| it.matches(object)))
                        .map(|one| key_of(one))
                        .collect()
                }
            },
            // A Deployment that recreates waits until its old pods are gone.
            PODS => {
                let set = owner::name_of(object, REPLICA_SETS).and_then(|set| objects.get(REPLICA_SETS, namespace, set));
                let name = set.as_ref().and_then(|set| owner::name_of(set, DEPLOYMENTS));
                let recreates = |name: &&str| {
                    let found = objects.get(DEPLOYMENTS, namespace, name);
                    found.is_some_and(|one| text(&one, "/spec/strategy/type") == "Recreate")
                };
                name.filter(recreates).map(named).unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }

    fn reconcile(&mut self, objects: &dyn Objects, deployment: &Arc<Value>, context: &Context) -> Plan {
        let mut plan = Plan::default();
        if selector::read(deployment).is_none() {
            return plan;
        }
        let sets = claim(objects, &mut plan, (DEPLOYMENTS, deployment), REPLICA_SETS);
        let mut rollout = Rollout::new(deployment, sets, context);
        if meta::is_terminating(deployment) {
            rollout.write_status(false);
            return rollout.finish(plan);
        }
        rollout.note_pause();
        if flag(deployment, "/spec/paused") || rollout.is_scaling() {
            rollout.adopt_revision(false);
            rollout.scale_all();
            if flag(deployment, "/spec/paused") {
                rollout.clean_up();
            }
            rollout.write_status(false);
        } else if text(deployment, "/spec/strategy/type") == "Recreate" {
            recreate(&mut rollout, objects);
            rollout.write_status(true);
        } else {
            rollout.adopt_revision(true);
            rollout.roll();
            rollout.write_status(true);
        }
        rollout.finish(plan)
    }
}

/// Stops all old pods before it starts new ones.
fn recreate(rollout: &mut Rollout, objects: &dyn Objects) {
    rollout.adopt_revision(false);
    if rollout.stop_old() {
        return;
    }
    let runs = |set: &Arc<Value>| objects.controlled(PODS, set).iter().any(|pod| !pods::is_finished(pod));
    if rollout.old_sets().any(|set| super::value::count(&set, "/status/replicas") > 0 || runs(&set)) {
        return;
    }
    rollout.adopt_revision(true);
    rollout.start_new();
    rollout.clean_up_if_complete();
}
