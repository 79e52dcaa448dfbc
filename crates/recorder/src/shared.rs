//! The state that the recorder shares with its layers and actors.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::queue::{OVERHEAD, Queue};
use kuberewind_capture::{CallId, Message};
use kuberewind_model::{Clock, SpanKey, Timestamp};

/// The next number for a recorder in this process.
static NEXT_RECORDER: AtomicU64 = AtomicU64::new(1);

pub(super) struct Shared {
    /// The recorder's number in the process.
    pub(super) id: u64,
    /// The name of the process as an actor.
    pub(super) process: Arc<str>,
    pub(super) queue: Queue,
    clock: Arc<dyn Clock>,
    enabled: AtomicBool,
    pid: u32,
    next_call: AtomicU64,
    next_span: AtomicU64,
    pub(super) operations: AtomicU64,
    pub(super) refused: AtomicU64,
}

impl Shared {
    pub(super) fn new(process: &str, queue: Queue, clock: Arc<dyn Clock>) -> Shared {
        Shared {
            id: NEXT_RECORDER.fetch_add(1, Ordering::Relaxed),
            process: process.into(),
            queue,
            clock,
            enabled: AtomicBool::new(true),
            pid: std::process::id(),
            next_call: AtomicU64::new(1),
            next_span: AtomicU64::new(1),
            operations: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        }
    }

    /// The name of a controller as an actor: `PROCESS/CONTROLLER`, or `CONTROLLER` if the process has no name.
    pub(super) fn actor(&self, controller: &str) -> Arc<str> {
        if controller.is_empty() || controller == &*self.process {
            self.process.clone()
        } else if self.process.is_empty() {
            controller.into()
        } else {
            format!("{}/{controller}", self.process).into()
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// True while recording is enabled. False in a forked child, which does not have the writer's thread.
    pub(super) fn is_on(&self) -> bool {
        self.enabled.load(Ordering::Relaxed) && self.is_own_process()
    }

    /// True in the process that has the writer's thread.
    pub(super) fn is_own_process(&self) -> bool {
        self.pid == std::process::id()
    }

    /// Enables or disables recording. Returns true if that is a change.
    pub(super) fn switch(&self, on: bool) -> bool {
        self.is_own_process() && self.enabled.swap(on, Ordering::SeqCst) != on
    }

    pub(super) fn next_call(&self) -> CallId {
        CallId(self.next_call.fetch_add(1, Ordering::Relaxed))
    }

    pub(super) fn next_span(&self) -> SpanKey {
        SpanKey(self.next_span.fetch_add(1, Ordering::Relaxed))
    }

    /// Sends a message that holds `bytes` bytes, or counts it as lost. Returns true if it was sent.
    pub(super) fn send(&self, actor: Option<&Arc<str>>, bytes: usize, message: impl FnOnce() -> Message) -> bool {
        let cost = OVERHEAD.saturating_add(bytes);
        let room = self.queue.reserve(cost);
        if room {
            self.queue.send(message(), cost);
        } else {
            self.queue.lost(actor, (None, "".into()), bytes as u64);
        }
        room
    }

    /// Sends a message even if the queue is full: the end of something whose start was sent, so that such messages are bounded by the
    /// number of things under way.
    pub(super) fn send_always(&self, message: Message) {
        self.queue.send(message, 0);
    }
}
