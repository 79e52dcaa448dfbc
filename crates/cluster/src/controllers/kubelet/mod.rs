//! `kubelet`: reports what pods on nodes do. No container runs.
//!
//! A pod starts after [`Timing::start`], passes its readiness probe after `initialDelaySeconds`, and runs on. A pod that is meant to
//! end (`restartPolicy` `Never` or `OnFailure`, controlled by a Job) ends after [`Timing::run`] with exit code 0. Two annotations
//! change that for one pod: [`EXIT_CODE`] and [`RUN_SECONDS`].

pub(super) mod node;
mod status;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time;

use serde_json::Value;

use self::status::{Report, State};
use super::controller::{Context, Controller, Key, Program, after, key_of};
use super::event::Event;
use super::kind::{JOBS, Kind, PODS};
use super::objects::Objects;
use super::owner;
use super::plan::{Plan, Step, Write};
use super::pods;
use super::value::{annotation, count, items, text};
use crate::meta;
use kuberewind_model::{Duration, Timestamp};

/// The annotation of a pod with the exit code of its containers. A pod with it ends, whoever controls it.
pub const EXIT_CODE: &str = "kuberewind.dev/exit-code";

/// The annotation of a pod with the number of seconds that its containers run before they end.
pub const RUN_SECONDS: &str = "kuberewind.dev/run-seconds";

/// How long the steps of a pod's life take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// From the assignment to a node until the containers run.
    pub start: time::Duration,
    /// From the start until the containers of a Job's pod end.
    pub run: time::Duration,
}

impl Default for Timing {
    /// A second each.
    fn default() -> Timing {
        Timing { start: time::Duration::from_secs(1), run: time::Duration::from_secs(1) }
    }
}

/// Reports what pods on all nodes do.
#[derive(Debug, Default)]
pub struct Kubelet {
    timing: Timing,
    /// When the pods with these uids were seen first, and when their containers started. Status times have whole seconds only.
    times: BTreeMap<String, (Timestamp, Option<Timestamp>)>,
}

impl Kubelet {
    /// A kubelet whose pods take this long.
    #[must_use]
    pub fn new(timing: Timing) -> Kubelet {
        Kubelet { timing, times: BTreeMap::new() }
    }

    /// When the containers end: `None` for pods that run on.
    fn end(&self, pod: &Value, started: Timestamp) -> Option<Timestamp> {
        if let Ok(seconds) = annotation(pod, RUN_SECONDS).parse() {
            return Some(after(started, seconds));
        }
        let ends = !annotation(pod, EXIT_CODE).is_empty()
            || (owner::name_of(pod, JOBS).is_some() && text(pod, "/spec/restartPolicy") != "Always");
        ends.then(|| started.plus(Duration::from_std(self.timing.run)))
    }
}

impl Controller for Kubelet {
    fn name(&self) -> &'static str {
        "kubelet"
    }

    fn program(&self) -> Program {
        Program::Kubelet
    }

    fn kind(&self) -> Kind {
        PODS
    }

    fn concerned(&self, _: &dyn Objects, kind: Kind, object: &Value) -> Vec<Key> {
        if kind == PODS && !text(object, "/spec/nodeName").is_empty() { vec![key_of(object)] } else { Vec::new() }
    }

    fn reconcile(&mut self, _: &dyn Objects, pod: &Arc<Value>, context: &Context) -> Plan {
        let mut plan = Plan::default();
        if text(pod, "/spec/nodeName").is_empty() || pods::is_finished(pod) || meta::is_terminating(pod) {
            return plan;
        }
        let uid = meta::text(pod, "uid").to_owned();
        let (seen, mut started) = self.times.get(&uid).copied().unwrap_or((context.now, None));
        let running = text(pod, "/status/phase") == "Running";
        if running && started.is_none() {
            // A pod that ran before this kubelet did.
            started = items(pod, "/status/containerStatuses")
                .iter()
                .filter_map(|one| super::value::time(one, "/state/running/startedAt"))
                .max();
        }
        let due = seen.plus(Duration::from_std(self.timing.start));
        if started.is_none() && due <= context.now && !text(pod, "/status/startTime").is_empty() {
            started = Some(context.now);
            start_events(&mut plan, pod);
        }
        self.times.insert(uid, (seen, started));
        let state = match started {
            None => {
                plan.look_again(due);
                State::Waiting
            }
            Some(started) => match self.end(pod, started) {
                Some(end) if end <= context.now => {
                    State::Ended { started, code: annotation(pod, EXIT_CODE).parse().unwrap_or(0) }
                }
                end => {
                    end.into_iter().for_each(|end| plan.look_again(end));
                    State::Running { started, ready: ready(&mut plan, pod, started, context) }
                }
            },
        };
        let next = Report { pod, state, now: context.time() }.apply();
        if next != **pod {
            let write = Write::Replace { kind: PODS, subresource: "status", before: pod.clone(), object: next };
            plan.steps.insert(0, Step { write: Some(write), event: None });
        }
        plan
    }

    fn forget(&mut self, object: &Value) {
        self.times.remove(meta::text(object, "uid"));
    }
}

/// The names of the containers whose readiness probes pass.
fn ready(plan: &mut Plan, pod: &Value, started: Timestamp, context: &Context) -> Vec<String> {
    let mut names = Vec::new();
    for container in items(pod, "/spec/containers") {
        let probe = container.get("readinessProbe").filter(|probe| probe.is_object());
        let at = probe.map_or(started, |probe| after(started, count(probe, "/initialDelaySeconds")));
        if at <= context.now {
            names.push(text(container, "/name").to_owned());
        } else {
            plan.look_again(at);
        }
    }
    names
}

fn start_events(plan: &mut Plan, pod: &Arc<Value>) {
    for container in items(pod, "/spec/containers") {
        let (image, name) = (text(container, "/image"), text(container, "/name"));
        let pulled = format!("Container image \"{image}\" already present on machine");
        plan.event(Event::normal(PODS, pod, "Pulled", pulled));
        plan.event(Event::normal(PODS, pod, "Created", format!("Container created: {name}")));
        plan.event(Event::normal(PODS, pod, "Started", format!("Container started: {name}")));
    }
}
