//! The recorder that an operator links.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use kuberewind_recorder::kube::{Config, client::ClientBuilder};
//! use kuberewind::recorder::Recorder;
//!
//! let recorder = Recorder::builder("run.db").process("shop-operator").start()?;
//! let checkout = recorder.actor("checkout");
//! let client = ClientBuilder::try_from(Config::infer().await?)?.with_layer(&checkout.layer()).build();
//! // … Controller::new(…).run(checkout.wrap(reconcile), error_policy, context) …
//! recorder.finish().await?;
//! # Ok(()) }
//! ```
//!
//! One recorder per process; one client per controller, so that each is an actor of its own (`shop-operator/checkout`).
//!
//! **Which reconcile a call belongs to** is known in two ways. [`Actor::wrap`] (or [`Actor::reconcile`] for other runtimes)
//! around the reconciler is always right: a task-local tells, on any executor's threads, and the result is learned too. Without any change to the
//! reconciler, [`Recorder::tracing_layer`] in the program's `tracing` subscriber reads kube-runtime's own spans, and with
//! them why each reconcile runs. Both together are best. Calls made in a task that the reconciler spawns belong to it if
//! the task is spawned `.in_current_span()`; else they are recorded without a reconcile.
//!
//! **A guest's manners.** The operator is never blocked, slowed or broken: what does not fit the bounded queue is
//! counted and shown as a gap. One thread, the writer; no signal handler, no subscriber, no panic hook. In a child that was
//! forked off, the recorder is off.
//!
//! Retries that kube's client makes by itself are within one operation: the layer stands outside of them.

mod builder;
mod layer;
mod lines;
mod port;
mod queue;
mod requeue;
mod scope;
mod shared;
mod spans;
mod trail;
mod writer;

use std::fmt::{self, Debug, Display};
use std::future::Future;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kube::Resource;
use tokio::sync::oneshot;
use tracing::Subscriber;
use tracing_subscriber::layer::Layer;
use tracing_subscriber::registry::LookupSpan;

pub use builder::RecorderBuilder;
pub use kuberewind_capture::{Limits, SpanObject};
pub use layer::{RecordedBody, RecordedCall, RecorderLayer, RecorderService};
pub use scope::{Reconcile, Verdict};

use kuberewind_capture::{Line, Message};
use kuberewind_model::{Error, ErrorKind, LogStream, Result, Sink};
use shared::Shared;

/// How long a dropped recorder waits for its writer.
const PATIENCE: Duration = Duration::from_millis(200);

/// What a recorder has done so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stats {
    /// Operations recorded and visible to readers.
    pub recorded: u64,
    /// What had to be left out: for lack of room, or because the recording could not be written.
    pub lost: u64,
    /// Bytes that the queue keeps alive now.
    pub queued_bytes: usize,
}

/// Records what the clients of this process and their API server say to each other.
///
/// Dropped without [`Recorder::finish`], it ends the session too, and waits for that at most 200 ms.
pub struct Recorder {
    shared: Arc<Shared>,
    ended: Mutex<Option<oneshot::Receiver<Result<()>>>>,
    waited: Mutex<mpsc::Receiver<()>>,
}

impl Recorder {
    /// A recorder that writes a session into the file at `path`, which is made where it does not exist.
    pub fn builder(path: impl Into<PathBuf>) -> RecorderBuilder {
        RecorderBuilder::new(builder::Target::File(path.into()))
    }

    /// A recorder that writes into `sink`.
    pub fn to_sink(sink: Box<dyn Sink>) -> RecorderBuilder {
        RecorderBuilder::new(builder::Target::Sink(sink))
    }

    /// One controller of this process, by its name.
    #[must_use]
    pub fn actor(&self, controller: &str) -> Actor {
        Actor { shared: Arc::clone(&self.shared), name: self.shared.actor(controller) }
    }

    /// The layer for a controller's client; short for [`Recorder::actor`] and [`Actor::layer`].
    #[must_use]
    pub fn layer(&self, controller: &str) -> RecorderLayer {
        self.actor(controller).layer()
    }

