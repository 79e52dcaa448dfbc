//! The body of a response: bytes, or a watch stream.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use http_body::{Body, Frame, SizeHint};

use super::watch::Watch;

/// The body of a response.
pub struct ClusterBody(Kind);

enum Kind {
    Whole(Option<Bytes>),
    Watch(BoxStream<'static, Bytes>),
}

impl ClusterBody {
    /// A body of these bytes.
    pub fn whole(bytes: impl Into<Bytes>) -> ClusterBody {
        ClusterBody(Kind::Whole(Some(bytes.into())))
    }

    /// Keeps a value until the body ends or is dropped.
    #[must_use]
    pub fn with_guard(self, guard: impl Send + 'static) -> ClusterBody {
        match self.0 {
            Kind::Whole(bytes) => ClusterBody(Kind::Whole(bytes)),
            Kind::Watch(events) => {
                let guarded = stream::unfold((events, guard), |(mut events, guard)| async move {
                    events.next().await.map(|event| (event, (events, guard)))
                });
                ClusterBody(Kind::Watch(guarded.boxed()))
            }
        }
    }

    /// True for a stream of watch events.
    #[must_use]
    pub fn is_stream(&self) -> bool {
        matches!(self.0, Kind::Watch(_))
    }

    /// The bytes of a body that is no stream.
    pub(super) fn bytes(&self) -> Option<&Bytes> {
        match &self.0 {
            Kind::Whole(bytes) => bytes.as_ref(),
            Kind::Watch(_) => None,
        }
    }

    pub(super) fn watch(watch: Watch) -> ClusterBody {
        let events = stream::unfold(watch, |mut watch| async move { watch.next().await.map(|line| (line, watch)) });
        ClusterBody(Kind::Watch(events.boxed()))
    }
}

impl Body for ClusterBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut self.get_mut().0 {
            Kind::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Kind::Watch(events) => events.poll_next_unpin(context).map(|event| event.map(|line| Ok(Frame::data(line)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.0, Kind::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Kind::Watch(_) => SizeHint::default(),
        }
    }
}
