//! A row of the timeline, its names looked up.

use std::sync::Arc;

use kuberewind_model::{Duration, ObjectId, Outcome, Seq, SpanId, Timestamp, Verb};

/// A reconcile as rows name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowSpan {
    /// Which.
    pub id: SpanId,
    /// Its short name: `R88`.
    pub name: Arc<str>,
    /// The last operation known when it began.
    pub started_after: Seq,
    /// The last operation known when it ended; `None` while it runs, or where its end was never told.
    pub ended_after: Option<Seq>,
}

/// A log line below a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogText {
    /// `error`, `info`, …; '' where the line does not say.
    pub level: Arc<str>,
    /// The line.
    pub text: Arc<str>,
}

/// One operation as the timeline shows it. The texts are as recorded, not yet fit for a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number.
    pub seq: Seq,
    /// When its result became known.
    pub at: Timestamp,
    /// How long it took.
    pub duration: Duration,
    /// Who.
    pub actor: Arc<str>,
    /// What it did.
    pub verb: Verb,
    /// `Deployment`, or the plural.
    pub kind: Arc<str>,
    /// Namespace, '' for none.
    pub namespace: Arc<str>,
    /// Name, '' for none.
    pub name: Arc<str>,
    /// Subresource, '' for none.
    pub subresource: Arc<str>,
    /// HTTP status, 0 for none.
    pub status: u16,
    /// What came of it.
    pub outcome: Outcome,
    /// The object it is about.
    pub object: Option<ObjectId>,
    /// The reconcile.
    pub span: Option<Arc<RowSpan>>,
    /// The error, or else what the operation showed: `rv 48213`, `3 items, 1 new`.
    pub note: Arc<str>,
    /// What was printed after it and before the next one, where log lines are shown.
    pub logs: Arc<[LogText]>,
}

impl Row {
    /// Whether it failed.
    #[must_use]
    pub fn is_error(&self) -> bool {
        matches!(self.outcome, Outcome::Refused | Outcome::MaybeApplied | Outcome::Lost) || self.verb == Verb::Error
    }

    /// The object in one word: `Deployment/checkout/status`.
    #[must_use]
    pub fn object_text(&self) -> String {
        let mut text = self.kind.to_string();
        for part in [&self.name, &self.subresource] {
            if !part.is_empty() {
                text.push('/');
                text.push_str(part);
            }
        }
        text
    }

    /// The object as filters write it: `Deployment/shop/checkout`.
    #[must_use]
    pub fn object_path(&self) -> String {
        let parts: [&str; 3] = [&self.kind, &self.namespace, &self.name];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
    }
}
