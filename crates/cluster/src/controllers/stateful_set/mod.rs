//! `statefulset-controller`: pods with stable names, started and replaced in order.

mod identity;
mod status;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use self::identity::Names;
use super::claim::claim;
use super::controller::{Context, Controller, Key};
use super::event::Event;
use super::kind::{CONTROLLER_REVISIONS, Kind, PODS, STATEFUL_SETS};
use super::objects::Objects;
use super::plan::{Plan, Write};
use super::pods;
use super::replica_set::concerned_by_pods;
use super::revisions::Revisions;
use super::share::scaled;
use super::template::REVISION_HASH;
use super::value::{annotation, count, number, text};
use crate::meta;
use kuberewind_model::Timestamp;

/// The most pods that are created in one reconcile.
const BURST: u32 = 500;

/// Creates, replaces and deletes the pods of StatefulSets, and writes their status.
#[derive(Debug, Default)]
pub struct StatefulSetController;

impl Controller for StatefulSetController {
    fn name(&self) -> &'static str {
        "statefulset-controller"
    }

    fn kind(&self) -> Kind {
        STATEFUL_SETS
    }

    fn concerned(&self, objects: &dyn Objects, kind: Kind, object: &Value) -> Vec<Key> {
        let followed = matches!(kind, STATEFUL_SETS | PODS | CONTROLLER_REVISIONS);
        if followed { concerned_by_pods(objects, kind, object, STATEFUL_SETS) } else { Vec::new() }
    }

    fn reconcile(&mut self, objects: &dyn Objects, set: &Arc<Value>, context: &Context) -> Plan {
        let mut plan = Plan::default();
        if super::selector::read(set).is_none() {
            return plan;
        }
        let claimed = claim(objects, &mut plan, (STATEFUL_SETS, set), PODS);
        let names = Names::of(set);
        let mut found: BTreeMap<i64, Arc<Value>> = BTreeMap::new();
        for pod in claimed {
            if let Some(ordinal) = names.ordinal(meta::text(&pod, "name")) {
                found.insert(ordinal, pod);
            }
        }
        let revisions = Revisions::sync(objects, &mut plan, (STATEFUL_SETS, set), "controller.kubernetes.io/hash");
        let current = match text(set, "/status/currentRevision") {
            known if revisions.template(known).is_some() => known.to_owned(),
            _ => revisions.update_name().to_owned(),
        };
        let work = Work { set, objects, found, revisions, current, now: context.now };
        if !meta::is_terminating(set) {
            work.advance(&mut plan);
        }
        work.truncate(&mut plan);
        work.write_status(&mut plan, context);
        let pods: Vec<_> = work.found.values().cloned().collect();
        if let Some(at) = pods::next_available(&pods, work.seconds(), context.now) {
            plan.look_again(at);
        }
        plan
    }
}

/// One StatefulSet during a reconcile.
struct Work<'a> {
    set: &'a Arc<Value>,
    objects: &'a dyn Objects,
    /// Its pods by ordinal.
    found: BTreeMap<i64, Arc<Value>>,
    revisions: Revisions,
    /// The name of the revision that pods had before the present rollout.
    current: String,
    now: Timestamp,
}

