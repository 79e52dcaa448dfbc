//! The network between a demo's controllers and its API server: every call takes a while, every watch event too.
//!
//! The times are drawn from a seeded generator, around what a healthy cluster shows: a get 1 ms, an update 5 ms, a list
//! 9 ms, a create 15 ms. Under tokio's paused clock waiting costs nothing, and two runs wait the same.

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
/// No two of its delays end in the same millisecond, tokio's smallest step: who is woken together is served in an order
/// that futures' `select` draws at random, and two runs would differ.
#[derive(Debug, Clone)]
pub struct Latency {
    begin: Instant,
    slots: Arc<Mutex<Slots>>,
}

#[derive(Debug)]
struct Slots {
    random: fastrand::Rng,
    /// The milliseconds since the beginning in which a delay ends, from now on.
    taken: BTreeSet<u64>,
}

impl Latency {
    /// Seeded, so that it can be repeated. Must be made on the runtime on which it is to be waited.
    #[must_use]
    pub fn seeded(seed: u64) -> Latency {
        let slots = Slots { random: fastrand::Rng::with_seed(seed), taken: BTreeSet::new() };
        Latency { begin: Instant::now(), slots: Arc::new(Mutex::new(slots)) }
    }

    /// Waits for so many milliseconds, drawn from the range, or until the next one that nobody else waits for.
    fn wait(&self, millis: RangeInclusive<u64>) -> Sleep {
        let now = u64::try_from(self.begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.taken = slots.taken.split_off(&now);
        let mut due = now.saturating_add(slots.random.u64(millis));
        while !slots.taken.insert(due) {
            due = due.saturating_add(1);
        }
        sleep_until(self.begin + Duration::from_millis(due))
    }

    fn of_call(&self, method: &Method, is_watch: bool) -> Sleep {
        self.wait(match *method {
            _ if is_watch => 1..=1,
            Method::GET => 1..=2,
            Method::POST => 9..=16,
            _ => 4..=6,
        })
    }
}

/// Puts latency before an API server.
#[derive(Debug, Clone)]
pub struct Network<S> {
    server: S,
    latency: Latency,
    /// How long a watch event takes, in milliseconds.
    watch_lag: RangeInclusive<u64>,
}

impl<S> Network<S> {
    /// `watch_lag` is how long a watch event takes to arrive, in milliseconds.
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
    type Response = Response<Lagging<B>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.server.poll_ready(context)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        // The server that was polled ready must be the one that is called; a clone takes its place.
        let fresh = self.server.clone();
        let mut server = std::mem::replace(&mut self.server, fresh);
        let is_watch = request.uri().query().is_some_and(|query| query.contains("watch="));
        let there = self.latency.of_call(request.method(), is_watch);
        let lag = is_watch.then(|| (self.latency.clone(), self.watch_lag.clone()));
        Box::pin(async move {
            there.await;
            let response = server.call(request).await?;
            Ok(response.map(|inner| Lagging { inner, lag, waiting: None }))
        })
    }
}

/// A body whose frames arrive late.
#[derive(Debug)]
pub struct Lagging<B> {
    inner: B,
    lag: Option<(Latency, RangeInclusive<u64>)>,
    waiting: Option<(Pin<Box<Sleep>>, Frame<Bytes>)>,
}

impl<B: Body<Data = Bytes> + Unpin> Body for Lagging<B> {
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
            let until = latency.wait(lag.clone());
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
