//! Spans: reconciles.

use std::sync::Arc;

use super::session::words;
use super::{ActorId, Certainty, Duration, ObjectKey, Seq, SessionNo, SpanId, Timestamp};

/// How a reconcile ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SpanResult {
    /// Not known: still running, or its end was not told.
    Unknown,
    /// It returned without an error.
    Ok,
    /// It returned an error.
    Error,
    /// It was dropped before it returned.
    Cancelled,
}

words!(SpanResult: Unknown = 0 "unknown", Ok = 1 "ok", Error = 2 "error", Cancelled = 3 "cancelled");

/// What made a reconcile run. Several may coalesce into one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// The delivery (or write) that triggered it, where it is known.
    pub operation: Option<Seq>,
    /// The uid of the object that triggered it; '' where unknown.
    pub uid: Arc<str>,
    /// The resourceVersion that triggered it; '' where unknown.
    pub resource_version: Arc<str>,
    /// The runtime's own words: `object updated`, `reconciler requested retry`.
    pub reason: Arc<str>,
    /// How sure the link to the operation is.
    pub certainty: Certainty,
}

/// One reconcile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Its row.
    pub id: SpanId,
    /// Its name in the file: a uuid of the runtime (`reconcileID`), or a number of ours.
    pub label: Arc<str>,
    /// The session.
    pub session: SessionNo,
    /// Who reconciled.
    pub actor: ActorId,
    /// What.
    pub object: ObjectKey,
    /// `Deployment`, or the plural where the kind was never told.
    pub kind_name: Arc<str>,
    /// When it began.
    pub start: Timestamp,
    /// How long it took; `None` while it runs, or where its end was never told.
    pub duration: Option<Duration>,
    /// The last operation known when it began.
    pub started_after: Seq,
    /// The last operation known when it ended.
    pub ended_after: Option<Seq>,
    /// How it ended.
    pub result: SpanResult,
    /// The error, '' where there is none.
    pub error: Arc<str>,
    /// When it asked to be run again.
    pub requeue_after: Option<Duration>,
    /// Counts runs for this object from 1 since the last success.
    pub attempt: u32,
    /// Whether it was inferred from the traffic; recorded spans are facts, inferred ones findings.
    pub inferred: Option<Certainty>,
    /// What made it run.
    pub triggers: Vec<Trigger>,
}
