//! A sink that can be taken back from the recorder, to end what it writes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::model::{Error, ErrorKind, Event, Result, Seq, Sink};

/// A sink in two hands: one writes, the other takes it back at the end. Uncontended while it is written.
pub struct Handle<S>(Arc<Mutex<Option<S>>>);

impl<S> Clone for Handle<S> {
    fn clone(&self) -> Handle<S> {
        Handle(self.0.clone())
    }
}

impl<S: Sink> Handle<S> {
    /// Of this sink.
    pub fn of(sink: S) -> Handle<S> {
        Handle(Arc::new(Mutex::new(Some(sink))))
    }

    /// Takes it back. What comes after is refused.
    #[must_use]
    pub fn take_back(&self) -> Option<S> {
        self.lock().take()
    }

    fn lock(&self) -> MutexGuard<'_, Option<S>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ended() -> Error {
    Error::new(ErrorKind::ReadOnly, "the session has ended")
}

impl<S: Sink> Sink for Handle<S> {
    fn take(&mut self, event: Event) -> Result<()> {
        self.lock().as_mut().ok_or_else(ended)?.take(event)
    }

    fn last(&self) -> Seq {
        self.lock().as_ref().map_or(Seq::START, Sink::last)
    }

    fn flush(&mut self) -> Result<()> {
        self.lock().as_mut().ok_or_else(ended)?.flush()
    }
}
