//! The slowest reconciles and their critical paths.
//!
//! The critical path is the chain of calls that the end of the reconcile waited for: the last call to end, before it the last
//! call that ended before that one started, and so on. The rest is the reconcile's own work.

use std::sync::Arc;

use super::detector::Detector;
use super::input::Input;
use crate::finding::{Class, Finding, Severity};
use crate::findings::Findings;
use crate::lru::Lru;
use crate::settings::Settings;
use crate::stream::Item;
use crate::tracker::Tracker;
use kuberewind_model::{Certainty, Duration, Kind, Seq, Span, SpanId, Timestamp, Verb};

/// The number of reconciles reported.
const MAX_REPORTED: usize = 10;
/// Calls kept per reconcile, the first ones.
const MAX_CALLS: usize = 512;
/// Calls of the path named in the sentence.
const NAMED: usize = 3;
/// At this multiple of the threshold the severity is warning instead of info.
const WARNING_FACTOR: u64 = 10;

pub(super) struct SlowReconcile {
    threshold: Duration,
    calls: Lru<SpanId, Vec<Call>, 1_024>,
    slowest: Vec<Slow>,
}

#[derive(Clone)]
struct Call {
    seq: Seq,
    verb: Verb,
    kind: Option<Arc<Kind>>,
    began: Timestamp,
    ended: Timestamp,
}

struct Slow {
    span: Arc<Span>,
    took: Duration,
    path: Vec<Call>,
}

impl SlowReconcile {
    pub fn new(settings: &Settings) -> SlowReconcile {
        SlowReconcile { threshold: settings.slow_threshold, calls: Lru::default(), slowest: Vec::new() }
    }

    fn ended(&mut self, span: &Arc<Span>) {
        let calls = self.calls.remove(&span.id).unwrap_or_default();
        let Some(took) = span.duration.filter(|took| *took >= self.threshold) else { return };
        let shortest = self.slowest.iter().map(|slow| slow.took).min().unwrap_or_default();
        if self.slowest.len() >= MAX_REPORTED && took <= shortest {
            return;
        }
        self.slowest.push(Slow { span: Arc::clone(span), took, path: critical_path(calls) });
        self.slowest.sort_by_key(|slow| (std::cmp::Reverse(slow.took), slow.span.id));
        self.slowest.truncate(MAX_REPORTED);
    }
}

impl Detector for SlowReconcile {
    fn handle(&mut self, input: &Input<'_>, _: &mut Findings) {
        match input.item {
            Item::SpanEnded(span) => self.ended(span),
            Item::Operation(operation) if operation.is_bounded() => {
                let Some(span) = operation.op.span else { return };
                let calls = self.calls.entry(span, Vec::new);
                if calls.len() < MAX_CALLS {
                    let (began, ended) = (operation.began(), operation.op.at);
                    calls.push(Call {
                        seq: operation.op.seq,
                        verb: operation.op.verb,
                        kind: operation.kind.clone(),
                        began,
                        ended,
                    });
                }
            }
            _ => {}
        }
    }

    fn forget(&mut self, _: &Tracker) {
        // A missing call would count as the reconcile's own work.
        self.calls.clear();
    }

    fn end(&self, tracker: &Tracker, findings: &mut Findings) {
        for slow in &self.slowest {
            let actor = tracker.actor_name(slow.span.actor).map_or("an actor", |name| &**name);
            let far = slow.took.0 > self.threshold.0.saturating_mul(WARNING_FACTOR);
            let severity = if far { Severity::Warning } else { Severity::Info };
            let certainty = slow.span.inferred.unwrap_or(Certainty::Exact);
            let object =
                format!("{}/{}/{}", slow.span.kind_name, slow.span.object.namespace, slow.span.object.name).replace("//", "/");
            let sentence = format!("the reconcile of {object} by {actor} took {}: {}", slow.took, slow.parts());
            let begun = [slow.span.started_after.max(Seq(1))].into_iter().filter(|_| slow.path.is_empty());
            findings.report(
                Finding::new(Class::Slow, severity, certainty, sentence)
                    .object(&object)
                    .actors([actor])
                    .evidence(slow.path.iter().map(|call| call.seq).chain(begun)),
            );
        }
    }
}

impl Slow {
    /// The calls of the path, the longest first, and the own work.
    fn parts(&self) -> String {
        let mut path: Vec<(&Call, Duration)> = self.path.iter().map(|call| (call, call.ended.since(call.began))).collect();
        let waited = path.iter().fold(0_u64, |sum, (_, took)| sum.saturating_add(took.0));
        path.sort_by_key(|(call, took)| (std::cmp::Reverse(*took), call.seq));
        let mut parts: Vec<String> = Vec::new();
        for (call, took) in path.iter().take(NAMED) {
            let kind = call.kind.as_ref().map_or("other paths", |kind| kind.display_name());
            parts.push(format!("{} of {kind} {took} ({})", call.verb, call.seq));
        }
        let rest = path.iter().skip(NAMED).fold(0_u64, |sum, (_, took)| sum.saturating_add(took.0));
        if rest > 0 {
            parts.push(format!("{} more calls {}", path.len() - NAMED, Duration(rest)));
        }
        parts.push(format!("its own work {}", Duration(self.took.0.saturating_sub(waited))));
        parts.join(", ")
    }
}

/// The calls on the critical path, in order.
fn critical_path(mut calls: Vec<Call>) -> Vec<Call> {
    calls.sort_by_key(|call| (call.ended, call.seq));
    let mut path: Vec<Call> = Vec::new();
    while let Some(call) = calls.pop() {
        if path.last().is_none_or(|later| call.ended <= later.began) {
            path.push(call);
        }
    }
    path.reverse();
    path
}

#[cfg(test)]
mod tests {
    use super::{Call, critical_path};
    use kuberewind_model::{Seq, Timestamp, Verb};

    #[test]
    fn concurrent_shorter_calls_are_not_on_the_path() {
        let call = |seq, began, ended| Call {
            seq: Seq(seq),
            verb: Verb::Get,
            kind: None,
            began: Timestamp(began),
            ended: Timestamp(ended),
        };
        let path = critical_path(vec![call(1, 0, 10), call(2, 11, 13), call(3, 11, 40), call(4, 42, 50)]);
        assert_eq!(path.iter().map(|call| call.seq.0).collect::<Vec<_>>(), [1, 3, 4]);
        assert!(critical_path(Vec::new()).is_empty());
    }
}
