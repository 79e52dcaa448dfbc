//! The status of a StatefulSet.

use serde_json::{Value, json};

use super::{Work, revision_of};
use crate::controllers::controller::Context;
use crate::controllers::kind::STATEFUL_SETS;
use crate::controllers::plan::{Plan, Step, Write};
use crate::controllers::pods;
use crate::controllers::value::{count, text, without_empty};
use crate::meta;

impl Work<'_> {
    /// Writes the counts of the pods that exist now, before the other writes of the plan.
    pub(super) fn write_status(&self, plan: &mut Plan, context: &Context) {
        let update = self.revisions.update_name();
        let number = |wanted: &dyn Fn(&Value) -> bool| self.found.values().filter(|pod| wanted(pod)).count();
        let running = |pod: &Value| text(pod, "/status/phase") == "Running" && pods::is_ready(pod);
        let on = |pod: &Value, revision: &str| !meta::is_terminating(pod) && revision_of(pod) == revision;
        let mut status = json!({
            "observedGeneration": meta::field(self.set, "generation").cloned().unwrap_or_default(),
            "replicas": number(&|pod| !text(pod, "/status/phase").is_empty()),
            "readyReplicas": number(&running),
            "currentReplicas": number(&|pod| on(pod, &self.current)),
            "updatedReplicas": number(&|pod| on(pod, update)),
            "currentRevision": self.current,
            "updateRevision": update,
            "collisionCount": count(self.set, "/status/collisionCount"),
            "availableReplicas": number(&|pod| running(pod) && pods::is_available(pod, self.seconds(), context.now)),
        });
        self.complete(&mut status);
        without_empty(&mut status, &["replicas", "availableReplicas", "collisionCount"]);
        let mut next = (**self.set).clone();
        next["status"] = status;
        if next != **self.set {
            let write = Write::Replace { kind: STATEFUL_SETS, subresource: "status", before: self.set.clone(), object: next };
            plan.steps.push(Step { write: Some(write), event: None });
        }
    }

    /// Ends a rollout: once all pods are updated and ready, the new revision is the current one.
    fn complete(&self, status: &mut Value) {
        let rolling = text(self.set, "/spec/updateStrategy/type") != "OnDelete";
        let all = ["updatedReplicas", "replicas", "readyReplicas"].iter().all(|name| status[*name] == json!(self.replicas()));
        if rolling && all && self.partition() == 0 {
            status["currentReplicas"] = status["updatedReplicas"].clone();
            status["currentRevision"] = status["updateRevision"].clone();
        }
    }
}
