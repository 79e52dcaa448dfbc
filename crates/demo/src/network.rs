//! The network between the controllers and the API server: delays calls and watch events.
//!
//! A seeded generator draws the delays in the range of a healthy cluster: a get takes 1 ms, an update 5 ms, a create 15 ms.
//! Under tokio's paused clock a delay costs no time, and two runs have the same delays.

use std::collections::BTreeSet;
use std::future::Future;
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};
use tower::Service;

/// A seeded source of delays, shared by the clients of one demo.
///
/// No two delays end in the same millisecond, the resolution of tokio's timers. `select` of the futures crate picks among tasks
/// that wake together at random, so two runs would differ.
#[derive(Debug, Clone)]
pub struct Latency {
    start: Instant,
    slots: Arc<Mutex<Slots>>,
}

#[derive(Debug)]
struct Slots {
    random: fastrand::Rng,
    /// The future milliseconds in which a delay ends, counted from `start`.
    taken: BTreeSet<u64>,
}

impl Latency {
    /// Must be called on the runtime that waits for the delays.
    #[must_use]
    pub fn seeded(seed: u64) -> Latency {
        let slots = Slots { random: fastrand::Rng::with_seed(seed), taken: BTreeSet::new() };
        Latency { start: Instant::now(), slots: Arc::new(Mutex::new(slots)) }
    }

    /// Draws a delay from the range, in milliseconds. Extends it to the next millisecond in which no other delay ends.
    fn delay(&self, millis: RangeInclusive<u64>) -> Sleep {
        let now = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.taken = slots.taken.split_off(&now);
        let mut due = now.saturating_add(slots.random.u64(millis));
        while !slots.taken.insert(due) {
            due = due.saturating_add(1);
        }
        sleep_until(self.start + Duration::from_millis(due))
    }

    fn call_delay(&self, method: &Method, is_watch: bool) -> Sleep {
        self.delay(match *method {
            _ if is_watch => 1..=1,
            Method::GET => 1..=2,
            Method::POST => 9..=16,
            _ => 4..=6,
        })
    }
}

/// An API server behind a network with latency.
#[derive(Debug, Clone)]
pub struct Network<S> {
    server: S,
    latency: Latency,
    /// The delay of a watch event, in milliseconds.
    watch_lag: RangeInclusive<u64>,
}

impl<S> Network<S> {
    /// `watch_lag` is the delay of a watch event, in milliseconds.
    pub fn new(server: S, latency: Latency, watch_lag: RangeInclusive<u64>) -> Network<S> {
        Network { server, latency, watch_lag }
    }
}

impl<S, A, B> Service<Request<A>> for Network<S>
where
    S: Service<Request<A>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    A: Send + 'static,
    B: Body<Data = Bytes> + Send + Unpin + 'static,
{
    type Response = Response<DelayedBody<B>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.server.poll_ready(context)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        // Only the server that was polled may be called: a clone replaces it.
        let clone = self.server.clone();
        let mut server = std::mem::replace(&mut self.server, clone);
        let is_watch = request.uri().query().is_some_and(|query| query.contains("watch="));
        let delay = self.latency.call_delay(request.method(), is_watch);
        let lag = is_watch.then(|| (self.latency.clone(), self.watch_lag.clone()));
        Box::pin(async move {
            delay.await;
            let response = server.call(request).await?;
            Ok(response.map(|inner| DelayedBody { inner, lag, waiting: None }))
        })
    }
}

/// A response body with delayed frames.
#[derive(Debug)]
pub struct DelayedBody<B> {
    inner: B,
    lag: Option<(Latency, RangeInclusive<u64>)>,
    waiting: Option<(Pin<Box<Sleep>>, Frame<Bytes>)>,
}

impl<B: Body<Data = Bytes> + Unpin> Body for DelayedBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        loop {
            if let Some((until, _)) = &mut self.waiting {
                ready!(until.as_mut().poll(context));
                return Poll::Ready(self.waiting.take().map(|(_, frame)| Ok(frame)));
            }
            let frame = match ready!(Pin::new(&mut self.inner).poll_frame(context)) {
                Some(Ok(frame)) => frame,
                other => return Poll::Ready(other),
            };
            let Some((latency, lag)) = &self.lag else { return Poll::Ready(Some(Ok(frame))) };
            let until = latency.delay(lag.clone());
            self.waiting = Some((Box::pin(until), frame));
        }
    }

    fn is_end_stream(&self) -> bool {
        self.waiting.is_none() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        if self.lag.is_some() { SizeHint::default() } else { self.inner.size_hint() }
    }
}
