//! A body that passes through untouched while somebody looks on.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// Looks on while a body passes. Told of every piece, and once of how it ended.
pub trait Onlooker: Send + 'static {
    /// A piece went by.
    fn piece(&mut self, bytes: &Bytes);
    /// It is over.
    fn over(&mut self, how: End<'_>);
}

/// How a body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End<'a> {
    /// All of it went by.
    Whole,
    /// The sender failed.
    Failed(&'a str),
    /// The receiver went away before the end.
    Dropped,
}

/// Passes `inner` on, frame by frame, and shows each piece to the onlooker.
pub struct Watched<B: Body, O: Onlooker> {
    inner: B,
    onlooker: O,
    passed: u64,
    expected: Option<u64>,
    over: bool,
}

impl<B: Body, O: Onlooker> Watched<B, O> {
    /// Lets `onlooker` see `inner`.
    pub fn new(inner: B, onlooker: O) -> Watched<B, O> {
        let expected = inner.size_hint().exact();
        let mut watched = Watched { inner, onlooker, passed: 0, expected, over: false };
        if watched.inner.is_end_stream() {
            watched.finish(End::Whole);
        }
        watched
    }

    fn finish(&mut self, how: End<'_>) {
        if !std::mem::replace(&mut self.over, true) {
            self.onlooker.over(how);
        }
    }
}

impl<B, O> Body for Watched<B, O>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
    O: Onlooker + Unpin,
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
                    this.onlooker.piece(bytes);
                }
                // hyper stops asking once Content-Length is reached: the end is then never told.
                if this.inner.is_end_stream() || this.expected == Some(this.passed) {
                    this.finish(End::Whole);
                }
            }
            Poll::Ready(Some(Err(error))) => this.finish(End::Failed(&error.to_string())),
            Poll::Ready(None) => this.finish(End::Whole),
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

impl<B: Body, O: Onlooker> Drop for Watched<B, O> {
    fn drop(&mut self) {
        self.finish(End::Dropped);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use bytes::Bytes;
    use http_body_util::{BodyExt, Full};

    use super::{End, Onlooker, Watched};

    #[derive(Clone, Default)]
    struct Diary(Arc<Mutex<Vec<String>>>);

    impl Onlooker for Diary {
        fn piece(&mut self, bytes: &Bytes) {
            self.0.lock().expect("lock").push(String::from_utf8_lossy(bytes).into_owned());
        }
        fn over(&mut self, how: End<'_>) {
            self.0.lock().expect("lock").push(format!("{how:?}"));
        }
    }

    #[tokio::test]
    async fn the_end_is_told_once() {
        let diary = Diary::default();
        let body = Watched::new(Full::new(Bytes::from_static(b"hello")), diary.clone());
        assert_eq!(body.collect().await.expect("collects").to_bytes(), "hello");
        assert_eq!(*diary.0.lock().expect("lock"), ["hello", "Whole"]);
    }

    #[test]
    fn a_body_left_behind_is_dropped_and_an_empty_one_is_whole() {
        let (left, empty) = (Diary::default(), Diary::default());
        drop(Watched::new(Full::new(Bytes::from_static(b"hello")), left.clone()));
        drop(Watched::new(Full::new(Bytes::new()), empty.clone()));
        assert_eq!(*left.0.lock().expect("lock"), ["Dropped"]);
        assert_eq!(*empty.0.lock().expect("lock"), ["Whole"]);
    }
}
