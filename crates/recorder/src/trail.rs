//! What one call leaves behind in the queue: its beginning, head, pieces, end.
//!
//! With the beginning, room for head and end is reserved too, so that a call that is told at all is told to its end. A watch
//! that began while there was no room, or while recording was off, is told as soon as there is: it may run for days.

use std::sync::Arc;

use bytes::Bytes;

use super::queue::OVERHEAD;
use super::shared::Shared;
use kuberewind_capture::{CallId, Chunk, End, Ending, Head, Message, Missing, Started, is_watch, scope_of};
use kuberewind_model::{GapReason, SpanKey, Timestamp};

/// Reserved with the beginning: itself, the head, the end.
const WHOLE_CALL: usize = 3 * OVERHEAD;

/// Where a call stands with the queue.
enum State {
    /// Not begun.
    New(Box<Started>),
    /// Begun, but not told yet: a watch, to be told later, with its head if it has come.
    Untold(Box<Started>, Option<Head>),
    /// Told; `owed` is what was reserved for what is still to come.
    Told { call: CallId, owed: usize },
    /// Over, or not to be told.
    Done,
}

/// One call's way into the queue. Dropped before its end, it says so.
pub(super) struct Trail {
    shared: Arc<Shared>,
    state: State,
    missing: Option<Missing>,
}

impl Trail {
    pub(super) fn new(shared: Arc<Shared>, started: Started) -> Trail {
        Trail { shared, state: State::New(Box::new(started)), missing: None }
    }

    /// The recorder's number.
    pub(super) fn recorder(&self) -> u64 {
        self.shared.id
    }

    /// Moves it from the call to the answer's body.
    pub(super) fn take(&mut self) -> Trail {
        Trail {
            shared: Arc::clone(&self.shared),
            state: std::mem::replace(&mut self.state, State::Done),
            missing: self.missing.take(),
        }
    }

    /// The call begins, in this reconcile.
    pub(super) fn begin(&mut self, span: Option<SpanKey>) {
        let State::New(mut started) = std::mem::replace(&mut self.state, State::Done) else { return };
        started.span = span;
        let on = self.shared.is_on();
        let bytes = started.body.len();
        if on && self.shared.queue.reserve(WHOLE_CALL + bytes) {
            self.tell(started);
            return;
        }
        if on {
            self.shared.queue.lost(Some(&started.actor), scope_of(&started), bytes as u64);
        }
        if is_watch(&started) {
            self.state = State::Untold(started, None);
        }
    }

    /// The answer's head came.
    pub(super) fn head(&mut self, status: u16, read: impl FnOnce(CallId, Timestamp, u16) -> Head) {
        let at = self.shared.now();
        match &mut self.state {
            State::Told { call, .. } => {
                let head = read(*call, at, status);
                self.head_of(head);
            }
            State::Untold(started, untold) => *untold = Some(read(started.call, at, status)),
            State::New(_) | State::Done => {}
        }
    }

    /// The answer's head came, and is made by somebody who has read its status.
    pub(super) fn head_by(&mut self, made: &mut dyn FnMut(CallId, Timestamp) -> Head) {
        self.head(0, |call, at, _| made(call, at));
    }

    fn head_of(&mut self, head: Head) {
        if let State::Told { owed, .. } = &mut self.state {
            *owed = owed.saturating_sub(OVERHEAD);
            self.shared.queue.send(Message::Head(head), OVERHEAD);
        }
    }

    /// A piece of the body came.
    pub(super) fn chunk(&mut self, bytes: &Bytes) {
        if bytes.is_empty() || matches!(self.state, State::New(_) | State::Done) {
            return;
        }
        if !self.shared.is_on() {
            return self.miss(bytes, GapReason::Disabled);
        }
        self.tell_late();
        let State::Told { call, .. } = self.state else { return self.miss(bytes, GapReason::QueueFull) };
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
            State::Told { call, owed } => {
                let (at, missing) = (self.shared.now(), self.missing.take());
                self.shared.queue.send(Message::End(End { call, at, how, missing }), owed);
            }
            State::New(_) | State::Untold(..) | State::Done => {}
        }
    }

    fn tell(&mut self, started: Box<Started>) {
        let call = started.call;
        let cost = OVERHEAD + started.body.len();
        self.shared.queue.send(Message::Started(started), cost);
        self.state = State::Told { call, owed: WHOLE_CALL - OVERHEAD };
    }

    /// A watch that could not be told when it began: now, if there is room.
    fn tell_late(&mut self) {
        let State::Untold(started, head) = &mut self.state else { return };
        if !self.shared.queue.reserve(WHOLE_CALL + started.body.len()) {
            return;
        }
        let (started, head) = (started.clone(), head.take());
        self.tell(started);
        if let Some(head) = head {
            self.head_of(head);
        }
    }

    /// A piece came that is not told.
    pub(super) fn miss(&mut self, bytes: &Bytes, reason: GapReason) {
        if reason == GapReason::QueueFull {
            self.shared.queue.lost_piece();
        }
        let missing = self.missing.get_or_insert(Missing { count: 0, bytes: 0, mid_line: false, reason });
        missing.count += 1;
        missing.bytes = missing.bytes.saturating_add(bytes.len() as u64);
        missing.mid_line = bytes.last() != Some(&b'\n');
    }
}

impl Drop for Trail {
    fn drop(&mut self) {
        self.end(Ending::Dropped);
    }
}
