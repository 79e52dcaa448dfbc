//! The log lines of the recorded process around the cursor.

use crate::doc::{Doc, LineKind, Tone};
use crate::protocol::LOG_BLOCK;
use kuberewind_logs::message;
use kuberewind_model::json::lex::Token;
use kuberewind_model::{LogLine, Result, Seq};
use kuberewind_render::diff::Noise;
use kuberewind_session::Ordinals;
use kuberewind_text::counted_len;

use super::Worker;

const MAX_LINES: usize = 4_000;
/// Longer lines are cut, in bytes.
const MAX_BYTES: usize = 8_000;

impl Worker {
    /// The log lines of the block that begins at `at`, of the block before and of the block after.
    pub(super) fn logs(&mut self, at: Seq, noise: Noise) -> Result<Doc> {
        let mut doc = Doc::new(at, "logs");
        let (source, lineage) = (self.recording.source(), self.recording.lineage());
        let ordinal = lineage.ordinal(at);
        let from = lineage.nth(ordinal.saturating_sub(LOG_BLOCK));
        let to = lineage.nth((ordinal + 2 * LOG_BLOCK - 1).min(lineage.len().saturating_sub(1)));
        let from = if from == lineage.first() { from.prev() } else { from };
        let around = if lineage.is_empty() { Seq::START..=Seq::MAX } else { from..=to };
        let lines = source.log_lines(&self.recording.lineage_of_lines(), around, MAX_LINES)?;
        if lines.is_empty() {
            let none = self.recording.session().log_lines == 0;
            let words = if none {
                "no log lines were kept; `kuberewind record -- CMD` keeps the output of CMD, \
                 `Recorder::log_layer` keeps the log of a Rust program"
            } else {
                "no log lines around here"
            };
            doc.say(Tone::Muted, words);
            return Ok(doc);
        }
        if lines.len() >= MAX_LINES {
            doc.say(Tone::Notice, format!("only the first {MAX_LINES} lines around here are shown"));
        }
        doc.about = format!("{} around here", counted_len(lines.len(), "line"));
        for line in &lines {
            self.log_line(&mut doc, line, noise)?;
        }
        Ok(doc)
    }

    /// Appends a log line. Unless noise is shown, the prefix that repeats the columns is removed.
    pub(super) fn log_line(&mut self, doc: &mut Doc, line: &LogLine, noise: Noise) -> Result<()> {
        let span = match line.span {
            Some(span) => self.names.span(self.recording.source(), span)?.map(|span| span.name.clone()),
            None => None,
        };
        let span = span.as_deref().unwrap_or("");
        let time = line.at.rfc3339(3);
        let time = time.get(11..23).unwrap_or("");
        let level = line.level.to_uppercase();
        let text = if noise == Noise::Shown { (&*line.text).into() } else { message(&line.text) };
        let end = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= MAX_BYTES).last().unwrap_or(0);
        let said = if text.len() > MAX_BYTES { &text[..end] } else { &text };
        let before = format!("{time} {level:<5} {span:<5} ");
        doc.say(tone(&line.level), format!("{before}{said}"));
        if let Some(last) = doc.lines.last_mut() {
            last.kind = LineKind::Log(line.after, tone(&line.level));
            last.line.tokens = vec![(Token::Comment, 0..time.len()), (Token::Word, time.len()..time.len() + 1 + level.len())];
        }
        Ok(())
    }
}

fn tone(level: &str) -> Tone {
    match level.to_ascii_lowercase().as_str() {
        "error" | "fatal" | "panic" | "dpanic" | "critical" => Tone::Bad,
        "warn" | "warning" => Tone::Notice,
        "debug" | "trace" => Tone::Muted,
        _ => Tone::Plain,
    }
}
