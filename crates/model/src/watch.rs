//! Watches, and the scope that lists, watches and gaps have.

use std::sync::Arc;

use super::session::words;
use super::{KindId, Seq, SessionNo, ViewerId, WatchId};

/// A part of a cluster: one resource, in one namespace or all, perhaps narrowed by selectors.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The kind; `None` for everything.
    pub kind: Option<KindId>,
    /// The namespace; '' for all.
    pub namespace: Arc<str>,
    /// Label and field selectors as in the URL; '' for none.
    pub selector: Arc<str>,
}

/// How a watch ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WatchOutcome {
    /// Still open, or the recording ended before it.
    Open,
    /// The stream ended in order (the server's timeout).
    Ended,
    /// The client went away.
    Dropped,
    /// The server sent 410 Gone.
    Expired,
    /// Another error.
    Failed,
}

words!(WatchOutcome: Open = 0 "open", Ended = 1 "ended", Dropped = 2 "dropped", Expired = 3 "expired", Failed = 4 "failed");

/// A watch, from its opening to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    /// Its row.
    pub id: WatchId,
    /// The session.
    pub session: SessionNo,
    /// Who watches.
    pub viewer: ViewerId,
    /// What.
    pub scope: Scope,
    /// The resourceVersion from which it was asked for; '' for "any".
    pub from_resource_version: Arc<str>,
    /// The operation that opened it.
    pub opened: Seq,
    /// The last resourceVersion it delivered, bookmarks included.
    pub progress: Arc<str>,
    /// How many events it delivered, bookmarks not counted.
    pub events: u64,
    /// The last operation known when it ended.
    pub closed: Option<Seq>,
    /// How it ended.
    pub outcome: WatchOutcome,
}
