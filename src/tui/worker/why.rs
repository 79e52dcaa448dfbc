//! Why an operation happened, and what it led to.

use crate::json::document::Line;
use crate::model::{Certainty, Operation, Result, Seq, Span, SpanResult};
use crate::tui::doc::{Doc, DocLine, LineKind, Tone};

use super::links::MAX_LINKS;
use super::{Worker, names};

impl Worker {
    pub(super) fn why(&mut self, operation: &Operation) -> Result<Doc> {
        let mut doc = Doc::new(operation.seq, self.said(operation)?);
        let span = self.span_of(operation)?;
        match &span {
            Some(span) => doc.say(Tone::Plain, reconcile(span)),
            None if operation.verb.is_watch_event() => {
                let actor = self.actor(operation)?;
                doc.say(Tone::Plain, format!("a delivery to {actor}"));
            }
            None => doc.say(Tone::Muted, "belongs to no reconcile that was recorded"),
        }
        if let Some(span) = &span
            && !span.error.is_empty()
        {
            doc.say(Tone::Bad, span.error.to_string());
        }
        doc.say(Tone::Heading, "because");
        self.causes(&mut doc, operation, span.as_ref())?;
        doc.say(Tone::Plain, "");
        doc.say(Tone::Heading, "leads to");
        self.effects(&mut doc, operation)?;
        Ok(doc)
    }

    fn causes(&mut self, doc: &mut Doc, operation: &Operation, span: Option<&Span>) -> Result<()> {
        let before = doc.lines.len();
        if operation.verb.is_watch_event()
            && let Some(link) = self.write_behind(operation)?
        {
            self.link(doc, 1, &link.to, Some(link.certainty), "")?;
            self.because_of(doc, 2, &link.to)?;
        }
        for trigger in span.map(|span| span.triggers.iter().take(MAX_LINKS)).into_iter().flatten() {
            let delivery = trigger.operation.map_or(Ok(None), |seq| self.operation(seq))?;
            match delivery {
                Some(delivery) => {
                    self.link(doc, 1, &delivery, Some(trigger.certainty), &trigger.reason)?;
                    if let Some(link) = self.write_behind(&delivery)? {
                        self.link(doc, 2, &link.to, Some(link.certainty), "")?;
                    }
                }
                None => say_at(doc, 1, Tone::Plain, trigger.reason.to_string()),
            }
        }
        if doc.lines.len() == before {
            let words = if operation.verb.is_watch_event() {
                "the write behind it was not recorded"
            } else if span.is_some() {
                "what triggered the reconcile was not told"
            } else {
                "without a reconcile its cause is not known"
            };
            say_at(doc, 1, Tone::Muted, words.to_owned());
        }
        Ok(())
    }

    /// Of a write: the reconcile that made it, and what triggered that.
    fn because_of(&mut self, doc: &mut Doc, depth: u16, write: &Operation) -> Result<()> {
        let Some(span) = self.span_of(write)? else { return Ok(()) };
        say_at(doc, depth, Tone::Muted, reconcile(&span));
        if let Some(cause) = self.cause(write)? {
            self.link(doc, depth + 1, &cause.to, Some(cause.certainty), "")?;
        }
        Ok(())
    }

    fn effects(&mut self, doc: &mut Doc, operation: &Operation) -> Result<()> {
        let before = doc.lines.len();
        for echo in self.echoes(operation)? {
            self.link(doc, 1, &echo.to, Some(echo.certainty), "")?;
            self.triggered(doc, 2, echo.to.seq)?;
        }
        self.triggered(doc, 1, operation.seq)?;
        if doc.lines.len() == before {
            say_at(doc, 1, Tone::Muted, "nothing that was recorded".to_owned());
        }
        Ok(())
    }

    /// The reconciles that an operation triggered, with their writes.
    fn triggered(&mut self, doc: &mut Doc, depth: u16, by: Seq) -> Result<()> {
        let spans = self.recording.source().spans_triggered_by(self.recording.lineage(), by)?;
        for span in spans.iter().take(MAX_LINKS) {
            let operations = self.recording.source().operations_of_span(self.recording.lineage(), span.id, 100)?;
            say_at(doc, depth, Tone::Plain, reconcile(span));
            let writes: Vec<_> = operations.iter().filter(|operation| operation.verb.is_write()).collect();
            for operation in if writes.is_empty() { operations.iter().take(1).collect() } else { writes } {
                self.link(doc, depth + 1, operation, None, "")?;
            }
        }
        Ok(())
    }

    fn link(&mut self, doc: &mut Doc, depth: u16, to: &Operation, certainty: Option<Certainty>, reason: &str) -> Result<()> {
        let mut text = self.said(to)?;
        if !reason.is_empty() {
            text = format!("{text}  “{reason}”");
        }
        let right = certainty.map_or_else(String::new, |certainty| certainty.as_str().to_owned());
        let line = Line { depth, text, ..Line::default() };
        doc.lines.push(DocLine { line, kind: LineKind::Link(to.seq, certainty), right });
        Ok(())
    }

    fn actor(&mut self, operation: &Operation) -> Result<std::sync::Arc<str>> {
        self.names.actor(self.recording.source(), operation.actor)
    }

    /// An operation in a line.
    pub(super) fn said(&mut self, operation: &Operation) -> Result<String> {
        let row = self.row(operation)?;
        let (object, seq, verb) = (row.object_text(), row.seq, row.verb.as_str().to_uppercase());
        let refused = if row.is_error() && row.status != 0 { format!(" {}", row.status) } else { String::new() };
        Ok(if row.verb.is_watch_event() {
            format!("{seq} {verb} {object} → {}", row.actor)
        } else {
            format!("{seq} {} {verb} {object}{refused}", row.actor)
        })
    }
}

fn say_at(doc: &mut Doc, depth: u16, tone: Tone, text: String) {
    let line = Line { depth, text, ..Line::default() };
    doc.lines.push(DocLine { line, kind: LineKind::Words(tone), right: String::new() });
}

/// A reconcile in a line.
fn reconcile(span: &Span) -> String {
    let mut text = format!("reconcile {} of {}/{}", names::short(span), span.kind_name, span.object.name);
    if let Some(duration) = span.duration {
        text.push_str(&format!(", {duration}"));
    }
    if span.result != SpanResult::Unknown {
        text.push_str(&format!(", {}", span.result.as_str()));
    }
    if span.attempt > 1 {
        text.push_str(&format!(", attempt {}", span.attempt));
    }
    if let Some(requeue) = span.requeue_after {
        text.push_str(&format!(", again in {requeue}"));
    }
    if let Some(certainty) = span.inferred {
        text.push_str(&format!(" (inferred, {})", certainty.as_str()));
    }
    text
}
