//! Releases pods whose Job is gone: no controller would count them.

use std::sync::Arc;

use serde_json::Value;

use super::state::is_finished;
use super::tracking::{FINALIZER, release};
use crate::controllers::controller::{Context, Controller, Key, key_of};
use crate::controllers::kind::{JOBS, Kind, PODS};
use crate::controllers::objects::Objects;
use crate::controllers::owner;
use crate::controllers::plan::Plan;
use crate::meta;

/// Removes the tracking finalizer of pods without a running Job.
#[derive(Debug, Default)]
pub struct OrphanPods;

impl Controller for OrphanPods {
    fn name(&self) -> &'static str {
        "job-controller"
    }

    fn kind(&self) -> Kind {
        PODS
    }

    fn concerned(&self, objects: &dyn Objects, kind: Kind, object: &Value) -> Vec<Key> {
        match kind {
            PODS if meta::finalizers(object).contains(&FINALIZER) => vec![key_of(object)],
            JOBS => objects.controlled(PODS, object).iter().map(|pod| key_of(pod)).collect(),
            _ => Vec::new(),
        }
    }

    fn reconcile(&mut self, objects: &dyn Objects, pod: &Arc<Value>, _: &Context) -> Plan {
        let mut plan = Plan::default();
        let job = owner::name_of(pod, JOBS).and_then(|name| objects.get(JOBS, meta::text(pod, "namespace"), name));
        let uid = owner::of(pod).map(|owner| owner["uid"].clone()).unwrap_or_default();
        let counts = job.is_some_and(|job| job["metadata"]["uid"] == uid && !is_finished(&job));
        if !counts && meta::finalizers(pod).contains(&FINALIZER) {
            release(&mut plan, pod);
        }
        plan
    }
}
