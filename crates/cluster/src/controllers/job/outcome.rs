//! When a Job has succeeded or failed.

use serde_json::{Value, json};

use super::Work;
use super::tracking::FINALIZER;
use crate::controllers::condition;
use crate::controllers::controller::after;
use crate::controllers::event::Event;
use crate::controllers::kind::JOBS;
use crate::controllers::plan::Plan;
use crate::controllers::pods;
use crate::controllers::value::{number, text, time};
use crate::meta;

impl Work<'_> {
    fn condition(&self, kind: &str, status: &str, reason: &str, message: &str) -> Value {
        let now = self.context.time();
        json!({"type": kind, "status": status, "lastProbeTime": now, "lastTransitionTime": now, "reason": reason, "message": message})
    }

    /// Decides whether the Job has ended, and notes that with `SuccessCriteriaMet` or `FailureTarget`.
    pub(super) fn verdict(&mut self, plan: &mut Plan) -> bool {
        let noted = ["SuccessCriteriaMet", "FailureTarget"];
        if noted.iter().any(|kind| condition::is_true(self.job, kind)) {
            return true;
        }
        let found = self.failure(plan).map(|(reason, message)| self.condition("FailureTarget", "True", reason, message));
        let found = found.or_else(|| {
            let message = "Reached expected number of succeeded pods";
            self.is_complete().then(|| self.condition("SuccessCriteriaMet", "True", "CompletionsReached", message))
        });
        let Some(found) = found else { return false };
        condition::set(&mut self.status, found);
        true
    }

    fn failure(&self, plan: &mut Plan) -> Option<(&'static str, &'static str)> {
        let limit = number(self.job, "/spec/backoffLimit").unwrap_or(6);
        if self.failed() > limit {
            return Some(("BackoffLimitExceeded", "Job has reached the specified backoff limit"));
        }
        let seconds = number(self.job, "/spec/activeDeadlineSeconds")?;
        let due = after(time(&self.status, "/startTime")?, seconds);
        if due <= self.context.now {
            return Some(("DeadlineExceeded", "Job was active longer than specified deadline"));
        }
        plan.look_again(due);
        None
    }

    fn is_complete(&self) -> bool {
        let idle = !self.pods.iter().any(|pod| pods::is_active(pod));
        match number(self.job, "/spec/completions") {
            Some(completions) => self.succeeded() >= completions && idle,
            None => self.succeeded() > 0 && idle,
        }
    }

    /// Sets `Complete` or `Failed` once all pods are counted.
    pub(super) fn conclude(&mut self, plan: &mut Plan) {
        if self.has_open_pods() || self.pods.iter().any(|pod| meta::finalizers(pod).contains(&FINALIZER)) {
            return;
        }
        let noted = |kind: &str| condition::find(self.job, kind).cloned();
        if let Some(success) = noted("SuccessCriteriaMet") {
            let end = self.condition("Complete", "True", text(&success, "/reason"), text(&success, "/message"));
            self.status["completionTime"] = json!(self.context.time());
            condition::set(&mut self.status, end);
            plan.event(Event::normal(JOBS, self.job, "Completed", "Job completed"));
            return;
        }
        let Some(failure) = noted("FailureTarget") else { return };
        let (reason, message) = (text(&failure, "/reason").to_owned(), text(&failure, "/message").to_owned());
        let end = self.condition("Failed", "True", &reason, &message);
        condition::set(&mut self.status, end);
        let reason = if reason == "DeadlineExceeded" { "DeadlineExceeded" } else { "BackoffLimitExceeded" };
        plan.event(Event::warning(JOBS, self.job, reason, message));
    }

    /// Notes that the Job was suspended or resumed.
    pub(super) fn note_suspension(&mut self, plan: &mut Plan, suspended: bool) {
        let noted = condition::find(self.job, "Suspended").map(|one| one["status"] == "True");
        if suspended && noted != Some(true) {
            let paused = self.condition("Suspended", "True", "JobSuspended", "Job suspended");
            condition::set(&mut self.status, paused);
            plan.event(Event::normal(JOBS, self.job, "Suspended", "Job suspended"));
        } else if !suspended && noted == Some(true) {
            let resumed = self.condition("Suspended", "False", "JobResumed", "Job resumed");
            condition::set(&mut self.status, resumed);
            self.status["startTime"] = json!(self.context.time());
            plan.event(Event::normal(JOBS, self.job, "Resumed", "Job resumed"));
        }
        if suspended {
            self.status["startTime"] = Value::Null;
        }
    }
}
