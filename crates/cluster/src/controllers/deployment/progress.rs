//! The status of a Deployment: counts and conditions.

use serde_json::{Value, json};

use super::limits::max_unavailable;
use super::rollout::Rollout;
use crate::controllers::condition::{self, Condition};
use crate::controllers::controller::after;
use crate::controllers::value::{count, flag, number, text, time, without_empty};
use crate::meta;

/// Reasons of the condition `Progressing`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    Created,
    Found,
    Updated,
    Available,
    TimedOut,
    Paused,
    Resumed,
}

impl Progress {
    fn reason(self) -> &'static str {
        match self {
            Progress::Created => "NewReplicaSetCreated",
            Progress::Found => "FoundNewReplicaSet",
            Progress::Updated => "ReplicaSetUpdated",
            Progress::Available => "NewReplicaSetAvailable",
            Progress::TimedOut => "ProgressDeadlineExceeded",
            Progress::Paused => "DeploymentPaused",
            Progress::Resumed => "DeploymentResumed",
        }
    }

    fn status(self) -> &'static str {
        match self {
            Progress::Paused | Progress::Resumed => "Unknown",
            Progress::TimedOut => "False",
            _ => "True",
        }
    }
}

impl Rollout<'_> {
    /// The progress deadline in seconds. The largest number means none.
    fn deadline(&self) -> Option<i64> {
        let seconds = number(self.before, "/spec/progressDeadlineSeconds").unwrap_or(600);
        (seconds != i64::from(i32::MAX)).then_some(seconds)
    }

    /// Sets the condition `Progressing`, if the Deployment has a deadline.
    pub(super) fn progress(&mut self, progress: Progress, message: &str) {
        if self.deadline().is_none() {
            return;
        }
        let condition =
            Condition { kind: "Progressing", status: progress.status(), reason: progress.reason(), message: message.to_owned() };
        condition::set(&mut self.now["status"], condition.at(&self.context.time(), true));
    }

    fn reason(&self) -> String {
        condition::find(&self.now, "Progressing").map(|one| text(one, "/reason").to_owned()).unwrap_or_default()
    }

    /// Notes that the rollout was paused or resumed. A deadline that has passed stays.
    pub(super) fn note_pause(&mut self) {
        let reason = self.reason();
        let (paused, noted) = (flag(self.before, "/spec/paused"), reason == Progress::Paused.reason());
        if reason == Progress::TimedOut.reason() || paused == noted {
            return;
        }
        if paused {
            self.progress(Progress::Paused, "Deployment is paused");
        } else {
            self.progress(Progress::Resumed, "Deployment is resumed");
        }
    }

    /// True if the status of `deployment` shows a complete rollout of its present spec.
    pub(super) fn is_complete(&self, deployment: &Value) -> bool {
        let has = |name: &str| count(deployment, &format!("/status/{name}"));
        ["updatedReplicas", "replicas", "availableReplicas"].iter().all(|name| has(name) == self.replicas())
            && has("observedGeneration") >= count(self.before, "/metadata/generation")
    }

    /// Counts the replicas and sets the conditions. `rollout`: also those about the progress of a rollout.
    pub(super) fn write_status(&mut self, rollout: bool) {
        let available = self.total(|set| set.has("availableReplicas"));
        let unavailable = self.total(super::rollout::Set::wanted).saturating_sub(available).max(0);
        let status = json!({
            "observedGeneration": meta::field(self.before, "generation").cloned().unwrap_or_default(),
            "replicas": self.total(|set| set.has("replicas")),
            "updatedReplicas": self.new.map_or(0, |at| self.sets[at].has("replicas")),
            "readyReplicas": self.total(|set| set.has("readyReplicas")),
            "availableReplicas": available,
            "unavailableReplicas": unavailable,
            "terminatingReplicas": self.total(|set| set.has("terminatingReplicas")),
            "conditions": self.now["status"]["conditions"].clone(),
            "collisionCount": self.now["status"]["collisionCount"].clone(),
        });
        self.now["status"] = status;
        without_empty(&mut self.now["status"], &["terminatingReplicas"]);
        let enough = available >= self.replicas().saturating_sub(max_unavailable(self.before));
        let (word, reason, message) = if enough {
            ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
        } else {
            ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
        };
        let condition = Condition { kind: "Available", status: word, reason, message: message.to_owned() };
        condition::set(&mut self.now["status"], condition.at(&self.context.time(), true));
        if rollout {
            self.note_progress();
            self.note_failures();
        }
    }

    fn note_progress(&mut self) {
        let Some(deadline) = self.deadline() else { return condition::remove(&mut self.now["status"], "Progressing") };
        let was_available = self.reason() == Progress::Available.reason();
        if was_available && count(&self.now, "/status/replicas") == count(&self.now, "/status/updatedReplicas") {
            return;
        }
        let what = match self.new {
            Some(at) => format!("ReplicaSet \"{}\"", self.sets[at].name()),
            None => format!("Deployment \"{}\"", meta::text(self.before, "name")),
        };
        if self.is_complete(&self.now) {
            self.progress(Progress::Available, &format!("{what} has successfully progressed."));
        } else if self.has_progressed() {
            self.renew_progress(&format!("{what} is progressing."));
        } else if self.is_late(deadline) {
            self.progress(Progress::TimedOut, &format!("{what} has timed out progressing."));
        }
    }

    /// Sets the condition anew, so that its `lastUpdateTime` moves and the deadline begins again.
    fn renew_progress(&mut self, message: &str) {
        let old = condition::find(&self.now, "Progressing").cloned();
        condition::remove(&mut self.now["status"], "Progressing");
        self.progress(Progress::Updated, message);
        let Some(old) = old.filter(|old| old["status"] == "True") else { return };
        let list = self.now["status"]["conditions"].as_array_mut();
        if let Some(new) = list.and_then(|list| list.iter_mut().find(|one| one["type"] == "Progressing")) {
            new["lastTransitionTime"] = old["lastTransitionTime"].clone();
        }
    }

    fn has_progressed(&self) -> bool {
        let of = |object: &Value, name: &str| count(object, &format!("/status/{name}"));
        let more = |name: &str| of(&self.now, name) > of(self.before, name);
        let old = |object: &Value| of(object, "replicas").saturating_sub(of(object, "updatedReplicas"));
        more("updatedReplicas") || more("readyReplicas") || more("availableReplicas") || old(&self.now) < old(self.before)
    }

    /// True if there was no progress within the deadline; else asks for another look at that time.
    fn is_late(&mut self, deadline: i64) -> bool {
        let reason = self.reason();
        if reason == Progress::Available.reason() {
            return false;
        }
        if reason == Progress::TimedOut.reason() {
            return true;
        }
        let since = condition::find(&self.now, "Progressing").and_then(|one| time(one, "/lastUpdateTime"));
        let Some(since) = since else { return false };
        let due = after(since, deadline.saturating_add(1));
        if due <= self.context.now {
            return true;
        }
        self.again = Some(due);
        false
    }

    /// Copies the failure of a ReplicaSet.
    fn note_failures(&mut self) {
        let newest_first = self.new.into_iter().chain(self.old());
        let failure = newest_first.filter_map(|at| condition::find(&self.sets[at].now, "ReplicaFailure").cloned()).next();
        match failure {
            Some(mut failure) => {
                failure["lastUpdateTime"] = failure["lastTransitionTime"].clone();
                condition::set(&mut self.now["status"], failure);
            }
            None => condition::remove(&mut self.now["status"], "ReplicaFailure"),
        }
    }
}
