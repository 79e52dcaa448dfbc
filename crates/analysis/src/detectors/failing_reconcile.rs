//! Class Z: reconciles of an object that fail again and again.
//!
//! No call need fail: the error may be known from the operator's log only. The gaps grow by backoff. One failure at the start
//! followed by a success, and reconciles that are cancelled at shutdown, are normal.

use super::detector::Detector;
use super::input::Input;
use super::server_words::quote;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::hash::{bytes, pair};
use crate::lru::Lru;
use crate::stream::Item;
use crate::tracker::Tracker;
use kuberewind_model::{Certainty, Seq, Span, SpanResult, Timestamp};

const FAILURES: u64 = 5;
/// Errors that say that the process ends, or that another replica leads.
const AT_SHUTDOWN: [&str; 3] = ["context canceled", "leader election lost", "the object has been modified"];

#[derive(Default)]
pub(super) struct FailingReconcile(Lru<u64, Run, 4_096>);

#[derive(Default)]
struct Run {
    failures: u64,
    since: Timestamp,
    operations: Vec<Seq>,
    finding_id: Option<FindingId>,
}

impl Detector for FailingReconcile {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let Item::SpanEnded(span) = input.item else { return };
        let key = place(span);
        match span.result {
            SpanResult::Ok => {
                self.0.remove(&key);
            }
            SpanResult::Error if !AT_SHUTDOWN.iter().any(|words| span.error.contains(words)) => {
                let run = self.0.entry(key, Run::default);
                failed(run, span, input.tracker, findings);
            }
            _ => {}
        }
    }

    fn forget(&mut self, _: &Tracker) {
        self.0.clear();
    }
}

/// A key of the actor and the reconciled object.
pub(super) fn place(span: &Span) -> u64 {
    let actor = u64::from_ne_bytes(span.actor.0.to_ne_bytes());
    let parts = [&span.object.resource, &span.kind_name, &span.object.namespace, &span.object.name];
    parts.iter().fold(actor, |hash, part| pair(hash, bytes(part.as_bytes())))
}

/// `Kind/namespace/name` of the reconciled object.
pub(super) fn subject(span: &Span) -> String {
    format!("{}/{}/{}", span.kind_name, span.object.namespace, span.object.name).replace("//", "/")
}

fn failed(run: &mut Run, span: &Span, tracker: &Tracker, findings: &mut Findings) {
    let at = span.duration.map_or(span.start, |took| span.start.plus(took));
    if run.failures == 0 {
        run.since = at;
    }
    run.failures += 1;
    let seq = span.ended_after.unwrap_or(span.started_after).max(Seq(1));
    let took = at.since(run.since);
    if let Some(finding_id) = run.finding_id {
        findings.update(finding_id, |finding| {
            finding.add_evidence(seq);
            finding.rounds = run.failures;
            finding.set_pace(1, run.failures.saturating_sub(1), took);
        });
        return;
    }
    run.operations.push(seq);
    if run.failures < FAILURES {
        return;
    }
    let actor = tracker.actor_name(span.actor).map_or("an actor", |name| &**name);
    let (object, message) = (subject(span), quote(&span.error));
    let words = if message.is_empty() { String::new() } else { format!(": {message}") };
    let sentence = format!("every reconcile of {object} by {actor} fails{words}");
    run.finding_id = findings.report(
        Finding::new(Class::Loops, Severity::Error, span.inferred.unwrap_or(Certainty::Exact), sentence)
            .object(&object)
            .actors([actor])
            .evidence(run.operations.drain(..))
            .message(&message)
            .rounds(run.failures)
            .pace(1, run.failures.saturating_sub(1), took),
    );
}
