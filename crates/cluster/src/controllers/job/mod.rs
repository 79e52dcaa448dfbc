//! `job-controller`: runs pods until enough of them have succeeded.
//!
//! Each pod has a finalizer until it is counted: first its uid goes into `uncountedTerminatedPods`, then the finalizer goes, then the
//! uid becomes a number. A crash between two steps loses no pod.

mod indexes;
mod orphans;
mod outcome;
mod state;
mod tracking;

use std::sync::Arc;

use serde_json::{Value, json};

pub(super) use self::orphans::OrphanPods;
pub(super) use self::state::is_finished;
use self::tracking::{FINALIZER, Tracking};
use super::condition;
use super::controller::{Context, Controller, Key, after};
use super::event::Event;
use super::kind::{JOBS, Kind, PODS};
use super::objects::Objects;
use super::plan::{Plan, Write};
use super::pods;
use super::template::generated_pod;
use super::value::{count, flag, index, len, number, text, time};
use crate::meta;
use kuberewind_model::Timestamp;

/// The delay after the first failed pod, in seconds; it doubles with each failure.
const BACKOFF: i64 = 10;
/// The longest delay, in seconds.
const LONGEST_BACKOFF: i64 = 600;

/// Runs the pods of Jobs, and writes their status.
#[derive(Debug, Default)]
pub struct JobController;

impl Controller for JobController {
    fn name(&self) -> &'static str {
        "job-controller"
    }

    fn kind(&self) -> Kind {
        JOBS
    }

    fn concerned(&self, objects: &dyn Objects, kind: Kind, object: &Value) -> Vec<Key> {
        if matches!(kind, JOBS | PODS) { super::replica_set::concerned_by_pods(objects, kind, object, JOBS) } else { Vec::new() }
    }

    fn reconcile(&mut self, objects: &dyn Objects, job: &Arc<Value>, context: &Context) -> Plan {
        let mut plan = Plan::default();
        if is_finished(job) {
            expire(&mut plan, job, context);
            return plan;
        }
        let pods = objects.controlled(PODS, job);
        let tracking = Tracking::read(job, &pods);
        let mut work = Work { job, pods, tracking, status: job["status"].clone(), context };
        if !work.status.is_object() {
            work.status = json!({});
        }
        work.run(&mut plan);
        plan
    }
}

/// Deletes a finished Job after its time to live.
fn expire(plan: &mut Plan, job: &Arc<Value>, context: &Context) {
    let Some(seconds) = number(job, "/spec/ttlSecondsAfterFinished") else { return };
    let finished = ["Complete", "Failed"].iter().find_map(|kind| time(condition::find(job, kind)?, "/lastTransitionTime"));
    let Some(due) = finished.map(|at| after(at, seconds)).filter(|_| !meta::is_terminating(job)) else { return };
    if due <= context.now {
        plan.write(Write::Delete { kind: JOBS, object: job.clone(), propagation: "Foreground" });
    } else {
        plan.look_again(due);
    }
}

/// One Job during a reconcile.
struct Work<'a> {
    job: &'a Arc<Value>,
    pods: Vec<Arc<Value>>,
    tracking: Tracking,
    /// The new status.
    status: Value,
    context: &'a Context,
}

