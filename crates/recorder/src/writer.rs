//! The recorder's only thread: takes messages from the queue through capture to the sink.

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

/// How long the writer lets messages gather. Far below the 50 ms within which a crash may take something along.
const LOOK: Duration = Duration::from_millis(5);
/// After so many looks at an empty queue the writer sleeps until it is woken.
const EMPTY_LOOKS: u32 = 20;
/// What was taken is visible after so long: it is begun sooner by as much as it took the last time.
const FLUSH: Duration = Duration::from_millis(25);

/// What the thread works with.
pub(super) struct Writer {
    pub(super) shared: Arc<Shared>,
    pub(super) receiver: Receiver<Item>,
    pub(super) capture: Capture,
    warned: bool,
    failed: bool,
    dirty_since: Option<Instant>,
    /// How long the last flush took.
    flush_took: Duration,
    first_error: Option<Error>,
}

impl Writer {
    pub(super) fn new(shared: Arc<Shared>, receiver: Receiver<Item>, capture: Capture) -> Writer {
        Writer {
            shared,
            receiver,
            capture,
            warned: false,
            failed: false,
            dirty_since: None,
            flush_took: Duration::ZERO,
            first_error: None,
        }
    }

    /// Works until the session ends.
    pub(super) fn run(mut self) -> Result<()> {
        let mut empty = 0;
        loop {
            match self.receiver.try_recv() {
                Ok(Item::Finish) | Err(TryRecvError::Disconnected) => return self.finish(),
                Ok(item) => {
                    empty = 0;
                    self.item(item);
                    if self.dirty_since.is_some_and(|since| since.elapsed() >= self.patience()) {
                        self.flush();
                    }
                }
                Err(TryRecvError::Empty) => {
                    // One transaction for all that comes within a moment: each writes whole pages, and an operator
                    // that makes a call now and then would else cause more writing than its calls are worth.
                    if let Some(left) = self.dirty_since.and_then(|since| self.patience().checked_sub(since.elapsed())) {
                        thread::park_timeout(left);
                        continue;
                    }
                    self.flush();
                    empty += 1;
                    if empty < EMPTY_LOOKS {
                        thread::park_timeout(LOOK);
                    } else if self.sleep() {
                        empty = 0;
                    }
                }
            }
        }
    }

    /// How long what was taken may gather before it is flushed.
    fn patience(&self) -> Duration {
        FLUSH.saturating_sub(self.flush_took).max(LOOK)
    }

    /// Sleeps until a sender wakes the thread. Says whether it was woken (or something had come before).
    fn sleep(&mut self) -> bool {
        self.shared.queue.sleeps(true);
        // A sender that did not see the flag has sent before this look.
        match self.receiver.try_recv() {
            Ok(item) => {
                self.shared.queue.sleeps(false);
                if matches!(item, Item::Finish) {
                    self.shared.queue.finish();
                } else {
                    self.item(item);
                }
            }
            Err(_) => {
                thread::park();
                self.shared.queue.sleeps(false);
            }
        }
        true
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
                self.warn("more happened than could be written", None);
            }
            Item::Finish => {}
        }
        self.dirty_since.get_or_insert_with(Instant::now);
    }

    /// A fault of ours must never reach the host: after one nothing is recorded any more, and what comes is counted.
    fn take(&mut self, message: Message) {
        if self.failed {
            self.shared.refused.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let capture = &mut self.capture;
        if catch_unwind(AssertUnwindSafe(|| capture.take(message))).is_err() {
            self.broke();
        }
    }

    fn flush(&mut self) {
        if self.dirty_since.take().is_none() || self.failed {
            return;
        }
        let capture = &mut self.capture;
        let begun = Instant::now();
        let Ok(waits) = catch_unwind(AssertUnwindSafe(|| capture.flush())) else { return self.broke() };
        self.flush_took = begun.elapsed();
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
            return Err(Error::new(ErrorKind::Io, "the recorder stopped because of a fault of its own"));
        }
        let capture = self.capture;
        let ended = catch_unwind(AssertUnwindSafe(|| capture.finish()));
        match (ended, self.first_error) {
            (Ok(Ok(())), None) => Ok(()),
            (Ok(Ok(())), Some(error)) | (Ok(Err(error)), _) => Err(error),
            (Err(_), _) => Err(Error::new(ErrorKind::Io, "the recorder stopped because of a fault of its own")),
        }
    }

    fn broke(&mut self) {
        self.failed = true;
        self.shared.refused.fetch_add(1, Ordering::Relaxed);
        self.warn("the recorder stopped because of a fault of its own", None);
    }

    /// One warning in a recorder's life: the operator has other things to do.
    fn warn(&mut self, what: &str, why: Option<&str>) {
        if !std::mem::replace(&mut self.warned, true) {
            tracing::warn!(recorder = self.shared.id, why, "kuberewind: {what}; the operator goes on, the recording has a gap");
        }
    }
}
