//! The layer of a kube client, which every request and every chunk of a response passes.
//!
//! It is outside of kube's retries, authentication and decompression: a call that kube's client retries is one operation, bodies are
//! decoded, and no credentials pass. Chunks are passed on at once, and the recorder keeps a reference to the same memory.

use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::FutureExt as _;
use http::{HeaderMap, Request, Response, header};
use http_body::{Body as HttpBody, Frame, SizeHint};
use kube::client::Body;
use tower::{Layer, Service};

use super::call_sender::CallSender;
use super::shared::Shared;
use super::{reconcile, span_layer};
use kuberewind_capture::{CallId, Ending, Head, RequestHeaders, Started};
use kuberewind_model::Timestamp;

/// Records the calls of a client; for [`kube::client::ClientBuilder::with_layer`].
#[derive(Clone)]
pub struct RecorderLayer {
    pub(super) shared: Arc<Shared>,
    pub(super) actor: Arc<str>,
}

/// The service that [`RecorderLayer`] wraps around another one.
#[derive(Clone)]
pub struct RecorderService<S> {
    inner: S,
    shared: Arc<Shared>,
    actor: Arc<str>,
}

impl<S> Layer<S> for RecorderLayer {
    type Service = RecorderService<S>;

    fn layer(&self, inner: S) -> RecorderService<S> {
        RecorderService { inner, shared: Arc::clone(&self.shared), actor: Arc::clone(&self.actor) }
    }
}

impl<S, B> Service<Request<Body>> for RecorderService<S>
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Error: Display,
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Display,
{
    type Response = Response<RecordedBody<B>>;
    type Error = S::Error;
    type Future = RecordedCall<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> RecordedCall<S::Future> {
        let started = self.started(&request);
        let future = Box::pin(self.inner.call(request));
        RecordedCall { future, sender: CallSender::new(Arc::clone(&self.shared), started), begun: false }
    }
}

impl<S> RecorderService<S> {
    fn started(&self, request: &Request<Body>) -> Started {
        // The bodies of kube's client are one reference-counted chunk. Other bodies are not read.
        let body = request.body().try_clone().and_then(|body| body.collect_bytes().now_or_never()).and_then(Result::ok);
        let headers = request.headers();
        Started {
            call: self.shared.next_call(),
            at: self.shared.now(),
            actor: Arc::clone(&self.actor),
            pending_actor: None,
            user: "".into(),
            method: request.method().clone(),
            uri: request.uri().clone(),
            headers: RequestHeaders {
                user_agent: headers.get(header::USER_AGENT).cloned(),
                content_type: headers.get(header::CONTENT_TYPE).cloned(),
                accept: headers.get(header::ACCEPT).cloned(),
                traceparent: headers.get("traceparent").cloned(),
            },
            body_whole: body.is_some(),
            body: body.unwrap_or_default(),
            span: None,
        }
    }
}

/// The future of a recorded call.
#[must_use = "a future does nothing unless it is awaited"]
pub struct RecordedCall<F> {
    future: Pin<Box<F>>,
    sender: CallSender,
    begun: bool,
}

impl<F, B, E> Future for RecordedCall<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: HttpBody<Data = Bytes>,
    E: Display,
{
    type Output = Result<Response<RecordedBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if !std::mem::replace(&mut this.begun, true) {
            // The task-locals are those of the caller only while the caller polls.
            let recorder = this.sender.recorder();
            this.sender.begin(reconcile::current(recorder).or_else(|| span_layer::current(recorder)));
        }
        match this.future.as_mut().poll(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(response)) => Poll::Ready(Ok(this.responded(response))),
            Poll::Ready(Err(error)) => {
                this.sender.end(Ending::Failed(error.to_string()));
                Poll::Ready(Err(error))
            }
        }
    }
}

impl<F> RecordedCall<F> {
    fn responded<B: HttpBody>(&mut self, response: Response<B>) -> Response<RecordedBody<B>> {
        let mut sender = self.sender.take();
        sender.head(|call, at| head(call, at, response.status().as_u16(), response.headers()));
        response.map(|body| {
            // A client may stop polling a body of known length once all of it has arrived.
            let expected = body.size_hint().exact();
            if body.is_end_stream() {
                sender.end(Ending::Complete);
            }
            RecordedBody { body, sender, expected, received: 0 }
        })
    }
}

fn head(call: CallId, at: Timestamp, status: u16, headers: &HeaderMap) -> Head {
    Head {
        call,
        at,
        status,
        content_type: headers.get(header::CONTENT_TYPE).cloned(),
        content_encoding: headers.get(header::CONTENT_ENCODING).cloned(),
        audit_id: headers.get("audit-id").cloned(),
        warnings: headers.get_all(header::WARNING).iter().cloned().collect(),
    }
}

/// The body of a recorded response. It passes every frame on as it arrives.
pub struct RecordedBody<B> {
    body: B,
    sender: CallSender,
    expected: Option<u64>,
    received: u64,
}

impl<B> HttpBody for RecordedBody<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Display,
{
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.body).poll_frame(context);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(bytes) = frame.data_ref() {
                    this.received = this.received.saturating_add(bytes.len() as u64);
                    this.sender.chunk(bytes);
                }
                // Recorded at once, so that it comes before anything that the caller does with the response.
                if this.body.is_end_stream() || this.expected == Some(this.received) {
                    this.sender.end(Ending::Complete);
                }
            }
            Poll::Ready(Some(Err(error))) => this.sender.end(Ending::Failed(error.to_string())),
            Poll::Ready(None) => this.sender.end(Ending::Complete),
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
