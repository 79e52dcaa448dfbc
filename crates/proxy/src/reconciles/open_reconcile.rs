//! A reconcile that has not ended yet.

use std::sync::Arc;

use super::log_evidence::LogEvidence;
use kuberewind_model::{Certainty, Event, NewOperation, ObjectKey, Outcome, SpanEnd, SpanKey, SpanResult, Timestamp, Verb};

#[derive(Debug)]
pub(super) struct OpenReconcile {
    pub(super) key: SpanKey,
    pub(super) object: ObjectKey,
    /// Its first call, if it is known.
    pub(super) opening: Option<(Verb, ObjectKey)>,
    pub(super) start: Timestamp,
    pub(super) last: Timestamp,
    pub(super) evidence: LogEvidence,
    /// How well its object is proven.
    pub(super) certainty: Certainty,
    /// The name under which it is written.
    pub(super) actor: Arc<str>,
    /// True if its last call wrote the status of its object, as most controllers do at the end.
    pub(super) status_written: bool,
    /// The status of its last call, if that was refused.
    pub(super) refused: Option<u16>,
    /// True after a long quiet time. The log may mention it again.
    pub(super) dormant: bool,
}

impl OpenReconcile {
    /// Adds a call.
    pub(super) fn add_call(&mut self, call: &NewOperation, target: &ObjectKey) -> SpanKey {
        self.last = self.last.max(call.at);
        self.opening.get_or_insert_with(|| (call.verb, target.clone()));
        self.note(call, target);
        self.key
    }

    pub(super) fn note(&mut self, call: &NewOperation, target: &ObjectKey) {
        self.status_written = call.verb.is_write() && &*call.target.subresource == "status" && *target == self.object;
        self.refused = (call.outcome == Outcome::Refused && call.verb.is_write()).then_some(call.status);
    }

    pub(super) fn end_event(&self) -> Event {
        let (error, requeue_after) = (Arc::from(""), None);
        Event::SpanEnded(SpanEnd { span: self.key, at: self.last, result: SpanResult::Unknown, error, requeue_after })
    }
}