impl Work<'_> {
    fn replicas(&self) -> i64 {
        number(self.set, "/spec/replicas").unwrap_or(1).max(0)
    }

    fn start(&self) -> i64 {
        count(self.set, "/spec/ordinals/start")
    }

    fn seconds(&self) -> i64 {
        count(self.set, "/spec/minReadySeconds")
    }

    fn in_order(&self) -> bool {
        text(self.set, "/spec/podManagementPolicy") != "Parallel"
    }

    fn ordinals(&self) -> std::ops::Range<i64> {
        self.start()..self.start().saturating_add(self.replicas())
    }

    fn is_available(&self, pod: &Value) -> bool {
        text(pod, "/status/phase") == "Running" && !meta::is_terminating(pod) && pods::is_available(pod, self.seconds(), self.now)
    }

    /// Takes the next steps: missing pods, surplus pods, outdated pods.
    fn advance(&self, plan: &mut Plan) {
        if self.fill(plan) && self.shrink(plan) {
            self.update(plan);
        }
    }

    /// Creates missing pods and replaces finished ones. Returns true if the rest of the work may begin.
    fn fill(&self, plan: &mut Plan) -> bool {
        let mut made = 0_u32;
        for ordinal in self.ordinals() {
            match self.found.get(&ordinal) {
                None if made >= BURST => return false,
                None => {
                    self.create(plan, ordinal);
                    made = made.saturating_add(1);
                    if self.in_order() {
                        return false;
                    }
                }
                Some(pod) if pods::is_finished(pod) => {
                    if !meta::is_terminating(pod) {
                        self.delete(plan, pod);
                    }
                    return false;
                }
                Some(pod) if self.in_order() && !self.is_available(pod) => return false,
                Some(_) => {}
            }
        }
        true
    }

    /// Deletes pods beyond the number of replicas, the highest ordinal first. Returns true if none is left.
    fn shrink(&self, plan: &mut Plan) -> bool {
        let ordinals = self.ordinals();
        let mut condemned: Vec<_> = self.found.iter().filter(|(ordinal, _)| !ordinals.contains(ordinal)).collect();
        condemned.reverse();
        for (_, pod) in &condemned {
            if !meta::is_terminating(pod) {
                self.delete(plan, pod);
            }
            if self.in_order() {
                return false;
            }
        }
        condemned.is_empty()
    }

    /// Deletes outdated pods from the highest ordinal down to the partition, at most `maxUnavailable` at a time.
    fn update(&self, plan: &mut Plan) {
        if text(self.set, "/spec/updateStrategy/type") == "OnDelete" {
            return;
        }
        let limit = match self.set["spec"]["updateStrategy"]["rollingUpdate"].get("maxUnavailable") {
            Some(limit) if !limit.is_null() => scaled(limit, self.replicas(), true).max(1),
            _ => 1,
        };
        let missing =
            self.ordinals().filter(|ordinal| !self.found.get(ordinal).is_some_and(|pod| self.is_available(pod))).count();
        let mut room = limit.saturating_sub(i64::try_from(missing).unwrap_or(i64::MAX));
        for ordinal in self.ordinals().rev().filter(|ordinal| ordinal.saturating_sub(self.start()) >= self.partition()) {
            let Some(pod) = self.found.get(&ordinal) else { continue };
            if room <= 0 {
                return;
            }
            if revision_of(pod) != self.revisions.update_name() && !meta::is_terminating(pod) {
                self.delete(plan, pod);
                room = room.saturating_sub(1);
            }
        }
    }

    fn partition(&self) -> i64 {
        count(self.set, "/spec/updateStrategy/rollingUpdate/partition")
    }

    fn create(&self, plan: &mut Plan, ordinal: i64) {
        let place = ordinal.saturating_sub(self.start());
        let old = place < self.partition() && self.current != self.revisions.update_name();
        let (revision, template) = match old.then(|| self.revisions.template(&self.current)).flatten() {
            Some(template) => (self.current.as_str(), template),
            None => (self.revisions.update_name(), self.set["spec"]["template"].clone()),
        };
        let names = Names::of(self.set);
        for claim in names.claims(self.set, ordinal) {
            if self.objects.get(super::kind::VOLUME_CLAIMS, meta::text(&claim, "namespace"), meta::text(&claim, "name")).is_none()
            {
                let (claim_name, pod) = (meta::text(&claim, "name").to_owned(), names.pod(ordinal));
                let message =
                    format!("Create Claim {claim_name} Pod {pod} in StatefulSet {} success", meta::text(self.set, "name"));
                let event = Event::normal(STATEFUL_SETS, self.set, "SuccessfulCreate", message);
                plan.report(Write::Create { kind: super::kind::VOLUME_CLAIMS, object: claim }, event);
            }
        }
        let object = names.build(self.set, &template, ordinal, revision);
        let message = format!("Create Pod {} in StatefulSet {} successful", names.pod(ordinal), meta::text(self.set, "name"));
        plan.report(Write::Create { kind: PODS, object }, Event::normal(STATEFUL_SETS, self.set, "SuccessfulCreate", message));
    }

    fn delete(&self, plan: &mut Plan, pod: &Arc<Value>) {
        let message =
            format!("Delete Pod {} in StatefulSet {} successful", meta::text(pod, "name"), meta::text(self.set, "name"));
        let event = Event::normal(STATEFUL_SETS, self.set, "SuccessfulDelete", message);
        plan.report(Write::Delete { kind: PODS, object: pod.clone(), propagation: "" }, event);
    }

    fn truncate(&self, plan: &mut Plan) {
        let mut used: Vec<String> = self.found.values().map(|pod| revision_of(pod).to_owned()).collect();
        used.push(self.current.clone());
        let limit = number(self.set, "/spec/revisionHistoryLimit").unwrap_or(10);
        self.revisions.truncate(plan, limit, &used);
    }
}

/// The name of the revision of a pod.
fn revision_of(pod: &Value) -> &str {
    pod["metadata"]["labels"][REVISION_HASH].as_str().unwrap_or_else(|| annotation(pod, REVISION_HASH))
}
