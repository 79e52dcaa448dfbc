//! When a recording is kept: always, or only if something went wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use regex::Regex;

use kuberewind_file::{Keep, SessionWriter};
use kuberewind_model::{Error, ErrorKind, Event, NewOperation, Outcome, Result, Sink, SinkStage, WithStage};

/// What `--save-on` says.
#[derive(Debug, Clone)]
pub enum SaveOn {
    /// A call failed: no answer, or refused with another status than 404 and 409, which are daily bread.
    Error,
    /// The program ended with another exit code than 0.
    Exit,
    /// The detectors found a loop.
    Loop,
    /// It printed a line like this.
    Log(Regex),
}

impl SaveOn {
    /// Reads `error`, `exit`, `loop`, `log:REGEX`.
    ///
    /// # Errors
    /// A sentence that says what is understood.
    pub fn parse(text: &str) -> Result<SaveOn> {
        match text {
            "error" => Ok(SaveOn::Error),
            "exit" => Ok(SaveOn::Exit),
            "loop" => Ok(SaveOn::Loop),
            _ => log_words(text).map(SaveOn::Log),
        }
    }

    /// Whether it speaks of a program: of the proxy alone there is neither a log nor an exit code.
    #[must_use]
    pub fn needs_a_program(&self) -> bool {
        matches!(self, SaveOn::Exit | SaveOn::Log(_))
    }
}

/// Reads `log:REGEX`.
///
/// # Errors
/// A sentence that says what is understood.
pub fn log_words(text: &str) -> Result<Regex> {
    let Some(words) = text.strip_prefix("log:") else {
        return Err(Error::new(ErrorKind::Invalid, format!("{text:?} is not understood"))
            .hint("--save-on takes error, exit, loop and log:REGEX; --start-on takes log:REGEX"));
    };
    Regex::new(words)
        .map_err(|error| Error::new(ErrorKind::Invalid, format!("{words:?} is no regular expression")).because(error))
}

/// Takes the reason of a decision, in a few words.
type Tell = Box<dyn Fn(&str) + Send + Sync>;

/// Whether the recording is to be kept. Taken once, and as soon as there is a reason.
#[derive(Default)]
pub struct Decision {
    keep: AtomicBool,
    tell: Option<Tell>,
}

impl Decision {
    /// Open; `tell` is told the reason in a few words when it falls.
    pub fn telling(tell: impl Fn(&str) + Send + Sync + 'static) -> Decision {
        Decision { keep: AtomicBool::new(false), tell: Some(Box::new(tell)) }
    }

    /// There is a reason to keep it.
    pub fn keep(&self, why: &str) {
        if !self.keep.swap(true, Ordering::SeqCst)
            && let Some(tell) = &self.tell
        {
            tell(why);
        }
    }

    /// Whether there was a reason.
    #[must_use]
    pub fn is_to_keep(&self) -> bool {
        self.keep.load(Ordering::SeqCst)
    }
}

impl std::fmt::Debug for Decision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decision").field("keep", &self.is_to_keep()).finish_non_exhaustive()
    }
}

/// A sink that may drop what is old, until it is told to hold it.
pub trait Ring: Sink {
    /// From here on nothing is dropped.
    fn hold(&mut self);
}

impl Ring for SessionWriter {
    fn hold(&mut self) {
        self.keep(Keep::default());
    }
}

/// Hands everything on, looks for failed calls where they are a reason to keep the recording, and holds the ring once there is any
/// reason: what led to it must not be dropped while the program runs on.
pub struct Watch {
    decision: Arc<Decision>,
    failures: bool,
    held: bool,
}

/// A ring with its watch before it.
pub type Watchful<S> = WithStage<Watch, S>;

impl Watch {
    /// Keeps the recording once `decision` says so. With `failures`, a failed call is a reason to keep it too.
    #[must_use]
    pub fn new(decision: Arc<Decision>, failures: bool) -> Watch {
        Watch { decision, failures, held: false }
    }
}

impl<S: Ring> SinkStage<S> for Watch {
    fn pass(&mut self, event: Event, sink: &mut S) -> Result<()> {
        if self.failures
            && let Event::Operation(operation) = &event
            && is_failure(operation)
        {
            self.decision.keep("a call failed");
        }
        if !self.held && self.decision.is_to_keep() {
            self.held = true;
            sink.hold();
        }
        sink.take(event)
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
    use std::sync::{Arc, Mutex};

    use super::{Decision, SaveOn, log_words};

    #[test]
    fn what_is_understood() {
        assert!(matches!(SaveOn::parse("error"), Ok(SaveOn::Error)));
        assert!(matches!(SaveOn::parse("loop"), Ok(SaveOn::Loop)));
        assert!(matches!(SaveOn::parse("log:panic: .*"), Ok(SaveOn::Log(_))));
        assert!(SaveOn::parse("always").expect_err("unknown").hint_text().is_some_and(|hint| hint.contains("log:REGEX")));
        assert!(log_words("log:(").is_err());
    }

    #[test]
    fn a_decision_is_told_once() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let to = told.clone();
        let decision = Decision::telling(move |why| to.lock().expect("lock").push(why.to_owned()));
        assert!(!decision.is_to_keep());
        decision.keep("a call failed");
        decision.keep("a loop");
        assert!(decision.is_to_keep());
        assert_eq!(*told.lock().expect("lock"), ["a call failed"]);
    }
}
