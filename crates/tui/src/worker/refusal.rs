//! A refused write as a three-way view: what it was made on, what it sent, and what had been written meanwhile; then its retry.

use crate::doc::{Doc, DocLine, LineKind, Tone};
use kuberewind_analysis::queries::history::{FieldChange, HistoryEntry};
use kuberewind_analysis::queries::refusal::{RefusedWrite, WriteBase, refused_write};
use kuberewind_model::{Certainty, Object, Operation, Result, Seq, Timestamp};
use kuberewind_render::diff::Noise;
use kuberewind_render::document::{Line, Sign};
use kuberewind_report::{end_of_attempts, field_change};
use kuberewind_text::counted;

use super::Worker;

impl Worker {
    pub(super) fn refusal(&mut self, operation: &Operation, object: &Object, noise: Noise) -> Result<Doc> {
        let refused = refused_write(self.recording.source(), self.recording.lineage(), operation.seq)?;
        let mut doc = Doc::new(operation.seq, object.to_string());
        doc.about = "refused".to_owned();
        let reason = if refused.reason.is_empty() { String::new() } else { format!(" {}", refused.reason) };
        doc.say(Tone::Bad, format!("refused with {}{reason}: {}", operation.status, operation.error));
        match &refused.base {
            Some(base) => made_on(&mut doc, base),
            None => doc.say(Tone::Muted, "made on no version that is recorded"),
        }
        doc.say(Tone::Heading, "sent");
        fields(&mut doc, &refused.sent, refused.more_sent);
        if !refused.sent_remark.is_empty() {
            doc.say(Tone::Muted, format!("  {}", refused.sent_remark));
        }
        self.meanwhile(&mut doc, &refused, operation.at)?;
        self.retried(&mut doc, &refused)?;
        doc.say(Tone::Plain, "");
        if let Some(version) = self.as_the_world_knew(&mut doc, operation, object)? {
            let about = std::mem::take(&mut doc.about);
            self.state(&mut doc, &version, noise)?;
            doc.about = about;
        }
        doc.initial_line = Some(0);
        Ok(doc)
    }

    fn meanwhile(&mut self, doc: &mut Doc, refused: &RefusedWrite, at: Timestamp) -> Result<()> {
        doc.say(Tone::Heading, "written meanwhile");
        if refused.meanwhile.is_empty() {
            doc.say(Tone::Muted, "  nothing that is recorded");
        }
        if refused.more_meanwhile > 0 {
            doc.say(Tone::Muted, format!("  … {} older versions", refused.more_meanwhile));
        }
        for version in &refused.meanwhile {
            self.version(doc, version, at)?;
            fields(doc, &version.changed, version.more_changed);
        }
        Ok(())
    }

    /// A version with a link to its write, or to its first observation if the write is not recorded. `at` is the time of the refusal.
    fn version(&mut self, doc: &mut Doc, version: &HistoryEntry, at: Timestamp) -> Result<()> {
        let written = version.writer.operation.map(|seq| self.operation(seq)).transpose()?.flatten();
        let earlier = version.time.filter(|time| *time < at);
        let time = earlier.map_or_else(String::new, |time| format!("  {} before", at.since(time)));
        let rv = if version.resource_version.is_empty() { String::new() } else { format!("  rv {}", version.resource_version) };
        match written {
            Some(write) => {
                let text = format!("{}{rv}{time}", self.operation_line(&write)?);
                link(doc, text, write.seq, version.writer.certainty);
            }
            None => {
                let who = version.writer.actor.as_deref().unwrap_or("someone");
                link(doc, format!("{} {who}{rv}{time}", version.operation), version.operation, version.writer.certainty);
            }
        }
        Ok(())
    }

    fn retried(&mut self, doc: &mut Doc, refused: &RefusedWrite) -> Result<()> {
        doc.say(Tone::Heading, "retried");
        let found = refused.retry.as_ref().map(|retry| self.operation(retry.operation)).transpose()?.flatten();
        match (&refused.retry, found) {
            (Some(retry), Some(operation)) => {
                let text = format!("{}: {}", self.operation_line(&operation)?, retry.outcome);
                link(doc, text, retry.operation, retry.certainty);
                doc.say(Tone::Muted, format!("    {}", retry.evidence));
                if let (Some(end), to) = (end_of_attempts(retry), retry.done.unwrap_or(retry.operation)) {
                    link(doc, end, to, retry.certainty);
                }
            }
            _ => doc.say(Tone::Muted, "  no retry is recorded"),
        }
        Ok(())
    }

    /// The next stop of the walk from a refused write to the write that was faster, to the retry, and back.
    pub(super) fn around_refusal(&self, refused: Seq, from: Seq) -> Result<Option<Seq>> {
        let found = refused_write(self.recording.source(), self.recording.lineage(), refused)?;
        let winner = found.winner().map(|(winner, _)| winner);
        let retry = found.retry.as_ref().map(|retry| retry.operation);
        Ok(match from {
            from if from == refused => winner.or(retry),
            from if Some(from) == winner => retry.or(Some(refused)),
            _ => Some(refused),
        })
    }
}

fn made_on(doc: &mut Doc, base: &WriteBase) {
    match base.operation {
        Some(seq) => link(doc, format!("made on rv {}, observed in {seq}", base.resource_version), seq, base.certainty),
        None => doc.say(Tone::Notice, format!("made on rv {}, which is not recorded", base.resource_version)),
    }
    doc.say(Tone::Muted, format!("    {}", base.evidence));
}

fn fields(doc: &mut Doc, fields: &[FieldChange], more: usize) {
    let line = |field: &FieldChange| {
        let sign = match (&field.before, &field.after) {
            (None, _) => Sign::Added,
            (_, None) => Sign::Removed,
            _ => Sign::Changed,
        };
        let text = field_change(field);
        // The sign of the line says the same as the one of the text.
        let text = text.split_once(' ').map_or(text.clone(), |(_, rest)| rest.to_owned());
        Line { sign, depth: 2, text, path: field.path.as_str().into(), ..Line::default() }
    };
    doc.tree(fields.iter().map(line).collect());
    if more > 0 {
        doc.say(Tone::Muted, format!("    … and {}", counted(u64::try_from(more).unwrap_or(u64::MAX), "more field")));
    }
}

fn link(doc: &mut Doc, text: String, to: Seq, certainty: Certainty) {
    let line = Line { depth: 1, text, ..Line::default() };
    doc.lines.push(DocLine { line, kind: LineKind::Link(to, Some(certainty)), right: certainty.as_str().to_owned() });
}
