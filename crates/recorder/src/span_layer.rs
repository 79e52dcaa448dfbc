//! Reads reconciles from kube-runtime's tracing spans: `reconciling object` with `object.ref` and `object.reason`, one per run,
//! from its start to the end of the error policy.

use std::fmt;
use std::sync::Arc;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Metadata, Subscriber};
use tracing_subscriber::filter::FilterFn;
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::{LookupSpan, Registry};

use super::shared::Shared;
use kuberewind_capture::{Message, SpanEnded, SpanObject, SpanStarted};
use kuberewind_model::{SpanKey, SpanResult};

/// Limit on nested spans.
const MAX_DEPTH: usize = 256;

/// An extension of a tracing span: its number for each recorder.
struct SpanNumbers(Vec<(u64, SpanKey)>);

pub(super) struct SpanLayer {
    pub(super) shared: Arc<Shared>,
}

/// The layer with a filter that enables this one span only, so that the program's log does not get longer.
pub(super) fn layer<S>(shared: Arc<Shared>) -> impl Layer<S> + Send + Sync + 'static
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let only: fn(&Metadata<'_>) -> bool = is_reconcile;
    SpanLayer { shared }.with_filter(FilterFn::new(only).with_max_level_hint(tracing::level_filters::LevelFilter::INFO))
}

/// The reconcile of this recorder that the current tracing span is in.
pub(super) fn current(recorder: u64) -> Option<SpanKey> {
    tracing::Span::current()
        .with_subscriber(|(id, dispatch)| {
            let registry = dispatch.downcast_ref::<Registry>()?;
            registry.span(id)?.scope().take(MAX_DEPTH).find_map(|span| number(span.extensions().get()?, recorder))
        })
        .flatten()
}

/// The reconcile of this recorder that an event is in. For layers, for which no span is current.
pub(super) fn around<S>(event: &tracing::Event<'_>, context: &Context<'_, S>, recorder: u64) -> Option<SpanKey>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    context.event_scope(event)?.take(MAX_DEPTH).find_map(|span| number(span.extensions().get()?, recorder))
}

fn number(numbers: &SpanNumbers, recorder: u64) -> Option<SpanKey> {
    numbers.0.iter().find(|(id, _)| *id == recorder).map(|(_, span)| *span)
}

fn is_reconcile(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.name() == "reconciling object" && metadata.target().starts_with("kube_runtime::controller")
}

impl<S> Layer<S> for SpanLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if !is_reconcile(attributes.metadata()) || !self.shared.is_on() {
            return;
        }
        let Some(tracing_span) = context.span(id) else { return };
        let mut fields = ReconcileFields::default();
        attributes.record(&mut fields);
        let span = self.shared.next_span();
        let at = self.shared.now();
        let sent = self.shared.send(None, fields.object.len() + fields.reason.len(), || {
            let (label, object, reason) = ("".into(), object(&fields.object), fields.reason.into());
            Message::SpanStarted(Box::new(SpanStarted { span, at, actor: None, label, object, reason }))
        });
        if !sent {
            return;
        }
        let mut extensions = tracing_span.extensions_mut();
        match extensions.get_mut::<SpanNumbers>() {
            Some(numbers) => numbers.0.push((self.shared.id, span)),
            None => extensions.insert(SpanNumbers(vec![(self.shared.id, span)])),
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let span = context.span(&id).and_then(|span| number(span.extensions().get()?, self.shared.id));
        if let Some(span) = span {
            let (at, result) = (self.shared.now(), SpanResult::Unknown);
            let ended = SpanEnded { span, at, result, error: String::new(), requeue_after: None };
            self.shared.send_always(Message::SpanEnded(Box::new(ended)));
        }
    }
}

#[derive(Default)]
struct ReconcileFields {
    object: String,
    reason: String,
}

impl Visit for ReconcileFields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "object.ref" => self.object = format!("{value:?}"),
            "object.reason" => self.reason = format!("{value:?}"),
            _ => {}
        }
    }
}

/// Parses `Deployment.v1.apps/checkout.shop`. Name and namespace stay joined: only the kind's scope shows how to split them.
fn object(text: &str) -> SpanObject {
    let (kind, name) = text.split_once('/').unwrap_or(("", text));
    let mut parts = kind.splitn(3, '.');
    let mut part = || parts.next().unwrap_or_default().into();
    SpanObject { kind: part(), version: part(), group: part(), name: name.into(), joined: true, ..SpanObject::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_objects_of_kube_runtime_are_parsed() {
        let read = object("Deployment.v1.apps/checkout.shop");
        assert_eq!((&*read.kind, &*read.version, &*read.group, &*read.name), ("Deployment", "v1", "apps", "checkout.shop"));
        let read = object("ConfigMap.v1./foo.default");
        assert_eq!((&*read.kind, &*read.version, &*read.group, &*read.name), ("ConfigMap", "v1", "", "foo.default"));
        let read = object("Checkout.v1alpha1.shop.example.com/web.shop");
        assert_eq!((&*read.version, &*read.group), ("v1alpha1", "shop.example.com"));
    }
}
