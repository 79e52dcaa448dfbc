//! A controller of the process, as an actor of the recording.

use std::fmt::{Debug, Display};
use std::future::Future;
use std::sync::Arc;

use kube::Resource;

use super::layer::RecorderLayer;
use super::reconcile::{self, Reconcile, Verdict};
use super::requeue;
use super::shared::Shared;
use kuberewind_capture::{Message, PrintedLine, SpanObject};
use kuberewind_model::LogStream;

/// One controller of the process. Cheap to clone.
#[derive(Clone)]
pub struct Actor {
    shared: Arc<Shared>,
    name: Arc<str>,
}

impl Actor {
    pub(super) fn new(shared: Arc<Shared>, controller: &str) -> Actor {
        let name = shared.actor(controller);
        Actor { shared, name }
    }

    /// The name in the recording: `shop-operator/checkout`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the layer for the controller's client, for [`kube::client::ClientBuilder::with_layer`].
    #[must_use]
    pub fn layer(&self) -> RecorderLayer {
        RecorderLayer { shared: Arc::clone(&self.shared), actor: Arc::clone(&self.name) }
    }

    /// Wraps a reconciler for `Controller::run`: attributes its calls to the reconcile and records its result.
    pub fn wrap<K, C, R, F, A, E>(&self, reconcile: R) -> impl FnMut(Arc<K>, Arc<C>) -> Reconcile<F> + use<K, C, R, F, A, E>
    where
        R: FnMut(Arc<K>, Arc<C>) -> F,
        F: Future<Output = Result<A, E>>,
        K: Resource,
        K::DynamicType: Default,
        A: Debug,
        E: Display,
    {
        self.wrap_with(K::DynamicType::default(), reconcile)
    }

    /// As [`Actor::wrap`], for types that are known only at run time: `DynamicObject` and its `ApiResource`.
    pub fn wrap_with<K, C, R, F, A, E>(
        &self,
        kind: K::DynamicType,
        mut reconcile: R,
    ) -> impl FnMut(Arc<K>, Arc<C>) -> Reconcile<F> + use<K, C, R, F, A, E>
    where
        R: FnMut(Arc<K>, Arc<C>) -> F,
        F: Future<Output = Result<A, E>>,
        K: Resource,
        A: Debug,
        E: Display,
    {
        let actor = self.clone();
        move |object, context| {
            let span_object = object_of(&*object, &kind);
            actor.reconcile(span_object, reconcile(object, context), requeue::verdict::<A, E>)
        }
    }

    /// Records any future as a reconcile of `object`; `judge` reads its result. For runtimes other than kube's.
    pub fn reconcile<F: Future>(&self, object: SpanObject, future: F, judge: fn(&F::Output) -> Verdict) -> Reconcile<F> {
        Reconcile::new(Arc::clone(&self.shared), Arc::clone(&self.name), object, future, judge)
    }

    /// Records a log line, in the reconcile that calls this.
    pub fn log(&self, stream: LogStream, level: &str, text: impl Into<String>) {
        if self.shared.is_on() {
            let (at, text, span) = (self.shared.now(), text.into(), reconcile::current(self.shared.id));
            self.shared.send(Some(&self.name), text.len(), || {
                Message::Log(Box::new(PrintedLine { at, stream, level: level.into(), span, text }))
            });
        }
    }

    /// Records that this actor starts again within the process, with empty caches.
    pub fn restarted(&self) {
        if self.shared.is_on() {
            self.shared.send(Some(&self.name), 0, || Message::Restarted { actor: Arc::clone(&self.name) });
        }
    }
}

/// Returns group, kind and name of an object, for [`Actor::reconcile`].
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
