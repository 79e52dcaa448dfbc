//! The causes and effects of an operation.

use crate::doc::{Doc, DocLine, LineKind, Tone};
use kuberewind_analysis::queries::refusal::{is_refused_write, refused_write};
use kuberewind_analysis::queries::why::{self, Chain, LinkKind};
use kuberewind_model::{Certainty, Operation, Result, Seq, Span, SpanResult};
use kuberewind_render::document::Line;

use super::links::MAX_LINKS;
use super::{Worker, names};

/// The most causes.
const DEPTH: usize = 12;
/// The deepest indentation.
const MAX_INDENT: u16 = 5;

impl Worker {
    pub(super) fn why(&mut self, operation: &Operation) -> Result<Doc> {
        let mut doc = Doc::new(operation.seq, self.operation_line(operation)?);
        let chain = why::why_operation(self.recording.source(), self.recording.lineage(), operation.seq, DEPTH)?;
        if !operation.error.is_empty() {
            doc.say(Tone::Bad, operation.error.to_string());
        }
        doc.say(Tone::Heading, "because");
        self.causes(&mut doc, &chain)?;
        doc.say(Tone::Heading, "leads to");
        self.effects(&mut doc, operation)?;
        doc.initial_line = Some(0);
        Ok(doc)
    }

    /// Appends the chain of causes with the evidence for each, and the reason why the chain ends.
    fn causes(&mut self, doc: &mut Doc, chain: &Chain) -> Result<()> {
        if let Some(first) = chain.links.first() {
            shown(doc, 1, first);
        }
        let mut depth = 1;
        for (at, link) in chain.links.iter().enumerate().skip(1) {
            depth = u16::try_from(at).unwrap_or(u16::MAX).min(MAX_INDENT);
            let again = if link.kind == LinkKind::Requeue { "requeued by " } else { "" };
            match link.operation.map(|seq| self.operation(seq)).transpose()?.flatten() {
                Some(operation) => self.link(doc, depth, "← ", &operation, Some(link.certainty), again)?,
                None => {
                    say_at(doc, depth, Tone::Plain, format!("← {again}{}", link.text));
                    if let Some(last) = doc.lines.last_mut() {
                        last.right = link.certainty.as_str().to_owned();
                    }
                }
            }
            if !link.evidence.is_empty() {
                say_at(doc, depth + 1, Tone::Muted, link.evidence.clone());
            }
            shown(doc, depth + 1, link);
        }
        if !chain.end.is_empty() {
            say_at(doc, depth, Tone::Notice, format!("■ {}", chain.end));
        }
        Ok(())
    }

    fn effects(&mut self, doc: &mut Doc, operation: &Operation) -> Result<()> {
        let before = doc.lines.len();
        if is_refused_write(operation) {
            let refused = refused_write(self.recording.source(), self.recording.lineage(), operation.seq)?;
            if let Some(retry) = refused.retry
                && let Some(to) = self.operation(retry.operation)?
            {
                self.link(doc, 1, "→ ", &to, Some(retry.certainty), "retried by ")?;
            }
        }
        for echo in self.echoes(operation)? {
            self.link(doc, 1, "→ ", &echo.to, Some(echo.certainty), "")?;
            self.triggered(doc, 2, echo.to.seq)?;
        }
        self.triggered(doc, 1, operation.seq)?;
        if doc.lines.len() == before {
            let idle = self.row(operation)?.changed_nothing;
            say_at(doc, 1, Tone::Muted, if idle { "nothing: it changed nothing" } else { "no recorded effect" }.to_owned());
        }
        Ok(())
    }

    /// Appends the reconciles that an operation triggered, with their writes.
    fn triggered(&mut self, doc: &mut Doc, depth: u16, by: Seq) -> Result<()> {
        let spans = self.recording.source().spans_triggered_by(self.recording.lineage(), by)?;
        for span in spans.iter().take(MAX_LINKS) {
            let operations = self.recording.source().operations_of_span(self.recording.lineage(), span.id, 100)?;
            say_at(doc, depth, Tone::Plain, format!("→ {}", reconcile(span)));
            let sure = span.triggers.iter().find(|trigger| trigger.operation == Some(by)).map(|trigger| trigger.certainty);
            if let (Some(last), Some(sure)) = (doc.lines.last_mut(), sure) {
                last.right = sure.as_str().to_owned();
            }
            let writes: Vec<_> = operations.iter().filter(|operation| operation.verb.is_write()).collect();
            for operation in if writes.is_empty() { operations.iter().take(1).collect() } else { writes } {
                self.link(doc, depth + 1, "→ ", operation, None, "")?;
            }
        }
        Ok(())
    }

    fn link(
        &mut self,
        doc: &mut Doc,
        depth: u16,
        arrow: &str,
        to: &Operation,
        certainty: Option<Certainty>,
        again: &str,
    ) -> Result<()> {
        let text = format!("{arrow}{again}{}", self.operation_line(to)?);
        let right = certainty.map_or_else(String::new, |certainty| certainty.as_str().to_owned());
        let line = Line { depth, text, ..Line::default() };
        doc.lines.push(DocLine { line, kind: LineKind::Link(to.seq, certainty), right });
        Ok(())
    }

    /// Describes an operation in one line.
    pub(super) fn operation_line(&mut self, operation: &Operation) -> Result<String> {
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

/// Appends the versions that the actor knew when it acted, and the events that were delivered together.
fn shown(doc: &mut Doc, depth: u16, link: &why::Link) {
    for seen in &link.seen {
        let tone = if seen.versions_behind > 0 { Tone::Notice } else { Tone::Muted };
        say_at(doc, depth, tone, format!("last saw {seen}"));
    }
    if !link.coalesced.is_empty() {
        let numbers: Vec<String> = link.coalesced.iter().map(ToString::to_string).collect();
        say_at(doc, depth, Tone::Muted, format!("coalesced with {}", numbers.join(", ")));
    }
}

/// Describes a reconcile in one line.
pub(super) fn reconcile(span: &Span) -> String {
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