    /// A layer for the program's `tracing` subscriber, which has to be built on [`tracing_subscriber::Registry`]: it
    /// reads kube-runtime's `reconciling object` spans and nothing else. A *global* filter that disables them (such as `warn`) hides them
    /// from it; a filter per layer does not.
    pub fn tracing_layer<S>(&self) -> impl Layer<S> + Send + Sync + 'static + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        spans::layer(Arc::clone(&self.shared))
    }

    /// A layer for the program's `tracing` subscriber that records what the program says: each event is a log line, with its
    /// fields and the reconcile that it belongs to. It hears everything that nobody filters, so it is given a filter, as the
    /// layer that prints is: `recorder.log_layer().with_filter(LevelFilter::INFO)`.
    pub fn log_layer<S>(&self) -> impl Layer<S> + Send + Sync + 'static + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        lines::LineLayer { shared: Arc::clone(&self.shared) }
    }

    /// Records on. Watches that were opened meanwhile are recorded from here.
    pub fn enable(&self) {
        if self.shared.switch(true) {
            self.shared.tell_always(Message::Enabled);
        }
    }

    /// Stops recording for a while: what happens until [`Recorder::enable`] is a gap.
    pub fn disable(&self) {
        if self.shared.switch(false) {
            self.shared.tell_always(Message::Disabled);
        }
    }

    /// What it has done so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats {
            recorded: self.shared.operations.load(Ordering::Relaxed),
            lost: self.shared.queue.lost_count().saturating_add(self.shared.refused.load(Ordering::Relaxed)),
            queued_bytes: self.shared.queue.used(),
        }
    }

    /// Ends the session: everything that happened until now is written. Says how much that was, and what was lost.
    ///
    /// # Errors
    /// The first failure to write that there was, if any: the recording has gaps then.
    pub async fn finish(self) -> Result<Stats> {
        self.shared.queue.finish();
        let ended = lock(&self.ended).take();
        if let Some(ended) = ended {
            ended.await.unwrap_or_else(|_| Err(Error::new(ErrorKind::Io, "the recorder's thread is gone")))?;
        }
        Ok(self.stats())
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        // After `finish` nothing is left to be waited for.
        if lock(&self.ended).take().is_some() && self.shared.is_own_process() {
            self.shared.queue.finish();
            let _in_time = lock(&self.waited).recv_timeout(PATIENCE);
        }
    }
}

impl Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("process", &self.shared.process).field("stats", &self.stats()).finish_non_exhaustive()
    }
}

/// One controller, as an actor.
#[derive(Clone)]
pub struct Actor {
    shared: Arc<Shared>,
    name: Arc<str>,
}

impl Actor {
    /// Its name in the recording: `shop-operator/checkout`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The layer for its client.
    #[must_use]
    pub fn layer(&self) -> RecorderLayer {
        RecorderLayer { shared: Arc::clone(&self.shared), actor: Arc::clone(&self.name) }
    }

    /// Wraps a reconciler for `Controller::run`, so that the calls it makes are known to be its own, and what it
    /// returns is recorded.
    pub fn wrap<K, C, R, F, A, E>(&self, reconcile: R) -> impl FnMut(Arc<K>, Arc<C>) -> Reconcile<F> + use<K, C, R, F, A, E>
    where
        R: FnMut(Arc<K>, Arc<C>) -> F,
        F: Future<Output = std::result::Result<A, E>>,
        K: Resource,
        K::DynamicType: Default,
        A: Debug,
        E: Display,
    {
        self.wrap_with(K::DynamicType::default(), reconcile)
    }

    /// As [`Actor::wrap`], for objects whose type is known at run time only (`DynamicObject` and its `ApiResource`).
    pub fn wrap_with<K, C, R, F, A, E>(
        &self,
        kind: K::DynamicType,
        mut reconcile: R,
    ) -> impl FnMut(Arc<K>, Arc<C>) -> Reconcile<F> + use<K, C, R, F, A, E>
    where
        R: FnMut(Arc<K>, Arc<C>) -> F,
        F: Future<Output = std::result::Result<A, E>>,
        K: Resource,
        A: Debug,
        E: Display,
    {
        let actor = self.clone();
        move |object, context| {
            let named = object_of(&*object, &kind);
            actor.reconcile(named, reconcile(object, context), requeue::verdict::<A, E>)
        }
    }

    /// Records any future as a reconcile of `object`; `judge` says what it came to. For runtimes other than kube's.
    pub fn reconcile<F: Future>(&self, object: SpanObject, future: F, judge: fn(&F::Output) -> Verdict) -> Reconcile<F> {
        Reconcile::new(Arc::clone(&self.shared), Arc::clone(&self.name), object, future, judge)
    }

    /// Records a line that the process printed.
    pub fn log(&self, stream: LogStream, level: &str, text: impl Into<String>) {
        if self.shared.is_on() {
            let (at, text, span) = (self.shared.now(), text.into(), scope::current(self.shared.id));
            self.shared.tell(Some(&self.name), text.len(), || {
                Message::Log(Box::new(Line { at, stream, level: level.into(), span, text }))
            });
        }
    }

    /// Says that this actor starts anew within the process, with nothing in its caches.
    pub fn restarted(&self) {
        if self.shared.is_on() {
            self.shared.tell(Some(&self.name), 0, || Message::Restarted { actor: Arc::clone(&self.name) });
        }
    }
}

/// The object of a reconcile, as a recorder names it.
#[must_use]
pub fn object_of<K: Resource>(object: &K, kind: &K::DynamicType) -> SpanObject {
    let meta = object.meta();
    SpanObject {
        group: K::group(kind).as_ref().into(),
        version: K::version(kind).as_ref().into(),
        kind: K::kind(kind).as_ref().into(),
        resource: K::plural(kind).as_ref().into(),
        namespace: meta.namespace.as_deref().unwrap_or_default().into(),
        name: meta.name.as_deref().unwrap_or_default().into(),
        joined: false,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The `kube` that this crate was built with. Build the client from it, so that the layer's types match.
pub use kube;
