//! `cronjob-controller`: creates Jobs by a schedule.

use std::sync::Arc;

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::condition;
use super::controller::{Context, Controller, Key, after, key_of};
use super::event::Event;
use super::job::is_finished;
use super::kind::{CRON_JOBS, JOBS, Kind};
use super::objects::Objects;
use super::owner;
use super::plan::{Plan, Write};
use super::schedule::Schedule;
use super::value::{annotate, annotation, flag, index, items, len, number, text, time};
use crate::meta;
use kuberewind_model::Timestamp;

/// The annotation of a Job with the time for which it was made.
const SCHEDULED: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/// The most missed times that are looked through for the latest one.
const MISSED: usize = 100_000;

/// Creates Jobs by a schedule, deletes old ones, and writes the status of CronJobs.
#[derive(Debug, Default)]
pub struct CronJobController;

impl Controller for CronJobController {
    fn name(&self) -> &'static str {
        "cronjob-controller"
    }

    fn kind(&self) -> Kind {
        CRON_JOBS
    }

    fn concerned(&self, _: &dyn Objects, kind: Kind, object: &Value) -> Vec<Key> {
        match kind {
            CRON_JOBS => vec![key_of(object)],
            JOBS => {
                let name = owner::name_of(object, CRON_JOBS);
                name.map(|name| (meta::text(object, "namespace").to_owned(), name.to_owned())).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    fn reconcile(&mut self, objects: &dyn Objects, cron: &Arc<Value>, context: &Context) -> Plan {
        let mut plan = Plan::default();
        let jobs = objects.controlled(JOBS, cron);
        let work = Work { cron, jobs, context };
        work.write_status(&mut plan);
        if meta::is_terminating(cron) {
            return plan;
        }
        work.clean_up(&mut plan);
        if !flag(cron, "/spec/suspend") {
            work.start(&mut plan);
        }
        plan
    }
}

/// One CronJob during a reconcile.
struct Work<'a> {
    cron: &'a Arc<Value>,
    jobs: Vec<Arc<Value>>,
    context: &'a Context,
}

impl Work<'_> {
    /// The Jobs that still run.
    fn active(&self) -> impl Iterator<Item = &Arc<Value>> {
        self.jobs.iter().filter(|job| !is_finished(job) && !meta::is_terminating(job))
    }

    /// Starts the Job of the latest time that has passed, and asks for a look at the next one.
    fn start(&self, plan: &mut Plan) {
        let zone = text(self.cron, "/spec/timeZone");
        let zone = if zone.is_empty() { Ok(TimeZone::UTC) } else { TimeZone::get(zone) };
        let (schedule, zone) = match (Schedule::parse(text(self.cron, "/spec/schedule")), zone) {
            (Ok(schedule), Ok(zone)) => (schedule, zone),
            (Err(why), _) => {
                let message = format!("unparseable schedule: {:?} : {why}", text(self.cron, "/spec/schedule"));
                return plan.event(Event::warning(CRON_JOBS, self.cron, "UnparseableSchedule", message));
            }
            (_, Err(why)) => {
                let message = format!("invalid timeZone: {:?}: {why}", text(self.cron, "/spec/timeZone"));
                return plan.event(Event::warning(CRON_JOBS, self.cron, "UnknownTimeZone", message));
            }
        };
        let now = self.context.now.to_jiff();
        if let Some(next) = schedule.next(now, &zone) {
            plan.look_again(Timestamp::from_jiff(next));
        }
        let Some(since) = self.last() else { return };
        let mut times = std::iter::successors(schedule.next(since.to_jiff(), &zone), |at| schedule.next(*at, &zone));
        let due = times.by_ref().take_while(|at| *at <= now).take(MISSED).last();
        if let Some(due) = due {
            self.create(plan, Timestamp::from_jiff(due));
        }
    }

    /// The last time that was handled; before the first one, the creation of the CronJob.
    fn last(&self) -> Option<Timestamp> {
        let made = self.jobs.iter().filter_map(|job| annotation(job, SCHEDULED).parse().ok()).map(Timestamp::from_jiff);
        let known = time(self.cron, "/status/lastScheduleTime").into_iter().chain(made).max();
        let created = time(self.cron, "/metadata/creationTimestamp");
        let known = known.or(created)?;
        // Times before the starting deadline are lost.
        let deadline = number(self.cron, "/spec/startingDeadlineSeconds");
        let earliest =
            deadline.map(|seconds| Timestamp(self.context.now.0.saturating_sub(seconds.saturating_mul(1_000_000_000))));
        Some(earliest.map_or(known, |earliest| known.max(earliest)))
    }

    fn create(&self, plan: &mut Plan, at: Timestamp) {
        let deadline = number(self.cron, "/spec/startingDeadlineSeconds");
        if deadline.is_some_and(|seconds| after(at, seconds) < self.context.now) {
            let message = format!("Missed scheduled time to start a job: {}", at.rfc3339(0));
            return plan.event(Event::warning(CRON_JOBS, self.cron, "MissSchedule", message));
        }
        let running: Vec<_> = self.active().collect();
        match text(self.cron, "/spec/concurrencyPolicy") {
            "Forbid" if !running.is_empty() => {
                let message = "Not starting job because prior execution is running and concurrency policy is Forbid";
                return plan.event(Event::normal(CRON_JOBS, self.cron, "JobAlreadyActive", message));
            }
            "Replace" => running.into_iter().for_each(|job| self.delete(plan, job)),
            _ => {}
        }
        let template = &self.cron["spec"]["jobTemplate"];
        let name = format!("{}-{}", meta::text(self.cron, "name"), at.to_jiff().as_second().div_euclid(60));
        let mut job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {}});
        for field in ["labels", "annotations"] {
            if let Some(value) = meta::field(template, field).filter(|value| !value.is_null()) {
                meta::set(&mut job, field, value.clone());
            }
        }
        meta::set(&mut job, "name", name.clone());
        meta::set(&mut job, "namespace", meta::text(self.cron, "namespace"));
        meta::set(&mut job, "ownerReferences", json!([owner::reference(CRON_JOBS, self.cron)]));
        annotate(&mut job, SCHEDULED, &at.rfc3339(0));
        job["spec"] = template["spec"].clone();
        let event = Event::normal(CRON_JOBS, self.cron, "SuccessfulCreate", format!("Created job {name}"));
        plan.report(Write::Create { kind: JOBS, object: job }, event);
    }

    /// Deletes finished Jobs beyond the history limits, the oldest first.
    fn clean_up(&self, plan: &mut Plan) {
        for (kind, field, default) in [("Complete", "successfulJobsHistoryLimit", 3), ("Failed", "failedJobsHistoryLimit", 1)] {
            let limit = number(self.cron, &format!("/spec/{field}")).unwrap_or(default).max(0);
            let mut done: Vec<_> =
                self.jobs.iter().filter(|job| condition::is_true(job, kind) && !meta::is_terminating(job)).collect();
            done.sort_by_key(|job| (time(job, "/status/startTime"), meta::text(job, "name").to_owned()));
            let surplus = len(&done).saturating_sub(limit);
            done.into_iter().take(index(surplus)).for_each(|job| self.delete(plan, job));
        }
    }

    fn delete(&self, plan: &mut Plan, job: &Arc<Value>) {
        let message = format!("Deleted job {}", meta::text(job, "name"));
        let event = Event::normal(CRON_JOBS, self.cron, "SuccessfulDelete", message);
        plan.report(Write::Delete { kind: JOBS, object: job.clone(), propagation: "Background" }, event);
    }

    fn write_status(&self, plan: &mut Plan) {
        let mut status = self.cron["status"].as_object().cloned().unwrap_or_default();
        for job in self.jobs.iter().filter(|job| is_finished(job)) {
            let uid = meta::text(job, "uid");
            if items(self.cron, "/status/active").iter().any(|one| one["uid"] == uid) {
                let end = if condition::is_true(job, "Complete") { "Complete" } else { "Failed" };
                let message = format!("Saw completed job: {}, condition: {end}", meta::text(job, "name"));
                plan.event(Event::normal(CRON_JOBS, self.cron, "SawCompletedJob", message));
            }
        }
        let known =
            |job: &Value| items(self.cron, "/status/active").iter().find(|one| one["uid"] == meta::text(job, "uid")).cloned();
        let active: Vec<Value> = self.active().map(|job| known(job).unwrap_or_else(|| reference(job))).collect();
        status.shift_remove("active");
        if !active.is_empty() {
            status.insert("active".to_owned(), Value::Array(active));
        }
        let made = self.jobs.iter().filter_map(|job| annotation(job, SCHEDULED).parse().ok()).map(Timestamp::from_jiff);
        let last = made.chain(time(self.cron, "/status/lastScheduleTime")).max();
        let ended = self.jobs.iter().filter_map(|job| time(job, "/status/completionTime"));
        let succeeded = ended.chain(time(self.cron, "/status/lastSuccessfulTime")).max();
        for (field, value) in [("lastScheduleTime", last), ("lastSuccessfulTime", succeeded)] {
            if let Some(value) = value {
                status.insert(field.to_owned(), json!(value.rfc3339(0)));
            }
        }
        let mut next = (**self.cron).clone();
        next["status"] = Value::Object(status);
        if next["status"] != json!({}) || !self.cron["status"].is_null() {
            plan.replace(CRON_JOBS, "status", self.cron, next);
        }
    }
}

/// The reference to a Job in the status.
fn reference(job: &Value) -> Value {
    let mut reference = json!({"apiVersion": "batch/v1", "kind": "Job"});
    for field in ["name", "namespace", "uid", "resourceVersion"] {
        reference[field] = json!(meta::text(job, field));
    }
    reference
}
