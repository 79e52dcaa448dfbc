//! The ReplicaSet of the current template, and its revision.

use serde_json::{Value, json};

use super::limits::{max_surge, replicas};
use super::progress::Progress;
use super::rollout::{Rollout, Set};
use crate::controllers::kind::{DEPLOYMENTS, REPLICA_SETS};
use crate::controllers::value::{annotate, annotation, count, label, number};
use crate::controllers::{condition, owner, template};
use crate::meta;

pub(super) const REVISION: &str = "deployment.kubernetes.io/revision";
const HISTORY: &str = "deployment.kubernetes.io/revision-history";
const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
const MAXIMUM: &str = "deployment.kubernetes.io/max-replicas";

/// The longest text of a revision history.
const HISTORY_LENGTH: usize = 2000;

/// Annotations of a Deployment that its ReplicaSets do not get.
const OWN: &[&str] = &[
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    HISTORY,
    DESIRED,
    MAXIMUM,
    "deprecated.deployment.rollback.to",
];

pub(super) fn revision_of(set: &Value) -> i64 {
    annotation(set, REVISION).parse().unwrap_or(0)
}

/// The number of replicas that the Deployment had when it scaled a ReplicaSet last.
pub(super) fn desired_of(set: &Value) -> Option<i64> {
    annotation(set, DESIRED).parse().ok().filter(|desired| *desired >= 0)
}

/// The largest number of pods that the Deployment had when it scaled a ReplicaSet last.
pub(super) fn maximum_of(set: &Value) -> Option<i64> {
    annotation(set, MAXIMUM).parse().ok().filter(|maximum| *maximum >= 0)
}

/// Notes the wanted and the largest number of replicas.
pub(super) fn note_replicas(set: &mut Value, deployment: &Value) {
    annotate(set, DESIRED, &replicas(deployment).to_string());
    annotate(set, MAXIMUM, &replicas(deployment).saturating_add(max_surge(deployment)).to_string());
}

impl Rollout<'_> {
    /// Gives the ReplicaSet of the current template its revision. Creates it if it is missing and `create` is true.
    pub(super) fn adopt_revision(&mut self, create: bool) {
        let highest = self.old().into_iter().map(|at| revision_of(&self.sets[at].now)).max().unwrap_or(0);
        let next = highest.saturating_add(1);
        match self.new {
            Some(at) => self.renew(at, next),
            None if create => self.create(next),
            None => {}
        }
    }

    fn renew(&mut self, at: usize, revision: i64) {
        let deployment = self.before;
        let set = &mut self.sets[at].now;
        copy_annotations(deployment, set);
        advance(set, revision);
        let seconds = count(deployment, "/spec/minReadySeconds");
        if count(set, "/spec/minReadySeconds") != seconds {
            set["spec"]["minReadySeconds"] = json!(seconds);
        }
        let (revision, name) = (annotation(set, REVISION).to_owned(), meta::text(set, "name").to_owned());
        annotate(&mut self.now, REVISION, &revision);
        if condition::find(&self.now, "Progressing").is_none() {
            self.progress(Progress::Found, &format!("Found new replica set \"{name}\""));
        }
    }

    fn create(&mut self, revision: i64) {
        let deployment = self.before.clone();
        let pod_template = &deployment["spec"]["template"];
        // The name is taken, by an object of another owner or of another template: the next reconcile tries another name.
        if self.context.refusal.contains("already exists") {
            let collisions = count(&deployment, "/status/collisionCount").saturating_add(1);
            self.now["status"]["collisionCount"] = json!(collisions);
            return;
        }
        let hash = template::hash(pod_template, number(&self.now, "/status/collisionCount"));
        let name = format!("{}-{hash}", meta::text(&deployment, "name"));
        let mut labelled = pod_template.clone();
        label(&mut labelled, template::TEMPLATE_HASH, &hash);
        let mut selector = deployment["spec"]["selector"].clone();
        selector["matchLabels"][template::TEMPLATE_HASH] = json!(hash);
        let mut set = json!({
            "apiVersion": REPLICA_SETS.api_version(), "kind": REPLICA_SETS.kind,
            "metadata": {
                "name": name, "namespace": meta::text(&deployment, "namespace"), "labels": labelled["metadata"]["labels"],
                "ownerReferences": [owner::reference(DEPLOYMENTS, &deployment)],
            },
            "spec": {"replicas": 0, "selector": selector, "template": labelled},
        });
        if let Some(seconds) = deployment["spec"].get("minReadySeconds") {
            set["spec"]["minReadySeconds"] = seconds.clone();
        }
        copy_annotations(&deployment, &mut set);
        advance(&mut set, revision);
        note_replicas(&mut set, &deployment);
        self.sets.push(Set { before: None, now: set });
        let at = self.sets.len().saturating_sub(1);
        self.new = Some(at);
        let first = self.new_size(at);
        self.sets[at].now["spec"]["replicas"] = json!(first);
        if first > 0 {
            self.say("ScalingReplicaSet", format!("Scaled up replica set {name} from 0 to {first}"));
        }
        annotate(&mut self.now, REVISION, &revision.to_string());
        self.progress(Progress::Created, &format!("Created new replica set \"{name}\""));
    }

    /// Deletes the oldest ReplicaSets that the history limit does not keep.
    pub(super) fn clean_up(&mut self) {
        let limit = number(self.before, "/spec/revisionHistoryLimit").unwrap_or(10);
        let mut old = self.old();
        old.retain(|at| !meta::is_terminating(&self.sets[*at].now));
        old.sort_by_key(|at| revision_of(&self.sets[*at].now));
        let surplus = crate::controllers::value::len(&old).saturating_sub(limit.max(0));
        for at in old.into_iter().take(crate::controllers::value::index(surplus)) {
            let set = &self.sets[at];
            let behind = count(&set.now, "/metadata/generation") > set.has("observedGeneration");
            if set.has("replicas") == 0 && set.wanted() == 0 && !behind {
                self.deleted.extend(set.before.clone());
            }
        }
    }

    /// [`Rollout::clean_up`] once the rollout is complete.
    pub(super) fn clean_up_if_complete(&mut self) {
        if self.is_complete(self.before) {
            self.clean_up();
        }
    }
}

fn copy_annotations(deployment: &Value, set: &mut Value) {
    let annotations = meta::field(deployment, "annotations").and_then(Value::as_object);
    for (name, value) in annotations.into_iter().flatten().filter(|(name, _)| !OWN.contains(&name.as_str())) {
        annotate(set, name, value.as_str().unwrap_or_default());
    }
}

/// Sets the revision of a ReplicaSet if it is newer, and keeps the earlier one in its history.
fn advance(set: &mut Value, revision: i64) {
    let earlier = annotation(set, REVISION).to_owned();
    if revision_of(set) >= revision {
        return;
    }
    annotate(set, REVISION, &revision.to_string());
    if earlier.is_empty() {
        return;
    }
    let mut history: Vec<&str> = annotation(set, HISTORY).split(',').filter(|one| !one.is_empty()).collect();
    history.push(&earlier);
    let mut text = history.join(",");
    while text.len() > HISTORY_LENGTH && history.len() > 1 {
        history.remove(0);
        text = history.join(",");
    }
    annotate(set, HISTORY, &text);
}
