//! The recorder of a process.

use std::fmt::{self, Debug};
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tracing::Subscriber;
use tracing_subscriber::layer::Layer;
use tracing_subscriber::registry::LookupSpan;

use super::actor::Actor;
use super::layer::RecorderLayer;
use super::log_layer::LogLayer;
use super::shared::Shared;
use super::span_layer;
use kuberewind_capture::Message;
use kuberewind_model::{Error, ErrorKind, Result};

/// How long dropping a recorder waits for the writer.
const DROP_TIMEOUT: Duration = Duration::from_millis(200);

/// Counters of a recorder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stats {
    /// Operations that are recorded and visible to readers.
    pub recorded: u64,
    /// Messages that were left out because the queue was full or the recording could not be written.
    pub lost: u64,
    /// Bytes that the queue holds now.
    pub queued_bytes: usize,
}

/// Records the calls of this process' clients into one session of a file.
///
/// Dropping it ends the session too, and waits at most 200 ms for the writer. [`Recorder::finish`] waits until everything is written.
pub struct Recorder {
    pub(super) shared: Arc<Shared>,
    /// The writer's result; `None` once it was awaited.
    result: Mutex<Option<oneshot::Receiver<Result<()>>>>,
    /// Receives a message when the writer has ended.
    ended: Mutex<mpsc::Receiver<()>>,
}

impl Recorder {
    pub(super) fn new(shared: Arc<Shared>, result: oneshot::Receiver<Result<()>>, ended: mpsc::Receiver<()>) -> Recorder {
        Recorder { shared, result: Mutex::new(Some(result)), ended: Mutex::new(ended) }
    }

    /// Returns the actor of one controller. Its name in the recording is `PROCESS/CONTROLLER`.
    #[must_use]
    pub fn actor(&self, controller: &str) -> Actor {
        Actor::new(Arc::clone(&self.shared), controller)
    }

    /// Returns the layer for a controller's client: [`Recorder::actor`] and [`Actor::layer`] in one.
    #[must_use]
    pub fn layer(&self, controller: &str) -> RecorderLayer {
        self.actor(controller).layer()
    }

    /// Returns the layer for a client that acts for an actor of another process, under its whole name. Not a part of the stable interface.
    #[doc(hidden)]
    #[must_use]
    pub fn layer_of(&self, actor: &str) -> RecorderLayer {
        RecorderLayer { shared: Arc::clone(&self.shared), actor: actor.into() }
    }

    /// A layer for the program's `tracing` subscriber that reads kube-runtime's `reconciling object` spans and nothing else.
    ///
    /// The subscriber must be built on [`tracing_subscriber::Registry`]. A *global* filter that disables these spans (such as `warn`)
    /// hides them from the layer; a filter per layer does not.
    pub fn tracing_layer<S>(&self) -> impl Layer<S> + Send + Sync + 'static + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        span_layer::layer(Arc::clone(&self.shared))
    }

    /// A layer for the program's `tracing` subscriber that records each event as a log line, with its fields and its reconcile.
    ///
    /// It records every event that no filter drops. Give it the filter of the layer that prints:
    /// `recorder.log_layer().with_filter(LevelFilter::INFO)`.
    pub fn log_layer<S>(&self) -> impl Layer<S> + Send + Sync + 'static + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        LogLayer { shared: Arc::clone(&self.shared) }
    }

    /// Resumes recording. Open watches are recorded from here on.
    pub fn enable(&self) {
        if self.shared.switch(true) {
            self.shared.send_always(Message::Enabled);
        }
    }

    /// Pauses recording. The time until [`Recorder::enable`] is a gap in the recording.
    pub fn disable(&self) {
        if self.shared.switch(false) {
            self.shared.send_always(Message::Disabled);
        }
    }

    /// Returns the counters so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats {
            recorded: self.shared.operations.load(Ordering::Relaxed),
            lost: self.shared.queue.lost_count().saturating_add(self.shared.refused.load(Ordering::Relaxed)),
            queued_bytes: self.shared.queue.used(),
        }
    }

    /// Ends the session after everything that happened so far is written, and returns the final counters.
    ///
    /// # Errors
    /// The first error of the writer. The recording has gaps then.
    pub async fn finish(self) -> Result<Stats> {
        self.shared.queue.finish();
        let result = lock(&self.result).take();
        if let Some(result) = result {
            result.await.unwrap_or_else(|_| Err(Error::new(ErrorKind::Io, "the recorder's thread is gone")))?;
        }
        Ok(self.stats())
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        // `finish` has taken the result and waited already.
        if lock(&self.result).take().is_some() && self.shared.is_own_process() {
            self.shared.queue.finish();
            // After the timeout the session has no end, which readers show.
            let _timed_out = lock(&self.ended).recv_timeout(DROP_TIMEOUT);
        }
    }
}

impl Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("process", &self.shared.process).field("stats", &self.stats()).finish_non_exhaustive()
    }
}

/// Locks a mutex; a panic of another thread does not matter to what is in it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
