//! The object of a reconcile.

use std::sync::Arc;

use super::delivery::Delivery;
use super::span_source::SpanSource;
use kuberewind_model::{Certainty, Event, KindRef, NewOperation, NewSpan, NewTrigger, ObjectKey, SpanKey, Timestamp};

pub(super) struct ReconciledObject {
    pub(super) kind: Option<KindRef>,
    pub(super) kind_name: Arc<str>,
    pub(super) object: ObjectKey,
    pub(super) uid: Arc<str>,
}

impl ReconciledObject {
    pub(super) fn of(delivery: &Delivery) -> ReconciledObject {
        let (kind, kind_name) = (Some(delivery.kind.clone()), delivery.kind_name.clone());
        ReconciledObject { kind, kind_name, object: delivery.object.clone(), uid: delivery.uid.clone() }
    }

    pub(super) fn started(
        self,
        key: SpanKey,
        call: &NewOperation,
        at: Timestamp,
        certainty: Certainty,
        triggers: Vec<NewTrigger>,
    ) -> Event {
        Event::SpanStarted(NewSpan {
            key,
            label: format!("inferred-{}", SpanSource::number(key)).into(),
            at,
            actor: call.actor.clone(),
            kind: self.kind,
            kind_name: self.kind_name,
            namespace: self.object.namespace,
            name: self.object.name,
            attempt: 1,
            inferred: Some(certainty),
            triggers,
        })
    }
}
