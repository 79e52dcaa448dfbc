//! A row of the timeline with its names.

use std::sync::Arc;

use kuberewind_render::summary::ChangeSummary;

use kuberewind_model::{Duration, ObjectId, Outcome, Seq, SpanId, Timestamp, Verb};

/// A reconcile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowSpan {
    pub id: SpanId,
    /// The short name: `R88`.
    pub name: Arc<str>,
    /// The last operation before the start.
    pub started_after: Seq,
    /// The last operation before the end; `None` while it runs or if the end is unknown.
    pub ended_after: Option<Seq>,
}

/// The change, for the end of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowSummary {
    /// The changed fields. Empty for an operation that shows no change.
    Changed(ChangeSummary),
    /// Why the server refused the write, in few words; '' if only its message is known.
    Refused(String),
}

impl Default for RowSummary {
    fn default() -> RowSummary {
        RowSummary::Changed(ChangeSummary::default())
    }
}

/// A log line below a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogText {
    /// `error`, `info`, …; '' if unknown.
    pub level: Arc<str>,
    pub text: Arc<str>,
}

/// An operation in the timeline. The texts may contain control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub seq: Seq,
    /// The time of the result.
    pub at: Timestamp,
    pub duration: Duration,
    pub actor: Arc<str>,
    pub verb: Verb,
    /// The kind, or the plural resource name.
    pub kind: Arc<str>,
    /// The short name of the kind, such as `deploy`; the kind if it has none.
    pub short_kind: Arc<str>,
    /// '' for none.
    pub namespace: Arc<str>,
    /// '' for none.
    pub name: Arc<str>,
    /// '' for none.
    pub subresource: Arc<str>,
    /// The HTTP status; 0 for none.
    pub status: u16,
    pub outcome: Outcome,
    /// True for a successful write whose version was known before it began.
    pub changed_nothing: bool,
    pub object: Option<ObjectId>,
    pub span: Option<Arc<RowSpan>>,
    /// The error, or a summary of the result: `rv 48213`, `3 items, 1 new`.
    pub note: Arc<str>,
    /// The log lines before the next operation, if log lines are shown.
    pub logs: Arc<[LogText]>,
}

impl Row {
    #[must_use]
    pub fn is_error(&self) -> bool {
        matches!(self.outcome, Outcome::Refused | Outcome::MaybeApplied | Outcome::Lost) || self.verb == Verb::Error
    }

    /// True for an operation that may have a [`RowSummary`].
    #[must_use]
    pub fn may_have_summary(&self) -> bool {
        self.object.is_some() && (self.verb.is_write() || self.verb.is_watch_event())
    }

    /// The object in the timeline: `Deployment/checkout/status`.
    #[must_use]
    pub fn object_text(&self) -> String {
        self.object_of(&self.kind)
    }

    /// The object where there is little room: `deploy/checkout/status`.
    #[must_use]
    pub fn short_object_text(&self) -> String {
        self.object_of(&self.short_kind)
    }

    fn object_of(&self, kind: &str) -> String {
        let mut text = kind.to_owned();
        for part in [&self.name, &self.subresource] {
            if !part.is_empty() {
                text.push('/');
                text.push_str(part);
            }
        }
        text
    }

    /// The object in filters: `Deployment/shop/checkout`.
    #[must_use]
    pub fn object_path(&self) -> String {
        let parts: [&str; 3] = [&self.kind, &self.namespace, &self.name];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
    }
}
