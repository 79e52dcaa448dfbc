//! A row of the timeline, its names looked up.

use std::sync::Arc;

use crate::model::{Duration, ObjectId, Outcome, Seq, SpanId, Timestamp, Verb};

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
    /// The reconcile and its short name: `R88`.
    pub span: Option<(SpanId, Arc<str>)>,
    /// The error, or else what the operation showed: `rv 48213`, `3 items, 1 new`.
    pub note: Arc<str>,
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

    /// What the search looks at: everything the row shows, in lower case.
    #[must_use]
    pub fn haystack(&self) -> String {
        let span = self.span.as_ref().map_or("", |(_, name)| name);
        let status = if self.status == 0 { String::new() } else { self.status.to_string() };
        format!(
            "{} {} {} {} {} {status} {span} {}",
            self.seq,
            self.actor,
            self.verb,
            self.namespace,
            self.object_text(),
            self.note
        )
        .to_lowercase()
    }
}
