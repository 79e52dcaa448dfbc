//! Sends the messages of one call to the queue: start, head, chunks, end.
//!
//! Room for the head and the end is reserved together with the start, so that a call in the queue always gets its end. A watch that
//! began while the queue was full or recording was disabled is sent as soon as there is room: it may run for days.

use std::sync::Arc;

use bytes::Bytes;

use super::queue::OVERHEAD;
use super::shared::Shared;
use kuberewind_capture::{CallId, Chunk, End, Ending, Head, Message, Missing, Started, is_watch, scope_of};
use kuberewind_model::{GapReason, SpanKey, Timestamp};

/// Reserved with the start: the start itself, the head and the end.
const WHOLE_CALL: usize = 3 * OVERHEAD;

enum State {
    /// The call has not begun.
    New(Box<Started>),
    /// A watch that has begun but is not in the queue yet, with its head if it has arrived.
    Deferred(Box<Started>, Option<Head>),
    /// The start is in the queue. `reserved` bytes are left for the head and the end.
    Sent { call: CallId, reserved: usize },
    /// The call has ended, or is not recorded.
    Done,
}

/// The messages of one call. Dropped before its end, it sends that the client went away.
pub(super) struct CallSender {
    shared: Arc<Shared>,
    state: State,
    missing: Option<Missing>,
}

impl CallSender {
    pub(super) fn new(shared: Arc<Shared>, started: Started) -> CallSender {
        CallSender { shared, state: State::New(Box::new(started)), missing: None }
    }

    /// The number of the recorder.
    pub(super) fn recorder(&self) -> u64 {
        self.shared.id
    }

    /// Moves the call out, from the response's future to its body.
    pub(super) fn take(&mut self) -> CallSender {
        CallSender {
            shared: Arc::clone(&self.shared),
            state: std::mem::replace(&mut self.state, State::Done),
            missing: self.missing.take(),
        }
    }

    /// The call begins in this reconcile.
    pub(super) fn begin(&mut self, span: Option<SpanKey>) {
        let State::New(mut started) = std::mem::replace(&mut self.state, State::Done) else { return };
        started.span = span;
        let on = self.shared.is_on();
        let bytes = started.body.len();
        if on && self.shared.queue.reserve(WHOLE_CALL + bytes) {
            self.send_start(started);
            return;
        }
        if on {
            self.shared.queue.lost(Some(&started.actor), scope_of(&started), bytes as u64);
        }
        if is_watch(&started) {
            self.state = State::Deferred(started, None);
        }
    }

    /// The head arrived; `read` builds it from the call's number and the time.
    pub(super) fn head(&mut self, read: impl FnOnce(CallId, Timestamp) -> Head) {
        let at = self.shared.now();
        match &mut self.state {
            State::Sent { call, .. } => {
                let head = read(*call, at);
                self.send_head(head);
            }
            State::Deferred(started, head) => *head = Some(read(started.call, at)),
            State::New(_) | State::Done => {}
        }
    }

    /// A chunk of the body arrived.
    pub(super) fn chunk(&mut self, bytes: &Bytes) {
        if bytes.is_empty() || matches!(self.state, State::New(_) | State::Done) {
            return;
        }
        if !self.shared.is_on() {
            return self.miss(bytes, GapReason::Disabled);
        }
        self.send_deferred();
        let State::Sent { call, .. } = self.state else { return self.miss(bytes, GapReason::QueueFull) };
        let cost = OVERHEAD.saturating_add(bytes.len());
        if !self.shared.queue.reserve(cost) {
            return self.miss(bytes, GapReason::QueueFull);
        }
        let (at, missing) = (self.shared.now(), self.missing.take());
        self.shared.queue.send(Message::Chunk(Chunk { call, at, bytes: bytes.clone(), missing }), cost);
    }

    /// The call is over.
    pub(super) fn end(&mut self, how: Ending) {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Sent { call, reserved } => {
                let (at, missing) = (self.shared.now(), self.missing.take());
                self.shared.queue.send(Message::End(End { call, at, how, missing }), reserved);
            }
            State::New(_) | State::Deferred(..) | State::Done => {}
        }
    }

    /// Counts a chunk that is not sent; the next message of this call carries the count.
    pub(super) fn miss(&mut self, bytes: &Bytes, reason: GapReason) {
        if reason == GapReason::QueueFull {
            self.shared.queue.lost_chunk();
        }
        let missing = self.missing.get_or_insert(Missing { count: 0, bytes: 0, mid_line: false, reason });
        missing.count += 1;
        missing.bytes = missing.bytes.saturating_add(bytes.len() as u64);
        missing.mid_line = bytes.last() != Some(&b'\n');
    }

    fn send_start(&mut self, started: Box<Started>) {
        let call = started.call;
        let cost = OVERHEAD + started.body.len();
        self.shared.queue.send(Message::Started(started), cost);
        self.state = State::Sent { call, reserved: WHOLE_CALL - OVERHEAD };
    }

    fn send_head(&mut self, head: Head) {
        if let State::Sent { reserved, .. } = &mut self.state {
            *reserved = reserved.saturating_sub(OVERHEAD);
            self.shared.queue.send(Message::Head(head), OVERHEAD);
        }
    }

    /// Sends the start of a deferred watch if there is room now.
    fn send_deferred(&mut self) {
        let State::Deferred(started, head) = &mut self.state else { return };
        if !self.shared.queue.reserve(WHOLE_CALL + started.body.len()) {
            return;
        }
        let (started, head) = (started.clone(), head.take());
        self.send_start(started);
        if let Some(head) = head {
            self.send_head(head);
        }
    }
}

impl Drop for CallSender {
    fn drop(&mut self) {
        self.end(Ending::Dropped);
    }
}
