//! Hot requeue: repeated reconciles of an object without delivery, pause or effect.

use super::cadence::Cadence;
use super::detector::Detector;
use super::input::Input;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::hash::{bytes, pair};
use crate::lru::Lru;
use crate::stream::Item;
use crate::tracker::Tracker;
use kuberewind_model::{Certainty, Duration, Seq, Span, SpanResult};

const ROUNDS: u64 = 20;
const SLOWEST: Duration = Duration(1_000_000_000);

#[derive(Default)]
pub(super) struct HotRequeue(Lru<u64, Run, 4_096>);

#[derive(Default)]
struct Run {
    cadence: Cadence,
    failed: bool,
    finding_id: Option<FindingId>,
}

impl Detector for HotRequeue {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let runs = &mut self.0;
        match input.item {
            Item::Operation(operation) if operation.is_done_write() => {
                if let Some(span) = operation.op.span.and_then(|id| input.tracker.span(id)) {
                    runs.remove(&place(span));
                }
            }
            Item::SpanEnded(span) => ended(runs, span, input.tracker, findings),
            _ => {}
        }
    }

    fn forget(&mut self, _: &Tracker) {
        self.0.clear();
    }
}

fn place(span: &Span) -> u64 {
    let actor = u64::from_ne_bytes(span.actor.0.to_ne_bytes());
    let parts = [&span.object.resource, &span.kind_name, &span.object.namespace, &span.object.name];
    parts.iter().fold(actor, |hash, part| pair(hash, bytes(part.as_bytes())))
}

/// True if a requeue started the reconcile rather than a change.
fn is_requeue(span: &Span) -> bool {
    let by_news = span.triggers.iter().any(|trigger| trigger.operation.is_some() || !trigger.resource_version.is_empty());
    !by_news
        && (span.attempt > 1
            || span.triggers.iter().any(|trigger| trigger.reason.contains("retry") || trigger.reason.contains("requeue")))
}

fn ended(runs: &mut Lru<u64, Run, 4_096>, span: &Span, tracker: &Tracker, findings: &mut Findings) {
    let key = place(span);
    if !is_requeue(span) {
        runs.remove(&key);
        return;
    }
    let run = runs.entry(key, Run::default);
    let at = span.duration.map_or(span.start, |took| span.start.plus(took));
    run.cadence.record(span.ended_after.unwrap_or(span.started_after).max(Seq(1)), at);
    run.failed |= span.result == SpanResult::Error;
    let (rounds, took) = (run.cadence.count, run.cadence.took());
    if let Some(finding_id) = run.finding_id {
        findings.update(finding_id, |finding| {
            finding.rounds = rounds;
            finding.set_pace(1, rounds.saturating_sub(1), took);
        });
        return;
    }
    if rounds < ROUNDS || run.cadence.median_gap().is_none_or(|gap| gap > SLOWEST) {
        return;
    }
    let actor = tracker.actor_name(span.actor).map_or("an actor", |name| &**name);
    let object = format!("{}/{}/{}", span.kind_name, span.object.namespace, span.object.name).replace("//", "/");
    let why = if run.failed { "fails and is retried" } else { "requeues itself" };
    let sentence = format!("the reconcile of {object} by {actor} {why} without pause, and writes nothing");
    run.finding_id = findings.report(
        Finding::new(Class::Loops, Severity::Warning, span.inferred.unwrap_or(Certainty::Exact), sentence)
            .object(&object)
            .actors([actor])
            .evidence(run.cadence.seqs())
            .rounds(rounds)
            .pace(1, rounds.saturating_sub(1), took),
    );
}
