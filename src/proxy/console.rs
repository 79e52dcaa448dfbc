//! What the child prints, told to the recording: lines, the reconciles they speak of, and the words that somebody waits for.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use regex::Regex;

use super::child::output::Printed;
use super::keeping::Decision;
use super::logs::spans::LogSpans;
use super::logs::{self, Told};
use kuberewind_capture::{Message, Port, PrintedLine};
use kuberewind_model::Duration;

/// Words that somebody waits for in the log.
#[derive(Debug, Default)]
pub struct Awaited {
    /// Recording begins with the first line like this.
    pub start: Option<Regex>,
    /// The recording is kept if a line like this appears.
    pub save: Option<Regex>,
    /// Whether it is kept.
    pub decision: Arc<Decision>,
}

/// A line is believed to have been printed so long before it was read, not longer.
const LATE: Duration = Duration(2_000_000_000);

/// Both streams of one child.
pub struct Console {
    port: Arc<dyn Port>,
    spans: Mutex<LogSpans>,
    awaited: Awaited,
    started: AtomicBool,
}

impl Console {
    /// Lines of `process`, told to `port`.
    pub fn new(port: Arc<dyn Port>, process: Arc<str>, awaited: Awaited) -> Console {
        let started = AtomicBool::new(awaited.start.is_none());
        Console { port, spans: Mutex::new(LogSpans::of(process)), awaited, started }
    }

    /// Lines came.
    pub fn printed(&self, lines: Vec<Printed>) {
        for line in lines {
            self.line(line);
        }
    }

    /// No more lines will come.
    pub fn end(&self) {
        let mut out = Vec::new();
        self.spans.lock().unwrap_or_else(PoisonError::into_inner).end(&mut out);
        out.into_iter().for_each(|message| self.port.send_always(message));
    }

    fn line(&self, line: Printed) {
        if self.awaited.save.as_ref().is_some_and(|words| words.is_match(&line.text)) {
            self.awaited.decision.keep("the program printed the line that was waited for");
        }
        let begins = self.awaited.start.as_ref().is_some_and(|words| words.is_match(&line.text));
        if begins && !self.started.swap(true, Ordering::Relaxed) {
            self.port.switch(true);
        }
        if !self.port.is_on() {
            return;
        }
        let Told { level, printed, reconcile } = logs::read(&line.text);
        // What it says itself counts where it can be true: a busy machine lets lines lie in the pipe for a while.
        let at = printed.filter(|at| *at <= line.at && line.at.since(*at) <= LATE).unwrap_or(line.at);
        // Held until the messages are sent, so that the two streams' spans reach the queue in their order.
        let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        let mut out = Vec::new();
        let span = reconcile.map(|mention| spans.mentioned(at, &mention, &mut out));
        let (ends, begins): (Vec<_>, Vec<_>) = out.into_iter().partition(|message| matches!(message, Message::SpanEnded(_)));
        begins.into_iter().for_each(|message| self.port.send_always(message));
        let bytes = line.text.len();
        let told = PrintedLine { at: line.at, stream: line.stream, level: level.into(), span, text: line.text };
        self.port.send(Message::Log(Box::new(told)), bytes);
        ends.into_iter().for_each(|message| self.port.send_always(message));
    }
}
