use std::sync::Arc;

use crate::row::{LogText, Row};
use kuberewind_logs::message;
use kuberewind_model::{Operation, Result, Seq, Version};
use kuberewind_text::{counted, counted_len, grouped};

use super::Worker;

/// The most log lines that are read for a run of operations.
const MAX_LINES: usize = 2_000;
/// The most log lines after one operation; the rest is counted.
const MAX_SHOWN: usize = 8;

impl Worker {
    /// The rows of these operations (ascending). Missing operations are skipped.
    pub(super) fn rows(&mut self, seqs: &[Seq], logs: bool) -> Result<Vec<Row>> {
        let mut rows = Vec::with_capacity(seqs.len());
        let mut rest = seqs;
        while let Some(first) = rest.first() {
            // Consecutive numbers are read with one query.
            let len = rest.iter().zip(first.0..).take_while(|(seq, number)| seq.0 == *number).count();
            let (run, later) = rest.split_at(len);
            rest = later;
            let last = run.last().copied().unwrap_or(*first);
            let lineage = self.recording.lineage();
            for operation in self.recording.source().operations(lineage, *first..=last, len)? {
                rows.push(self.row(&operation)?);
            }
            if logs {
                self.add_lines(&mut rows, *first, last)?;
            }
        }
        Ok(rows)
    }

    fn add_lines(&self, rows: &mut [Row], first: Seq, last: Seq) -> Result<()> {
        let lines = self.recording.source().log_lines(self.recording.lineage(), first..=last, MAX_LINES)?;
        for row in rows.iter_mut().filter(|row| first <= row.seq && row.seq <= last) {
            let of = lines.iter().filter(|line| line.after == row.seq);
            let count = of.clone().count();
            let text = |line: &kuberewind_model::LogLine| LogText { level: line.level.clone(), text: message(&line.text).into() };
            let mut texts: Vec<LogText> = of.take(MAX_SHOWN).map(text).collect();
            if count > MAX_SHOWN {
                texts.push(LogText {
                    level: Arc::from(""),
                    text: Arc::from(format!("… {}", counted_len(count - MAX_SHOWN, "more line"))),
                });
            }
            row.logs = Arc::from(texts);
        }
        Ok(())
    }

    pub(super) fn row(&mut self, operation: &Operation) -> Result<Row> {
        let history = self.recording.source();
        let version = operation.version.map(|version| history.version(version)).transpose()?.flatten();
        let changed_nothing = version.as_ref().is_some_and(|version| operation.changed_nothing(version));
        let note = if operation.error.is_empty() { note(operation, version.as_ref()) } else { operation.error.clone() };
        Ok(Row {
            seq: operation.seq,
            at: operation.at,
            duration: operation.duration,
            actor: self.names.actor(history, operation.actor)?,
            verb: operation.verb,
            kind: operation.kind.map_or(Ok(Arc::from("")), |kind| self.names.kind(history, kind))?,
            short_kind: operation.kind.map_or(Ok(Arc::from("")), |kind| self.names.short_kind(history, kind))?,
            namespace: operation.namespace.clone(),
            name: operation.name.clone(),
            subresource: operation.subresource.clone(),
            status: operation.status,
            outcome: operation.outcome,
            changed_nothing,
            object: operation.object,
            span: operation.span.map(|span| self.names.span(history, span)).transpose()?.flatten(),
            note,
            logs: Arc::from([]),
        })
    }
}

/// Returns the summary of the result.
fn note(operation: &Operation, version: Option<&Version>) -> Arc<str> {
    if let Some(list) = &operation.list {
        let more = if list.complete { "" } else { ", more pages" };
        return Arc::from(format!("{}, {} new{more}", counted(list.items, "item"), grouped(list.changed)));
    }
    match version {
        Some(version) if version.gone => Arc::from("gone"),
        Some(version) if operation.changed_nothing(version) => {
            Arc::from(format!("changed nothing, rv {}", version.resource_version))
        }
        Some(version) if !version.resource_version.is_empty() => Arc::from(format!("rv {}", version.resource_version)),
        _ => Arc::from(""),
    }
}
