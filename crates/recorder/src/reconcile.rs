//! A recorded reconcile, and the task-local that attributes calls to it.
//!
//! kube's client passes requests to another task, so that the task-local is not set when a service is called. The future that the
//! service returns is polled by the caller's task, where it is set. Several recorders may wrap one reconciler: each finds its own entry.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::shared::Shared;
use super::span_layer;
use kuberewind_capture::{Message, SpanEnded, SpanObject, SpanStarted};
use kuberewind_model::{Duration, SpanKey, SpanResult};

/// Longer errors are cut, in characters: some contain whole responses.
const MAX_ERROR: usize = 16 * 1024;

tokio::task_local! {
    static SCOPE: Arc<Scope>;
}

/// A reconcile that runs in this task, and the one around it.
struct Scope {
    recorder: u64,
    span: SpanKey,
    outer: Option<Arc<Scope>>,
}

/// The reconcile of this recorder that runs in this task.
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

/// The result of a reconcile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The error; `None` for success.
    pub error: Option<String>,
    /// The delay after which the reconciler wants to run again.
    pub requeue_after: Option<std::time::Duration>,
}

/// The future of a recorded reconcile; see [`Actor::reconcile`](crate::Actor::reconcile).
#[must_use = "a future does nothing unless it is awaited"]
pub struct Reconcile<F: Future> {
    future: Pin<Box<F>>,
    judge: fn(&F::Output) -> Verdict,
    running: Running,
}

/// Records the end of a reconcile, also if it is dropped earlier.
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
    /// Records the start, at the first poll. If the runtime's span is recorded too, it is the same reconcile and only gets an actor.
    fn begin(&mut self) {
        let Some(object) = self.object.take() else { return };
        if !self.shared.is_on() {
            return;
        }
        let actor = self.actor.clone();
        let (span, sent) = match span_layer::current(self.shared.id) {
            Some(span) => (span, self.shared.send(Some(&self.actor), 0, || Message::SpanActor { span, actor })),
            None => {
                let span = self.shared.next_span();
                let at = self.shared.now();
                let sent = self.shared.send(Some(&self.actor), 0, || {
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
        if let Some((end, _)) = error.char_indices().nth(MAX_ERROR) {
            error.truncate(end);
        }
        let (span, at) = (scope.span, self.shared.now());
        self.shared.send_always(Message::SpanEnded(Box::new(SpanEnded { span, at, result, error, requeue_after })));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end(SpanResult::Cancelled, String::new(), None);
    }
}
