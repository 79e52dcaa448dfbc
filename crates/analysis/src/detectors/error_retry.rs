//! Error-retry storms: the same call fails repeatedly in the same way.

use super::detector::Detector;
use super::input::Input;
use super::keys::{id_key, is_person, target_key};
use super::series::Series;
use super::server_words::quote;
use crate::finding::{Class, Finding, Severity};
use crate::findings::Findings;
use crate::hash::{bytes, pair};
use crate::lru::Lru;
use crate::stream::OperationItem;
use crate::tracker::Tracker;
use kuberewind_model::{Certainty, Duration, Verb};

const ROUNDS: u64 = 8;
const SLOWEST: Duration = Duration(60_000_000_000);

#[derive(Default)]
pub(super) struct ErrorRetry(Lru<u64, Run, 4_096>);

struct Run {
    status: u16,
    series: Series,
}

impl Detector for ErrorRetry {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        // Health checks and discovery have no kind. The `errors` detector covers them.
        let Some(operation) = input.operation.filter(|operation| operation.op.kind.is_some()) else { return };
        if !is_problem(operation) {
            if !self.0.is_empty() && !operation.is_failure() {
                self.0.remove(&call(operation));
            }
            return;
        }
        let runs = &mut self.0;
        let status = operation.op.status;
        let fresh = || Run { status, series: Series::default() };
        let run = runs.entry(call(operation), fresh);
        let late = |run: &Run| run.series.cadence.count > 0 && operation.op.at.since(run.series.cadence.last_at) > SLOWEST;
        if run.status != status || late(run) {
            *run = fresh();
        }
        run.series.cadence.record(operation.op.seq, operation.op.at);
        run.series.report(findings, |cadence| {
            (cadence.count >= ROUNDS).then(|| {
                let message = quote(&operation.op.error);
                let reason = operation.detail.as_ref().map_or("", |detail| &*detail.reason);
                let why = match (reason, &*message) {
                    ("", words) => words.to_owned(),
                    (reason, "") => reason.to_owned(),
                    (reason, words) => format!("{reason}: {words}"),
                };
                let sentence = format!(
                    "{} repeats {} {}, which always fails ({status} {why})",
                    operation.actor,
                    operation.op.verb,
                    operation.subject()
                );
                let finding = Finding::new(Class::Loops, Severity::Warning, Certainty::Exact, sentence);
                finding.object(&operation.subject()).actors([&operation.actor]).message(&message)
            })
        });
    }

    fn forget(&mut self, _: &Tracker) {
        self.0.clear();
    }
}

/// True for failures that are a problem when repeated. A get of a missing object may be a check, and conflicts have their own
/// detector. An eviction that a disruption budget refuses is tried again by design.
fn is_problem(operation: &OperationItem) -> bool {
    let eviction = &*operation.op.subresource == "eviction";
    let outcome = (operation.op.verb, operation.op.status);
    operation.is_failure() && !eviction && !matches!(outcome, (Verb::Get, 404) | (_, 409)) && !is_person(&operation.actor)
}

fn call(operation: &OperationItem) -> u64 {
    let who = pair(id_key(operation.op.actor.0), id_key(operation.op.verb.code()));
    pair(pair(who, target_key(operation)), bytes(operation.op.subresource.as_bytes()))
}
