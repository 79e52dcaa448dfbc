//! Hot requeue, and class Y: repeated reconciles of an object without delivery, pause or effect.
//!
//! A log at its usual level names no trigger. Then a reconcile counts if nothing was delivered to the process and no version
//! of the object appeared since the one before. A work queue with many objects comes back to each of them after a pause, and
//! polling at a stated interval waits for it.

use super::cadence::Cadence;
use super::detector::Detector;
use super::failing_reconcile::{place, subject};
use super::input::Input;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::lru::Lru;
use crate::stream::Item;
use crate::tracker::Tracker;
use kuberewind_model::{Certainty, Duration, Seq, Span, SpanResult, Timestamp};

const ROUNDS: u64 = 20;
const SLOWEST: Duration = Duration(1_000_000_000);

#[derive(Default)]
pub(super) struct HotRequeue(Lru<u64, Run, 4_096>);

/// The pause before a reconcile without a stated trigger.
const PAUSE: Duration = Duration(250_000_000);

#[derive(Default)]
struct Run {
    cadence: Cadence,
    failed: bool,
    /// The end of the latest reconcile, and the operation known then.
    ended: Option<(Timestamp, Seq)>,
    /// The delay until the next run that the latest one requested.
    requeue_after: Option<Duration>,
    stated: bool,
    finding_id: Option<FindingId>,
}

impl Detector for HotRequeue {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let runs = &mut self.0;
        match input.item {
            Item::Operation(operation) if operation.is_done_write() && !runs.is_empty() => {
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

/// True if a requeue started the reconcile rather than a change.
fn is_requeue(span: &Span) -> bool {
    let by_news = span.triggers.iter().any(|trigger| trigger.operation.is_some() || !trigger.resource_version.is_empty());
    !by_news
        && (span.attempt > 1
            || span.triggers.iter().any(|trigger| trigger.reason.contains("retry") || trigger.reason.contains("requeue")))
}

/// True if the recording knows what started the reconcile.
fn is_triggered(span: &Span) -> bool {
    let known = |trigger: &kuberewind_model::Trigger| {
        trigger.operation.is_some() || !trigger.resource_version.is_empty() || !trigger.reason.is_empty()
    };
    span.triggers.iter().any(known)
}

/// True if nothing known to the recording started the reconcile, and it followed the one before without a pause.
fn follows_at_once(run: &Run, span: &Span, tracker: &Tracker) -> bool {
    let Some((ended, last)) = run.ended.filter(|_| span.inferred.is_none()) else { return false };
    let news = tracker.actor_name(span.actor).and_then(|name| tracker.last_delivery(name)).is_some_and(|seq| seq > last);
    let polls = run.requeue_after.is_some_and(|after| after.0 >= PAUSE.0 / 5 && span.start.since(ended).0 * 10 >= after.0 * 8);
    !news && !polls && span.start.since(ended) <= PAUSE
}

fn ended(runs: &mut Lru<u64, Run, 4_096>, span: &Span, tracker: &Tracker, findings: &mut Findings) {
    let stated = is_requeue(span);
    if !stated && is_triggered(span) {
        if !runs.is_empty() {
            runs.remove(&place(span));
        }
        return;
    }
    let run = runs.entry(place(span), Run::default);
    let at = span.duration.map_or(span.start, |took| span.start.plus(took));
    if !stated && !follows_at_once(run, span, tracker) {
        *run = Run::default();
    } else {
        run.cadence.record(span.ended_after.unwrap_or(span.started_after).max(Seq(1)), at);
    }
    run.ended = Some((at, span.ended_after.unwrap_or(span.started_after)));
    run.requeue_after = span.requeue_after;
    run.stated |= stated;
    run.failed |= span.result == SpanResult::Error;
    let (rounds, took) = (run.cadence.count, run.cadence.took());
    if let Some(finding_id) = run.finding_id {
        findings.update(finding_id, |finding| {
            finding.rounds = rounds;
            finding.set_pace(1, rounds.saturating_sub(1), took);
        });
        return;
    }
    let enough = if run.stated { ROUNDS } else { ROUNDS * 3 / 2 };
    if rounds < enough || run.cadence.median_gap().is_none_or(|gap| gap > SLOWEST) {
        return;
    }
    let actor = tracker.actor_name(span.actor).map_or("an actor", |name| &**name);
    let object = subject(span);
    let why = match (run.failed, run.stated) {
        (true, _) => "fails and is retried without pause, and writes nothing",
        (false, true) => "requeues itself without pause, and writes nothing",
        (false, false) => "runs again and again without pause: each run succeeds, and nothing is delivered or changes in between",
    };
    let sentence = format!("the reconcile of {object} by {actor} {why}");
    run.finding_id = findings.report(
        Finding::new(Class::Loops, Severity::Warning, span.inferred.unwrap_or(Certainty::Exact), sentence)
            .object(&object)
            .actors([actor])
            .evidence(run.cadence.seqs())
            .rounds(rounds)
            .pace(1, rounds.saturating_sub(1), took),
    );
}
