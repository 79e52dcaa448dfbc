//! Constructors of events, as a recorder sends them.

use std::sync::Arc;

use kuberewind_model::{
    Duration, Event, KindRef, ListKey, NewOperation, Observation, ObservationKind, Observations, Page, Seq, Shape, Target, Text,
    Timestamp, Verb,
};

/// The start of every test.
pub(crate) const START: Timestamp = Timestamp(1_770_200_000_000_000_000);

pub(crate) fn deployments() -> KindRef {
    KindRef { group: "apps".into(), version: "v1".into(), resource: "deployments".into() }
}

pub(crate) fn text(body: &str) -> Text {
    Text { bytes: body.to_owned().into_bytes().into(), cut: false }
}

/// A state of `shop/NAME`.
pub(crate) fn state(name: &str, uid: &str, rv: &str, body: &str) -> Observation {
    Observation {
        observation_kind: ObservationKind::State,
        kind: deployments(),
        kind_name: "Deployment".into(),
        api_version: "apps/v1".into(),
        namespace: "shop".into(),
        name: name.into(),
        uid: uid.into(),
        resource_version: rv.into(),
        generation: Some(1),
        shape: Shape::Full,
        created: false,
        body: Some(text(body)),
    }
}

/// An object that is gone, left the view, or was not found.
pub(crate) fn says(says: ObservationKind, name: &str, uid: &str, rv: &str) -> Observation {
    Observation {
        observation_kind: says,
        body: None,
        shape: Shape::Unknown,
        kind_name: "".into(),
        api_version: "".into(),
        ..state(name, uid, rv, "")
    }
}

/// An operation by `actor`, one millisecond after the previous one.
pub(crate) fn operation(actor: &str, verb: Verb, number: u64, shown: Observations) -> NewOperation {
    let name: Arc<str> = match &shown {
        Observations::Object(sight) => sight.name.clone(),
        _ => "".into(),
    };
    NewOperation {
        duration: Duration(1_500_000),
        started_after: Seq(number - 1),
        observations: shown,
        ..NewOperation::done(START.plus(Duration::from_millis(number)), actor, verb, Target::object(deployments(), "shop", name))
    }
}

pub(crate) fn shows(actor: &str, verb: Verb, number: u64, sight: Observation) -> Event {
    Event::Operation(Box::new(operation(actor, verb, number, Observations::Object(Box::new(sight)))))
}

/// The end of a page of a list.
pub(crate) fn list(actor: &str, number: u64, key: u64, rv: &str, complete: bool, items: Vec<Observation>) -> Vec<Event> {
    let page = Page { list: ListKey(key), resource_version: rv.into(), selector: "".into(), complete };
    let mut events: Vec<Event> =
        items.into_iter().map(|sight| Event::ListItem { list: ListKey(key), actor: actor.into(), observation: sight }).collect();
    events.push(Event::Operation(Box::new(operation(actor, Verb::List, number, Observations::List(page)))));
    events
}
