//! How finished pods are counted.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::controllers::kind::PODS;
use crate::controllers::plan::Plan;
use crate::controllers::pods;
use crate::controllers::value::{count, items, len, text};
use crate::meta;

/// The finalizer of pods that are not counted yet.
pub(super) const FINALIZER: &str = "batch.kubernetes.io/job-tracking";

/// The counts of a Job's finished pods.
#[derive(Debug, Default)]
pub(super) struct Tracking {
    succeeded: Outcome,
    failed: Outcome,
    /// The uids that the stored status already has: their finalizers may go.
    stored: Vec<String>,
}

/// The pods of one outcome.
#[derive(Debug, Default)]
struct Outcome {
    counted: i64,
    /// The uids of finished pods that are not in the number yet.
    uncounted: Vec<String>,
}

impl Tracking {
    /// Counts the pods without finalizer, and notes the uids of newly finished ones.
    pub(super) fn read(job: &Value, all: &[Arc<Value>]) -> Tracking {
        let mut tracking = Tracking {
            succeeded: Outcome { counted: count(job, "/status/succeeded"), uncounted: Vec::new() },
            failed: Outcome { counted: count(job, "/status/failed"), uncounted: Vec::new() },
            stored: Vec::new(),
        };
        let waits = |uid: &str| all.iter().any(|pod| meta::text(pod, "uid") == uid && meta::finalizers(pod).contains(&FINALIZER));
        for (name, outcome) in [("succeeded", &mut tracking.succeeded), ("failed", &mut tracking.failed)] {
            for uid in items(job, &format!("/status/uncountedTerminatedPods/{name}")).iter().filter_map(Value::as_str) {
                if waits(uid) {
                    outcome.uncounted.push(uid.to_owned());
                    tracking.stored.push(uid.to_owned());
                } else {
                    outcome.counted = outcome.counted.saturating_add(1);
                }
            }
        }
        for pod in all.iter().filter(|pod| meta::finalizers(pod).contains(&FINALIZER)) {
            let uid = meta::text(pod, "uid");
            if tracking.stored.iter().any(|one| one == uid) {
                continue;
            }
            match text(pod, "/status/phase") {
                "Succeeded" => tracking.succeeded.uncounted.push(uid.to_owned()),
                // A pod that is deleted before it has finished has failed.
                "Failed" => tracking.failed.uncounted.push(uid.to_owned()),
                _ if meta::is_terminating(pod) => tracking.failed.uncounted.push(uid.to_owned()),
                _ => {}
            }
        }
        tracking
    }

    pub(super) fn succeeded(&self) -> i64 {
        self.succeeded.counted.saturating_add(len(&self.succeeded.uncounted))
    }

    pub(super) fn failed(&self) -> i64 {
        self.failed.counted.saturating_add(len(&self.failed.uncounted))
    }

    pub(super) fn has_uncounted(&self) -> bool {
        !self.succeeded.uncounted.is_empty() || !self.failed.uncounted.is_empty()
    }

    /// Removes the finalizers of pods whose uids are stored.
    pub(super) fn release(&self, plan: &mut Plan, all: &[Arc<Value>]) {
        let stored = |pod: &&Arc<Value>| self.stored.iter().any(|uid| uid == meta::text(pod, "uid"));
        for pod in all.iter().filter(stored).filter(|pod| pods::is_finished(pod) || meta::is_terminating(pod)) {
            release(plan, pod);
        }
    }

    pub(super) fn write(&self, status: &mut Value) {
        status["succeeded"] = json!(self.succeeded.counted);
        status["failed"] = json!(self.failed.counted);
        let mut uncounted = json!({});
        for (name, outcome) in [("succeeded", &self.succeeded), ("failed", &self.failed)] {
            if !outcome.uncounted.is_empty() {
                uncounted[name] = json!(outcome.uncounted);
            }
        }
        status["uncountedTerminatedPods"] = uncounted;
    }
}

/// Removes the finalizer of one pod.
pub(super) fn release(plan: &mut Plan, pod: &Arc<Value>) {
    let rest: Vec<String> = meta::finalizers(pod).into_iter().filter(|one| *one != FINALIZER).map(str::to_owned).collect();
    let mut next = (**pod).clone();
    meta::set(&mut next, "finalizers", rest);
    plan.replace(PODS, "", pod, next);
}
