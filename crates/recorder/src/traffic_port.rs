//! The recorder as a [`Port`]: for kuberewind's proxy, which sees the traffic of other processes.

use std::sync::Arc;

use bytes::Bytes;

use super::call_sender::CallSender;
use super::recorder::Recorder;
use super::shared::Shared;
use kuberewind_capture::{CallId, CallRecorder, Ending, Head, Message, Port, Started};
use kuberewind_model::{GapReason, Timestamp};

impl Recorder {
    /// The port through which the proxy reports traffic. Not a part of the stable interface.
    #[doc(hidden)]
    #[must_use]
    pub fn port(&self) -> Arc<dyn Port> {
        Arc::new(TrafficPort(Arc::clone(&self.shared)))
    }
}

struct TrafficPort(Arc<Shared>);

impl Port for TrafficPort {
    fn is_on(&self) -> bool {
        self.0.is_on()
    }

    fn switch(&self, on: bool) {
        if self.0.switch(on) {
            self.0.send_always(if on { Message::Enabled } else { Message::Disabled });
        }
    }

    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn next_call(&self) -> CallId {
        self.0.next_call()
    }

    fn call(&self, started: Started) -> Box<dyn CallRecorder> {
        let mut sender = CallSender::new(Arc::clone(&self.0), started);
        sender.begin(None);
        Box::new(sender)
    }

    fn send(&self, message: Message, bytes: usize) {
        self.0.send(None, bytes, || message);
    }

    fn send_always(&self, message: Message) {
        self.0.send_always(message);
    }
}

impl CallRecorder for CallSender {
    fn head(&mut self, build: &mut dyn FnMut(CallId, Timestamp) -> Head) {
        CallSender::head(self, build);
    }

    fn chunk(&mut self, bytes: &Bytes) {
        CallSender::chunk(self, bytes);
    }

    fn unreadable(&mut self, bytes: &Bytes) {
        self.miss(bytes, GapReason::Unreadable);
    }

    fn end(&mut self, how: Ending) {
        CallSender::end(self, how);
    }
}
