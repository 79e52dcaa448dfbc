//! What layers, scopes and the recorder have in common.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::queue::{OVERHEAD, Queue};
use kuberewind_capture::{CallId, Message};
use kuberewind_model::{Clock, SpanKey, Timestamp};

/// Tells recorders of one process apart.
static NEXT_RECORDER: AtomicU64 = AtomicU64::new(1);

pub(super) struct Shared {
    /// The recorder's number within the process.
    pub(super) id: u64,
    /// The process' name as an actor.
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

    /// The name of a controller as an actor: below its process, or by itself where the process has no name.
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

    /// Whether what happens now is to be recorded. Never in a child that was forked off: the writer is not in it.
    pub(super) fn is_on(&self) -> bool {
        self.enabled.load(Ordering::Relaxed) && self.is_own_process()
    }

    /// Whether this is the process that the writer's thread lives in.
    pub(super) fn is_own_process(&self) -> bool {
        self.pid == std::process::id()
    }

    /// Switches recording on or off; says whether that was a change.
    pub(super) fn switch(&self, on: bool) -> bool {
        self.is_own_process() && self.enabled.swap(on, Ordering::SeqCst) != on
    }

    pub(super) fn next_call(&self) -> CallId {
        CallId(self.next_call.fetch_add(1, Ordering::Relaxed))
    }

    pub(super) fn next_span(&self) -> SpanKey {
        SpanKey(self.next_span.fetch_add(1, Ordering::Relaxed))
    }

    /// Sends a message that holds `bytes`; what does not fit is counted. Says whether it was sent.
    pub(super) fn tell(&self, actor: Option<&Arc<str>>, bytes: usize, message: impl FnOnce() -> Message) -> bool {
        let cost = OVERHEAD.saturating_add(bytes);
        let room = self.queue.reserve(cost);
        if room {
            self.queue.send(message(), cost);
        } else {
            self.queue.lost(actor, (None, "".into()), bytes as u64);
        }
        room
    }

    /// Sends a message that has to arrive, whatever the room: the end of something whose beginning was sent, so that
    /// there are never more of them than things under way.
    pub(super) fn tell_always(&self, message: Message) {
        self.queue.send(message, 0);
    }
}
