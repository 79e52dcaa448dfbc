//! The client at the other end of a connection.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tower::BoxError;

use super::strangers::Admission;
use super::upstream::OutBody;
use crate::actors::ClientConnection;

/// The known facts about the client of one connection.
pub struct Client {
    /// Names the actor of its calls.
    pub connection: ClientConnection,
    /// True if it is on this machine.
    pub local: bool,
    admission: Admission,
    /// True once a request with a bearer token arrived.
    has_asked: AtomicBool,
    /// Calls under way.
    calls: AtomicUsize,
    /// Calls that began, for noticing that there were some.
    begun: AtomicUsize,
}

impl Client {
    pub fn new(connection: ClientConnection, local: bool, admission: Admission) -> Client {
        Client {
            connection,
            local,
            admission,
            has_asked: AtomicBool::new(false),
            calls: AtomicUsize::new(0),
            begun: AtomicUsize::new(0),
        }
    }

    /// A request on this connection had the proxy's token, or a token that the API server accepted.
    pub fn admit(&self) {
        self.admission.admit();
    }

    /// A request with a bearer token arrived.
    pub fn ask(&self) {
        self.has_asked.store(true, Ordering::Relaxed);
    }

    pub fn has_asked(&self) -> bool {
        self.has_asked.load(Ordering::Relaxed)
    }

    /// Counts a call until the guard is dropped, which is at the end of the response's body.
    pub fn begin_call(self: &Arc<Client>) -> CallGuard {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.begun.fetch_add(1, Ordering::Relaxed);
        CallGuard(self.clone())
    }

    /// The number of calls so far; `None` while one is under way.
    pub fn idle_since(&self) -> Option<usize> {
        (self.calls.load(Ordering::Relaxed) == 0).then(|| self.begun.load(Ordering::Relaxed))
    }
}

/// A call under way.
pub struct CallGuard(Arc<Client>);

/// A response's body, which counts as a call until it is dropped.
pub struct CountedBody {
    inner: OutBody,
    _call: CallGuard,
}

impl CountedBody {
    pub fn new(inner: OutBody, call: CallGuard) -> CountedBody {
        CountedBody { inner, _call: call }
    }
}

impl Body for CountedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Pin::new(&mut self.get_mut().inner).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for CallGuard {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::Relaxed);
    }
}
