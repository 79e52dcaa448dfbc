//! Watches and scopes.

use std::sync::Arc;

use super::session::words;
use super::{KindId, Seq, SessionNo, ViewerId, WatchId};

/// A part of a cluster: a resource in one namespace or all, possibly restricted by selectors.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Scope {
    /// `None` for all kinds.
    pub kind: Option<KindId>,
    /// '' for all namespaces.
    pub namespace: Arc<str>,
    /// Label and field selectors as in the URL, '' for none.
    pub selector: Arc<str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WatchOutcome {
    /// Still open, or the recording ended first.
    Open,
    /// The server ended the stream, for example at its timeout.
    Ended,
    /// The client closed the stream.
    Dropped,
    Expired,
    Failed,
}

words!(WatchOutcome: Open = 0 "open", Ended = 1 "ended", Dropped = 2 "dropped", Expired = 3 "expired", Failed = 4 "failed");

/// A watch, from its opening to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    pub id: WatchId,
    pub session: SessionNo,
    pub viewer: ViewerId,
    pub scope: Scope,
    /// The requested start, '' for any.
    pub from_resource_version: Arc<str>,
    /// The operation that opened it.
    pub opened: Seq,
    /// The last delivered resourceVersion, bookmarks included.
    pub progress: Arc<str>,
    /// The number of delivered events, bookmarks excluded.
    pub events: u64,
    /// The last operation known when it ended.
    pub closed: Option<Seq>,
    pub outcome: WatchOutcome,
}
