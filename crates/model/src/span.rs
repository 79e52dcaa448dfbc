//! Spans: reconciles.

use std::sync::Arc;

use super::session::words;
use super::{ActorId, Certainty, Duration, ObjectKey, Seq, SessionNo, SpanId, Timestamp};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SpanResult {
    /// Still running, or its end is unknown.
    Unknown,
    Ok,
    Error,
    /// The future was dropped before it returned.
    Cancelled,
}

words!(SpanResult: Unknown = 0 "unknown", Ok = 1 "ok", Error = 2 "error", Cancelled = 3 "cancelled");

/// A reason for which a reconcile ran. Several may coalesce into one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// The delivery or write that triggered it, if known.
    pub operation: Option<Seq>,
    /// '' if unknown.
    pub uid: Arc<str>,
    /// '' if unknown.
    pub resource_version: Arc<str>,
    /// In the words of the runtime: `object updated`, `reconciler requested retry`.
    pub reason: Arc<str>,
    /// How certain the link to the operation is.
    pub certainty: Certainty,
}

/// One run of a reconciler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    pub id: SpanId,
    /// The runtime's uuid (`reconcileID`), or a number.
    pub label: Arc<str>,
    pub session: SessionNo,
    pub actor: ActorId,
    pub object: ObjectKey,
    /// For example `Deployment`, or the plural if the kind is unknown.
    pub kind_name: Arc<str>,
    pub start: Timestamp,
    /// `None` while it runs, or if its end is unknown.
    pub duration: Option<Duration>,
    /// The last operation known at its start.
    pub started_after: Seq,
    /// The last operation known at its end.
    pub ended_after: Option<Seq>,
    pub result: SpanResult,
    /// '' for none.
    pub error: Arc<str>,
    /// The delay until the next run that the reconciler requested.
    pub requeue_after: Option<Duration>,
    /// Counts the runs for this object since its last success, from 1.
    pub attempt: u32,
    /// `None` for a recorded reconcile, the certainty for one inferred from the traffic.
    pub inferred: Option<Certainty>,
    pub triggers: Vec<Trigger>,
}
