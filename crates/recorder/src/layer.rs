//! The layer in a kube client: sees every request, and every piece of every answer as it passes.
//!
//! It stands outside of kube's own retries, authentication and decompression: a call that kube's client retries by itself is one
//! operation, bodies come decoded, and no credential ever passes by. Nothing is buffered or delayed: a piece of a body is
//! handed on at once, and the recorder keeps a reference to the same memory.

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

use super::shared::Shared;
use super::trail::Trail;
use super::{scope, spans};
use kuberewind_capture::{Ending, Head, RequestHeaders, Started};

/// Records what a client sends and receives. For [`kube::client::ClientBuilder::with_layer`].
#[derive(Clone)]
pub struct RecorderLayer {
    pub(super) shared: Arc<Shared>,
    pub(super) actor: Arc<str>,
}

/// The service that [`RecorderLayer`] makes of another one.
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
        RecordedCall { future, trail: Trail::new(Arc::clone(&self.shared), started), begun: false }
    }
}

impl<S> RecorderService<S> {
    fn started(&self, request: &Request<Body>) -> Started {
        // The bodies that kube's client makes are one piece, shared by counting; others are not looked into.
        let body = request.body().try_clone().and_then(|body| body.collect_bytes().now_or_never()).and_then(Result::ok);
        let headers = request.headers();
        Started {
            call: self.shared.next_call(),
            at: self.shared.now(),
            actor: Arc::clone(&self.actor),
            late: None,
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

/// A call that is being recorded.
#[must_use = "a future does nothing unless it is awaited"]
pub struct RecordedCall<F> {
    future: Pin<Box<F>>,
    trail: Trail,
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
            // Only here, in the caller's own task, its task-locals are there.
            let recorder = this.trail.recorder();
            this.trail.begin(scope::current(recorder).or_else(|| spans::current(recorder)));
        }
        match this.future.as_mut().poll(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(response)) => Poll::Ready(Ok(this.answered(response))),
            Poll::Ready(Err(error)) => {
                this.trail.end(Ending::Failed(error.to_string()));
                Poll::Ready(Err(error))
            }
        }
    }
}

impl<F> RecordedCall<F> {
    fn answered<B: HttpBody>(&mut self, response: Response<B>) -> Response<RecordedBody<B>> {
        let mut trail = self.trail.take();
        trail.head(response.status().as_u16(), |call, at, status| head(call, at, status, response.headers()));
        response.map(|body| {
            // A body of known length may be left alone by its reader once all of it has come.
            let expected = body.size_hint().exact();
            if body.is_end_stream() {
                trail.end(Ending::Complete);
            }
            RecordedBody { body, trail, expected, received: 0 }
        })
    }
}

fn head(call: kuberewind_capture::CallId, at: kuberewind_model::Timestamp, status: u16, headers: &HeaderMap) -> Head {
    Head {
        call,
        at,
        status,
        content_type: headers.get(header::CONTENT_TYPE).cloned(),
        content_encoding: headers.get(header::CONTENT_ENCODING).cloned(),
        audit_id: headers.get("audit-id").cloned(),
    }
}

/// The body of an answer that is being recorded: hands on every frame as it comes.
pub struct RecordedBody<B> {
    body: B,
    trail: Trail,
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
                    this.trail.chunk(bytes);
                }
                // Told at once, so that it stands before whatever the caller does with the answer.
                if this.body.is_end_stream() || this.expected == Some(this.received) {
                    this.trail.end(Ending::Complete);
                }
            }
            Poll::Ready(Some(Err(error))) => this.trail.end(Ending::Failed(error.to_string())),
            Poll::Ready(None) => this.trail.end(Ending::Complete),
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
