//! The recorder as the port of those who see traffic from outside: the proxy.

use std::sync::Arc;

use bytes::Bytes;

use super::Recorder;
use super::shared::Shared;
use super::trail::Trail;
use kuberewind_capture::{CallId, Course, Ending, Head, Message, Port, Started};
use kuberewind_model::{GapReason, Timestamp};

impl Recorder {
    /// The port through which the proxy tells what it sees.
    #[must_use]
    pub fn port(&self) -> Arc<dyn Port> {
        Arc::new(Outside(Arc::clone(&self.shared)))
    }
}

struct Outside(Arc<Shared>);

impl Port for Outside {
    fn is_on(&self) -> bool {
        self.0.is_on()
    }

    fn switch(&self, on: bool) {
        if self.0.switch(on) {
            self.0.tell_always(if on { Message::Enabled } else { Message::Disabled });
        }
    }

    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn next_call(&self) -> CallId {
        self.0.next_call()
    }

    fn call(&self, started: Started) -> Box<dyn Course> {
        let mut trail = Trail::new(Arc::clone(&self.0), started);
        trail.begin(None);
        Box::new(trail)
    }

    fn tell(&self, message: Message, bytes: usize) {
        self.0.tell(None, bytes, || message);
    }

    fn insist(&self, message: Message) {
        self.0.tell_always(message);
    }
}

/// The trail's own methods, by name: they are what is called.
impl Course for Trail {
    fn head(&mut self, made: &mut dyn FnMut(CallId, Timestamp) -> Head) {
        self.head_by(made);
    }

    fn chunk(&mut self, bytes: &Bytes) {
        Trail::chunk(self, bytes);
    }

    fn unreadable(&mut self, bytes: &Bytes) {
        self.miss(bytes, GapReason::Unreadable);
    }

    fn end(&mut self, how: Ending) {
        Trail::end(self, how);
    }
}
