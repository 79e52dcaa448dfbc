//! When a recording is kept: always, or only if something went wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use regex::Regex;

use crate::model::{Error, ErrorKind, Event, NewOperation, Outcome, Result, Seq, Sink};

/// What `--save-on` says.
#[derive(Debug, Clone)]
pub enum SaveOn {
    /// A call failed: no answer, or refused with another status than 404 and 409, which are daily bread.
    Error,
    /// The program ended with another exit code than 0.
    Exit,
    /// It printed a line like this.
    Log(Regex),
}

impl SaveOn {
    /// Reads `error`, `exit`, `log:REGEX`.
    ///
    /// # Errors
    /// A sentence that says what is understood.
    pub fn parse(text: &str) -> Result<SaveOn> {
        match text {
            "error" => Ok(SaveOn::Error),
            "exit" => Ok(SaveOn::Exit),
            _ => log_words(text).map(SaveOn::Log),
        }
    }
}

/// Reads `log:REGEX`.
///
/// # Errors
/// A sentence that says what is understood.
pub fn log_words(text: &str) -> Result<Regex> {
    let Some(words) = text.strip_prefix("log:") else {
        return Err(Error::new(ErrorKind::Invalid, format!("{text:?} is not understood"))
            .hint("error, exit and log:REGEX are; --start-on takes log:REGEX only"));
    };
    Regex::new(words)
        .map_err(|error| Error::new(ErrorKind::Invalid, format!("{words:?} is no regular expression")).because(error))
}

/// Hands everything on, and tells whether a call failed.
pub struct Watchful<S> {
    sink: S,
    failed: Arc<AtomicBool>,
}

impl<S: Sink> Watchful<S> {
    /// Before `sink`; `failed` turns true with the first call that fails.
    pub fn before(sink: S, failed: Arc<AtomicBool>) -> Watchful<S> {
        Watchful { sink, failed }
    }
}

impl<S: Sink> Sink for Watchful<S> {
    fn take(&mut self, event: Event) -> Result<()> {
        if let Event::Operation(operation) = &event
            && is_failure(operation)
        {
            self.failed.store(true, Ordering::Relaxed);
        }
        self.sink.take(event)
    }

    fn last(&self) -> Seq {
        self.sink.last()
    }

    fn flush(&mut self) -> Result<()> {
        self.sink.flush()
    }

    fn close(self: Box<Self>) -> Result<()> {
        Box::new(self.sink).close()
    }
}

fn is_failure(operation: &NewOperation) -> bool {
    match operation.outcome {
        // A client that goes away before the answer has changed its mind; the server did not fail.
        Outcome::MaybeApplied | Outcome::Lost => operation.status == 0 && !operation.error.is_empty(),
        Outcome::Refused => !matches!(operation.status, 404 | 409),
        Outcome::Done | Outcome::DryRun => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{SaveOn, log_words};

    #[test]
    fn what_is_understood() {
        assert!(matches!(SaveOn::parse("error"), Ok(SaveOn::Error)));
        assert!(matches!(SaveOn::parse("log:panic: .*"), Ok(SaveOn::Log(_))));
        assert!(SaveOn::parse("always").expect_err("unknown").hint_text().is_some_and(|hint| hint.contains("log:REGEX")));
        assert!(log_words("log:(").is_err());
    }
}
