//! Which reconcile a call belongs to: a task-local that the wrapped reconciler carries with it.
//!
//! kube's client hands requests to another task, so a task-local is not there when a service is called; the future that
//! the service returns is polled by the caller's own task, and there it is. Several recorders may wrap one reconciler:
//! each finds its own entry.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::shared::Shared;
use super::spans;
use kuberewind_capture::{Message, SpanEnded, SpanObject, SpanStarted};
use kuberewind_model::{Duration, SpanKey, SpanResult};

/// Errors are told up to this many characters: whole answers of servers have been seen in them.
const LONGEST_ERROR: usize = 16 * 1024;

tokio::task_local! {
    static SCOPE: Arc<Scope>;
}

/// A reconcile that runs in this task.
struct Scope {
    recorder: u64,
    span: SpanKey,
    outer: Option<Arc<Scope>>,
}

/// The reconcile that runs in this task, as this recorder numbers it.
pub(super) fn current(recorder: u64) -> Option<SpanKey> {
    let mut scope = SCOPE.try_with(Arc::clone).ok();
    while let Some(inner) = scope {
        if inner.recorder == recorder {
            return Some(inner.span);
        }
        scope = inner.outer.clone();
    }
    None
}

/// What a reconcile came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The error, `None` where it succeeded.
    pub error: Option<String>,
    /// When it asked to be run again.
    pub requeue_after: Option<std::time::Duration>,
}

/// A reconcile that is being recorded; see [`Actor::reconcile`](super::Actor::reconcile).
#[must_use = "a future does nothing unless it is awaited"]
pub struct Reconcile<F: Future> {
    future: Pin<Box<F>>,
    judge: fn(&F::Output) -> Verdict,
    running: Running,
}

/// Tells the end of a reconcile, also where it is dropped before it.
struct Running {
    shared: Arc<Shared>,
    actor: Arc<str>,
    object: Option<SpanObject>,
    scope: Option<Arc<Scope>>,
}

impl<F: Future> Reconcile<F> {
    pub(super) fn new(
        shared: Arc<Shared>,
        actor: Arc<str>,
        object: SpanObject,
        future: F,
        judge: fn(&F::Output) -> Verdict,
    ) -> Reconcile<F> {
        let running = Running { shared, actor, object: Some(object), scope: None };
        Reconcile { future: Box::pin(future), judge, running }
    }
}

impl<F: Future> Future for Reconcile<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.get_mut();
        this.running.begin();
        let future = this.future.as_mut();
        let polled = match &this.running.scope {
            Some(scope) => SCOPE.sync_scope(Arc::clone(scope), || future.poll(context)),
            None => future.poll(context),
        };
        if let Poll::Ready(output) = &polled {
            let Verdict { error, requeue_after } = (this.judge)(output);
            let result = if error.is_some() { SpanResult::Error } else { SpanResult::Ok };
            this.running.end(result, error.unwrap_or_default(), requeue_after.map(Duration::from_std));
        }
        polled
    }
}

impl Running {
    /// At the first poll. Where the runtime's own span is recorded as well, it is this reconcile: it gets an actor,
    /// and is not told twice.
    fn begin(&mut self) {
        let Some(object) = self.object.take() else { return };
        if !self.shared.is_on() {
            return;
        }
        let actor = self.actor.clone();
        let (span, sent) = match spans::current(self.shared.id) {
            Some(span) => (span, self.shared.tell(Some(&self.actor), 0, || Message::SpanActor { span, actor })),
            None => {
                let span = self.shared.next_span();
                let at = self.shared.now();
                let sent = self.shared.tell(Some(&self.actor), 0, || {
                    let (label, reason) = ("".into(), "".into());
                    Message::SpanStarted(Box::new(SpanStarted { span, at, actor: Some(actor), label, object, reason }))
                });
                (span, sent)
            }
        };
        if !sent {
            return;
        }
        let outer = SCOPE.try_with(Arc::clone).ok();
        self.scope = Some(Arc::new(Scope { recorder: self.shared.id, span, outer }));
    }

    fn end(&mut self, result: SpanResult, mut error: String, requeue_after: Option<Duration>) {
        let Some(scope) = self.scope.take() else { return };
        if let Some((end, _)) = error.char_indices().nth(LONGEST_ERROR) {
            error.truncate(end);
        }
        let (span, at) = (scope.span, self.shared.now());
        self.shared.tell_always(Message::SpanEnded(Box::new(SpanEnded { span, at, result, error, requeue_after })));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end(SpanResult::Cancelled, String::new(), None);
    }
}
