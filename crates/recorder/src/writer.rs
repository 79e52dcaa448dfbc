//! The recorder's thread: passes messages from the queue through capture to the sink.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::thread;
use std::time::{Duration, Instant};

use super::queue::{Item, losses};
use super::shared::Shared;
use kuberewind_capture::{Capture, Message};
use kuberewind_model::{Error, ErrorKind, Result};

/// How long the writer waits between two looks at the queue. Far below the 50 ms that a crash may lose.
const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// After so many polls of an empty queue the writer sleeps until it is woken.
const EMPTY_POLLS: u32 = 20;
/// The time until a message is visible to readers, including the time of the flush itself.
const FLUSH_AFTER: Duration = Duration::from_millis(25);
/// How long a flush that is due may wait for the messages that are in the queue already: they would wait for the next one.
const DRAIN_FOR: Duration = Duration::from_millis(10);

/// How often a sleeping writer looks at the file: one that was deleted or moved is reported within this time.
const LOOK_INTERVAL: Duration = Duration::from_millis(900);

/// Receives problems of the recorder.
pub(super) type OnProblem = Box<dyn Fn(&str) + Send>;

pub(super) struct Writer {
    pub(super) shared: Arc<Shared>,
    pub(super) receiver: Receiver<Item>,
    pub(super) capture: Capture,
    /// Receives each kind of problem once, besides the log.
    on_problem: Option<OnProblem>,
    warned: Vec<&'static str>,
    failed: bool,
    /// The earliest time at which a message that is not flushed can have been sent.
    dirty_since: Option<Instant>,
    /// The last time at which nothing waited: the queue was empty, or a flush began. Later messages are not older.
    settled: Instant,
    /// How long the last flush took.
    flush_took: Duration,
    first_error: Option<Error>,
}

impl Writer {
    pub(super) fn new(shared: Arc<Shared>, receiver: Receiver<Item>, capture: Capture, on_problem: Option<OnProblem>) -> Writer {
        Writer {
            shared,
            receiver,
            capture,
            on_problem,
            warned: Vec::new(),
            failed: false,
            dirty_since: None,
            settled: Instant::now(),
            flush_took: Duration::ZERO,
            first_error: None,
        }
    }

    /// Runs until the session ends.
    ///
    /// # Errors
    /// The first error of the sink.
    pub(super) fn run(mut self) -> Result<()> {
        let mut empty = 0;
        loop {
            match self.receiver.try_recv() {
                Ok(Item::Finish) | Err(TryRecvError::Disconnected) => return self.finish(),
                Ok(item) => {
                    empty = 0;
                    self.item(item);
                    if self.dirty_since.is_some_and(|since| since.elapsed() >= self.flush_delay() + DRAIN_FOR) {
                        self.flush();
                    }
                }
                Err(TryRecvError::Empty) => {
                    self.settled = Instant::now();
                    // One transaction for all messages of a short time: each transaction writes whole pages, which would be many more
                    // bytes than the calls of an operator that makes one now and then.
                    if let Some(left) = self.dirty_since.and_then(|since| self.flush_delay().checked_sub(since.elapsed())) {
                        thread::park_timeout(left);
                        continue;
                    }
                    self.flush();
                    empty += 1;
                    if empty < EMPTY_POLLS {
                        thread::park_timeout(POLL_INTERVAL);
                    } else {
                        // Nothing came: it sleeps on after the next look at the queue.
                        empty = if self.sleep() { 0 } else { EMPTY_POLLS };
                    }
                }
            }
        }
    }

    /// How long messages may wait for a flush.
    fn flush_delay(&self) -> Duration {
        FLUSH_AFTER.saturating_sub(self.flush_took).max(POLL_INTERVAL)
    }