impl Work<'_> {
    fn run(&mut self, plan: &mut Plan) {
        let suspended = flag(self.job, "/spec/suspend");
        if !suspended && self.status["startTime"].is_null() {
            self.status["startTime"] = json!(self.context.time());
        }
        let mut active: Vec<Arc<Value>> = self.pods.iter().filter(|pod| pods::is_active(pod)).cloned().collect();
        let ended = self.verdict(plan);
        let mut writes = Plan::default();
        if ended {
            active.drain(..).for_each(|pod| self.delete(&mut writes, &pod));
        } else if suspended {
            active.drain(..).for_each(|pod| self.drop_uncounted(&mut writes, &pod));
        } else if !meta::is_terminating(self.job) {
            self.scale(&mut writes, &active);
        }
        self.note_suspension(&mut writes, suspended);
        plan.again = [plan.again, writes.again].into_iter().flatten().min();
        self.tracking.release(&mut writes, &self.pods);
        if ended {
            self.conclude(&mut writes);
        }
        self.write_status(plan, &active);
        plan.steps.extend(writes.steps);
    }

    fn failed(&self) -> i64 {
        self.tracking.failed()
    }

    fn succeeded(&self) -> i64 {
        if self.is_indexed() { len(&indexes::succeeded(self.job, &self.pods)) } else { self.tracking.succeeded() }
    }

    fn is_indexed(&self) -> bool {
        text(self.job, "/spec/completionMode") == "Indexed"
    }

    /// Creates missing pods, after the delay that failures cause, and deletes surplus ones.
    fn scale(&self, plan: &mut Plan, active: &[Arc<Value>]) {
        let parallelism = number(self.job, "/spec/parallelism").unwrap_or(1);
        let wanted = match number(self.job, "/spec/completions") {
            Some(completions) => completions.saturating_sub(self.succeeded()).clamp(0, parallelism),
            // A work queue: once a pod has succeeded, no new ones start.
            None if self.succeeded() > 0 => len(active).min(parallelism),
            None => parallelism,
        };
        let missing = wanted.saturating_sub(len(active));
        if missing > 0 {
            if let Some(due) = self.backoff().filter(|due| *due > self.context.now) {
                plan.look_again(due);
                return;
            }
            let free = if self.is_indexed() { indexes::missing(self.job, &self.pods) } else { Vec::new() };
            let mut free = free.into_iter();
            for _ in 0..missing.min(500) {
                let object = match (self.is_indexed(), free.next()) {
                    (true, Some(at)) => indexes::pod(self.new_pod(), self.job, at),
                    (true, None) => return,
                    (false, _) => self.new_pod(),
                };
                plan.report(
                    Write::Create { kind: PODS, object },
                    Event::normal(JOBS, self.job, "SuccessfulCreate", "Created pod: {}"),
                );
            }
        } else if missing < 0 {
            let mut surplus = active.to_vec();
            pods::sort_for_deletion(&mut surplus);
            for pod in surplus.into_iter().take(index(missing.saturating_neg())) {
                self.drop_uncounted(plan, &pod);
            }
        }
    }

    /// Deletes a pod that does not count as failed: it loses its finalizer first.
    fn drop_uncounted(&self, plan: &mut Plan, pod: &Arc<Value>) {
        tracking::release(plan, pod);
        self.delete(plan, pod);
    }

    /// When the next pod may start: later with each failure.
    fn backoff(&self) -> Option<Timestamp> {
        let finished = |pod: &Arc<Value>| {
            let ends = super::value::items(pod, "/status/containerStatuses").iter();
            ends.filter_map(|one| time(one, "/state/terminated/finishedAt")).max()
        };
        let last = self.pods.iter().filter(|pod| text(pod, "/status/phase") == "Failed").filter_map(finished).max()?;
        let doublings = u32::try_from(self.failed().saturating_sub(1)).unwrap_or(0).min(16);
        Some(after(last, (BACKOFF << doublings).min(LONGEST_BACKOFF)))
    }

    fn new_pod(&self) -> Value {
        let mut pod = generated_pod(&self.job["spec"]["template"], JOBS, self.job);
        let mut finalizers: Vec<String> = meta::finalizers(&pod).into_iter().map(str::to_owned).collect();
        finalizers.push(FINALIZER.to_owned());
        meta::set(&mut pod, "finalizers", finalizers);
        pod
    }

    fn delete(&self, plan: &mut Plan, pod: &Arc<Value>) {
        let event = Event::normal(JOBS, self.job, "SuccessfulDelete", format!("Deleted pod: {}", meta::text(pod, "name")));
        plan.report(Write::Delete { kind: PODS, object: pod.clone(), propagation: "" }, event);
    }

    /// Writes the status before everything else: it holds the uids of pods whose finalizers go next.
    fn write_status(&mut self, plan: &mut Plan, active: &[Arc<Value>]) {
        let terminating = self.pods.iter().filter(|pod| meta::is_terminating(pod) && !pods::is_finished(pod)).count();
        self.status["active"] = json!(active.len());
        self.status["ready"] = json!(active.iter().filter(|pod| pods::is_ready(pod)).count());
        self.status["terminating"] = json!(terminating);
        self.tracking.write(&mut self.status);
        if self.is_indexed() {
            let done = indexes::succeeded(self.job, &self.pods);
            self.status["succeeded"] = json!(done.len());
            self.status["completedIndexes"] = json!(indexes::text(&done));
        }
        super::value::without_empty(&mut self.status, &["ready", "terminating", "uncountedTerminatedPods"]);
        let mut next = (**self.job).clone();
        next["status"] = std::mem::take(&mut self.status);
        plan.replace(JOBS, "status", self.job, next);
    }

    /// True if pods that belong to the Job still have to be counted or to end.
    fn has_open_pods(&self) -> bool {
        let open = |pod: &Arc<Value>| pods::is_active(pod) || meta::finalizers(pod).contains(&FINALIZER);
        self.pods.iter().any(open) || self.tracking.has_uncounted() || count(self.job, "/status/active") > 0
    }
}
