//! Reconciles as kube-runtime's own tracing spans tell them: `reconciling object` with `object.ref` and `object.reason`,
//! one per run, from its beginning to the end of the error policy.

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

/// Nobody is within more spans than this.
const DEEPEST: usize = 256;

/// Kept with a tracing span: which recorder knows it under which number.
struct Recorded(Vec<(u64, SpanKey)>);

/// Hears of kube-runtime's spans.
pub(super) struct SpanLayer {
    pub(super) shared: Arc<Shared>,
}

/// The layer behind a filter of its own: it asks for that one span and for nothing else, so it makes nobody's log longer.
pub(super) fn layer<S>(shared: Arc<Shared>) -> impl Layer<S> + Send + Sync + 'static
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let only: fn(&Metadata<'_>) -> bool = is_reconcile;
    SpanLayer { shared }.with_filter(FilterFn::new(only).with_max_level_hint(tracing::level_filters::LevelFilter::INFO))
}

/// The reconcile of the current tracing span, as this recorder numbers it.
pub(super) fn current(recorder: u64) -> Option<SpanKey> {
    tracing::Span::current()
        .with_subscriber(|(id, dispatch)| {
            let registry = dispatch.downcast_ref::<Registry>()?;
            registry.span(id)?.scope().take(DEEPEST).find_map(|span| number(span.extensions().get()?, recorder))
        })
        .flatten()
}

/// The reconcile within which an event happens, as this recorder numbers it: for those who hear of the event, to whom no
/// span is the current one.
pub(super) fn around<S>(event: &tracing::Event<'_>, context: &Context<'_, S>, recorder: u64) -> Option<SpanKey>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    context.event_scope(event)?.take(DEEPEST).find_map(|span| number(span.extensions().get()?, recorder))
}

fn number(recorded: &Recorded, recorder: u64) -> Option<SpanKey> {
    recorded.0.iter().find(|(id, _)| *id == recorder).map(|(_, span)| *span)
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
        let mut read = Read::default();
        attributes.record(&mut read);
        let span = self.shared.next_span();
        let at = self.shared.now();
        let sent = self.shared.tell(None, read.object.len() + read.reason.len(), || {
            let (label, object, reason) = ("".into(), object(&read.object), read.reason.into());
            Message::SpanStarted(Box::new(SpanStarted { span, at, actor: None, label, object, reason }))
        });
        if !sent {
            return;
        }
        let mut extensions = tracing_span.extensions_mut();
        match extensions.get_mut::<Recorded>() {
            Some(recorded) => recorded.0.push((self.shared.id, span)),
            None => extensions.insert(Recorded(vec![(self.shared.id, span)])),
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let span = context.span(&id).and_then(|span| number(span.extensions().get()?, self.shared.id));
        if let Some(span) = span {
            let (at, result) = (self.shared.now(), SpanResult::Unknown);
            let ended = SpanEnded { span, at, result, error: String::new(), requeue_after: None };
            self.shared.tell_always(Message::SpanEnded(Box::new(ended)));
        }
    }
}

#[derive(Default)]
struct Read {
    object: String,
    reason: String,
}

impl Visit for Read {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "object.ref" => self.object = format!("{value:?}"),
            "object.reason" => self.reason = format!("{value:?}"),
            _ => {}
        }
    }
}

/// `Deployment.v1.apps/checkout.shop`: kind, version, group; name and namespace in one, for both may be missing a dot.
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
    fn kube_names_its_objects() {
        let read = object("Deployment.v1.apps/checkout.shop");
        assert_eq!((&*read.kind, &*read.version, &*read.group, &*read.name), ("Deployment", "v1", "apps", "checkout.shop"));
        let read = object("ConfigMap.v1./foo.default");
        assert_eq!((&*read.kind, &*read.version, &*read.group, &*read.name), ("ConfigMap", "v1", "", "foo.default"));
        let read = object("Checkout.v1alpha1.shop.example.com/web.shop");
        assert_eq!((&*read.version, &*read.group), ("v1alpha1", "shop.example.com"));
    }
}
