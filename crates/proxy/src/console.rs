//! Records the child's output: its lines, the reconciles that they name, and the lines that start or keep the recording.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use regex::Regex;

use super::child::output::OutputLine;
use super::keeping::Decision;
use super::log_reconciles::LogReconciles;
use kuberewind_capture::{Message, Port, PrintedLine};
use kuberewind_logs::ParsedLine;
use kuberewind_model::Duration;

/// Lines of the log that trigger an action.
#[derive(Debug, Default)]
pub struct LogTriggers {
    /// The first matching line starts the recording.
    pub start: Option<Regex>,
    /// A matching line keeps the recording.
    pub save: Option<Regex>,
    /// The decision that `save` makes.
    pub decision: Arc<Decision>,
}

/// A line's own time stamp is trusted if it is at most this much older than the read.
const MAX_DELAY: Duration = Duration(2_000_000_000);

/// Both output streams of one child.
pub struct Console {
    port: Arc<dyn Port>,
    spans: Mutex<LogReconciles>,
    log_triggers: LogTriggers,
    started: AtomicBool,
}

impl Console {
    /// Sends the lines of `process` to `port`.
    pub fn new(port: Arc<dyn Port>, process: Arc<str>, log_triggers: LogTriggers) -> Console {
        let started = AtomicBool::new(log_triggers.start.is_none());
        Console { port, spans: Mutex::new(LogReconciles::new(process)), log_triggers, started }
    }

    pub fn push(&self, lines: Vec<OutputLine>) {
        for line in lines {
            self.line(line);
        }
    }

    /// Ends the open reconciles: no more lines will come.
    pub fn end(&self) {
        let mut out = Vec::new();
        self.spans.lock().unwrap_or_else(PoisonError::into_inner).end(&mut out);
        out.into_iter().for_each(|message| self.port.send_always(message));
    }

    fn line(&self, line: OutputLine) {
        if self.log_triggers.save.as_ref().is_some_and(|words| words.is_match(&line.text)) {
            self.log_triggers.decision.keep("the program printed a matching line");
        }
        let starts = self.log_triggers.start.as_ref().is_some_and(|words| words.is_match(&line.text));
        if starts && !self.started.swap(true, Ordering::Relaxed) {
            self.port.switch(true);
        }
        if !self.port.is_on() {
            return;
        }
        let ParsedLine { level, time, reconcile } = kuberewind_logs::parse(&line.text);
        // The line's own time stamp is used if it is plausible: on a busy machine a line waits in the pipe.
        let at = time.filter(|at| *at <= line.at && line.at.since(*at) <= MAX_DELAY).unwrap_or(line.at);
        // Held until the messages are sent, so that the spans of both streams reach the queue in order.
        let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        let mut out = Vec::new();
        let span = reconcile.map(|mention| spans.observe(at, &mention, &mut out));
        let (ended, started): (Vec<_>, Vec<_>) = out.into_iter().partition(|message| matches!(message, Message::SpanEnded(_)));
        started.into_iter().for_each(|message| self.port.send_always(message));
        let bytes = line.text.len();
        let entry = PrintedLine { at: line.at, stream: line.stream, level: level.into(), span, text: line.text };
        self.port.send(Message::Log(Box::new(entry)), bytes);
        ended.into_iter().for_each(|message| self.port.send_always(message));
    }
}