    /// Sleeps until a sender wakes the thread. Returns false if none did.
    fn sleep(&mut self) -> bool {
        self.settled = Instant::now();
        self.shared.queue.set_asleep(true);
        // A sender that did not see the flag has sent its message before this look.
        match self.receiver.try_recv() {
            Ok(item) => {
                self.shared.queue.set_asleep(false);
                if matches!(item, Item::Finish) {
                    self.shared.queue.finish();
                } else {
                    self.item(item);
                }
                true
            }
            Err(_) => {
                thread::park_timeout(LOOK_INTERVAL);
                self.shared.queue.set_asleep(false);
                let woken = self.shared.queue.take_woken();
                match woken {
                    // The thread may get a processor long after it was woken.
                    Some(woken) => self.settled = woken,
                    None => self.look(),
                }
                woken.is_some()
            }
        }
    }

    /// Looks at the file while nothing happens.
    fn look(&mut self) {
        self.settled = Instant::now();
        self.dirty_since = Some(self.settled);
        self.flush();
    }

    fn item(&mut self, item: Item) {
        match item {
            Item::Message(message, cost) => {
                self.take(message);
                self.shared.queue.release(cost);
            }
            Item::Losses(set) => {
                for lost in losses(&set) {
                    self.take(Message::Lost(Box::new(lost)));
                }
                self.warn("the queue to the writer is full", None);
            }
            Item::Finish => {}
        }
        // Not the time at which the writer takes it: the writer may have waited long for a processor.
        self.dirty_since.get_or_insert(self.settled);
    }

    /// Processes a message. A panic must not reach the operator: after one, nothing more is recorded, and messages are only counted.
    fn take(&mut self, message: Message) {
        if self.failed {
            self.shared.refused.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let capture = &mut self.capture;
        if catch_unwind(AssertUnwindSafe(|| capture.take(message))).is_err() {
            self.stop_recording();
        }
    }

    fn flush(&mut self) {
        if self.dirty_since.take().is_none() || self.failed {
            return;
        }
        let capture = &mut self.capture;
        let begun = Instant::now();
        let Ok(waits) = catch_unwind(AssertUnwindSafe(|| capture.flush())) else { return self.stop_recording() };
        self.flush_took = begun.elapsed();
        self.settled = begun;
        self.dirty_since = waits.then(Instant::now);
        let counts = self.capture.counts();
        self.shared.operations.store(counts.operations, Ordering::Relaxed);
        self.shared.refused.store(counts.refused, Ordering::Relaxed);
        if let Some(error) = self.capture.take_error() {
            self.warn("the recording cannot be written", Some(&error.chain()));
            self.first_error.get_or_insert(error);
        }
    }

    fn finish(mut self) -> Result<()> {
        self.dirty_since.get_or_insert_with(Instant::now);
        self.flush();
        if self.failed {
            return Err(Error::new(ErrorKind::Io, "the recorder stopped after an internal error"));
        }
        let capture = self.capture;
        let ended = catch_unwind(AssertUnwindSafe(|| capture.finish()));
        match (ended, self.first_error) {
            (Ok(Ok(())), None) => Ok(()),
            (Ok(Ok(())), Some(error)) | (Ok(Err(error)), _) => Err(error),
            (Err(_), _) => Err(Error::new(ErrorKind::Io, "the recorder stopped after an internal error")),
        }
    }

    /// Stops after a panic.
    fn stop_recording(&mut self) {
        self.failed = true;
        self.shared.refused.fetch_add(1, Ordering::Relaxed);
        self.warn("the recorder stopped after an internal error", None);
    }

    /// Reports each kind of problem once, so that the operator's log is not flooded.
    fn warn(&mut self, problem: &'static str, cause: Option<&str>) {
        if !self.warned.contains(&problem) {
            self.warned.push(problem);
            if let Some(report) = &self.on_problem {
                report(&cause.map_or_else(|| problem.to_owned(), |cause| format!("{problem}: {cause}")));
            }
            tracing::warn!(
                recorder = self.shared.id,
                cause,
                "kuberewind: {problem}; the operator goes on, the recording has a gap"
            );
        }
    }
}
