//! A body that is forwarded unchanged while an observer reads it.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// Receives every chunk of a body, and its end exactly once.
pub trait BodyObserver: Send + 'static {
    fn data(&mut self, bytes: &Bytes);
    fn finished(&mut self, end: BodyEnd<'_>);
}

/// The end of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyEnd<'a> {
    Whole,
    /// The sender failed.
    Failed(&'a str),
    /// The receiver closed it early.
    Dropped,
}

/// Forwards `inner` frame by frame and passes each chunk to the observer.
pub struct ObservedBody<B: Body, O: BodyObserver> {
    inner: B,
    observer: O,
    passed: u64,
    expected: Option<u64>,
    finished: bool,
}

impl<B: Body, O: BodyObserver> ObservedBody<B, O> {
    pub fn new(inner: B, observer: O) -> ObservedBody<B, O> {
        let expected = inner.size_hint().exact();
        let mut watched = ObservedBody { inner, observer, passed: 0, expected, finished: false };
        if watched.inner.is_end_stream() {
            watched.finish(BodyEnd::Whole);
        }
        watched
    }

    fn finish(&mut self, end: BodyEnd<'_>) {
        if !std::mem::replace(&mut self.finished, true) {
            self.observer.finished(end);
        }
    }
}

impl<B, O> Body for ObservedBody<B, O>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
    O: BodyObserver + Unpin,
{
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.inner).poll_frame(cx);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(bytes) = frame.data_ref() {
                    this.passed = this.passed.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
                    this.observer.data(bytes);
                }
                // hyper stops polling at Content-Length, before the body reports its end.
                if this.inner.is_end_stream() || this.expected == Some(this.passed) {
                    this.finish(BodyEnd::Whole);
                }
            }
            Poll::Ready(Some(Err(error))) => this.finish(BodyEnd::Failed(&error.to_string())),
            Poll::Ready(None) => this.finish(BodyEnd::Whole),
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl<B: Body, O: BodyObserver> Drop for ObservedBody<B, O> {
    fn drop(&mut self) {
        self.finish(BodyEnd::Dropped);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use bytes::Bytes;
    use http_body_util::{BodyExt, Full};

    use super::{BodyEnd, BodyObserver, ObservedBody};

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<String>>>);

    impl BodyObserver for Log {
        fn data(&mut self, bytes: &Bytes) {
            self.0.lock().expect("lock").push(String::from_utf8_lossy(bytes).into_owned());
        }
        fn finished(&mut self, end: BodyEnd<'_>) {
            self.0.lock().expect("lock").push(format!("{end:?}"));
        }
    }

    #[tokio::test]
    async fn the_end_is_reported_once() {
        let log = Log::default();
        let body = ObservedBody::new(Full::new(Bytes::from_static(b"hello")), log.clone());
        assert_eq!(body.collect().await.expect("collects").to_bytes(), "hello");
        assert_eq!(*log.0.lock().expect("lock"), ["hello", "Whole"]);
    }

    #[test]
    fn an_unread_body_is_dropped_and_an_empty_one_is_whole() {
        let (left, empty) = (Log::default(), Log::default());
        drop(ObservedBody::new(Full::new(Bytes::from_static(b"hello")), left.clone()));
        drop(ObservedBody::new(Full::new(Bytes::new()), empty.clone()));
        assert_eq!(*left.0.lock().expect("lock"), ["Dropped"]);
        assert_eq!(*empty.0.lock().expect("lock"), ["Whole"]);
    }
}
