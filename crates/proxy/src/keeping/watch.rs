//! Keeps a recording as soon as there is a reason to.

use std::sync::Arc;

use super::decision::Decision;
use kuberewind_file::{Keep, SessionWriter};
use kuberewind_model::{Event, NewOperation, Outcome, Result, Sink, SinkStage, WithStage};

/// A sink that drops old segments until `hold` is called.
pub trait Ring: Sink {
    /// Drops nothing from now on.
    fn hold(&mut self);
}

impl Ring for SessionWriter {
    fn hold(&mut self) {
        self.keep(Keep::default());
    }
}

/// Forwards events, decides to keep the recording on a failed call if configured, and stops the ring buffer once the decision
/// is made. The events before it must not be dropped while the program runs on.
pub struct Watch {
    decision: Arc<Decision>,
    failures: bool,
    held: bool,
}

pub type Watchful<S> = WithStage<Watch, S>;

impl Watch {
    /// Keeps the recording once `decision` is made. With `failures`, a failed call makes it.
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
        // A client that closes the connection early is no failure of the server.
        Outcome::MaybeApplied | Outcome::Lost => operation.status == 0 && !operation.error.is_empty(),
        Outcome::Refused => !matches!(operation.status, 404 | 409),
        Outcome::Done | Outcome::DryRun => false,
    }
}
