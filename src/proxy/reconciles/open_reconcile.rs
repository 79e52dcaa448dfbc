//! A reconcile that has not ended yet.

use std::sync::Arc;

use super::log_evidence::LogEvidence;
use kuberewind_model::{Event, NewOperation, ObjectKey, SpanEnd, SpanKey, SpanResult, Timestamp, Verb};

#[derive(Debug)]
pub(super) struct OpenReconcile {
    pub(super) key: SpanKey,
    pub(super) object: ObjectKey,
    pub(super) uid: Arc<str>,
    /// Its first call, if it is known.
    pub(super) opening: Option<(Verb, ObjectKey)>,
    pub(super) start: Timestamp,
    pub(super) last: Timestamp,
    pub(super) evidence: LogEvidence,
    /// True after a long quiet time. The log may mention it again.
    pub(super) dormant: bool,
}

impl OpenReconcile {
    /// Adds a call.
    pub(super) fn add_call(&mut self, call: &NewOperation, target: &ObjectKey) -> SpanKey {
        self.last = self.last.max(call.at);
        self.opening.get_or_insert_with(|| (call.verb, target.clone()));
        self.key
    }

    pub(super) fn end_event(&self) -> Event {
        let (error, requeue_after) = (Arc::from(""), None);
        Event::SpanEnded(SpanEnd { span: self.key, at: self.last, result: SpanResult::Unknown, error, requeue_after })
    }
}
