//! Turns the text of an object into an observation.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;

use super::body;
use super::discovery;
use super::reconciles::Delivered;
use super::request::RequestInfo;
use super::state::State;
use kuberewind_model::json::scan::{ListSplitter, Metadata, Piece};
use kuberewind_model::{ObjectKey, Observation, ObservationKind, Shape, Text};

/// The kind of an object without spec and status.
const PARTIAL: &str = "PartialObjectMetadata";

/// An object in a response, a list or a watch event.
pub(super) struct ReceivedObject<'a> {
    pub(super) says: ObservationKind,
    pub(super) shape: Shape,
    pub(super) created: bool,
    pub(super) metadata: Metadata<'a>,
    /// The text as received; `None` if it is over the size limit.
    pub(super) text: Option<&'a Bytes>,
}

impl<'a> ReceivedObject<'a> {
    /// An object that exists, with its complete text.
    pub(super) fn new(metadata: Metadata<'a>, text: &'a Bytes) -> ReceivedObject<'a> {
        let shape = if metadata.kind == PARTIAL { Shape::Metadata } else { Shape::Full };
        ReceivedObject { says: ObservationKind::State, shape, created: false, metadata, text: Some(text) }
    }
}

/// Type of a list's items, which servers leave out in the items. Unknown texts are ''.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ItemType<'a> {
    pub(super) kind: &'a str,
    pub(super) api_version: &'a str,
}

/// Learns the kind and redacts the text. Returns the observation, and the delivery that may trigger a reconcile; `None` if the object
/// has no name.
pub(super) fn observe(
    state: &mut State,
    request: &RequestInfo,
    object: &ReceivedObject<'_>,
    item: ItemType<'_>,
) -> Option<(Observation, Delivered)> {
    let metadata = &object.metadata;
    let name: &str = if metadata.name.is_empty() { &request.name } else { &metadata.name };
    if name.is_empty() {
        return None;
    }
    let kind = or(&metadata.kind, item.kind);
    let api_version = or(&metadata.api_version, item.api_version);
    let whole = matches!(object.shape, Shape::Full | Shape::Cut) && kind != PARTIAL;
    if whole && !kind.is_empty() {
        let namespaced = (!metadata.uid.is_empty()).then_some(!metadata.namespace.is_empty());
        let kind = state.kinds.learn_body(&request.kind, &kind, namespaced);
        state.learned(kind);
    }
    let body = object.text.map(|text| {
        let text = body::compacted(text, metadata.spaced);
        let bare = metadata.kind.is_empty() && !kind.is_empty() && object.shape != Shape::TableRow;
        let text = if bare { body::with_type(&text, &api_version, &kind) } else { text };
        if whole && &*request.kind.resource == "customresourcedefinitions" && &*request.kind.group == "apiextensions.k8s.io" {
            discovery::from_crd(state, &text);
        }
        let info = request.body_info(if whole { &kind } else { "" }, "");
        Text { bytes: state.redactor.json(&info, text).text, cut: false }
    });
    let kind_name = if whole { Arc::from(&*kind) } else { state.kinds.name_of(&request.kind) };
    let api_version = if whole { Arc::from(&*api_version) } else { api_version_of(request) };
    let namespace = if metadata.namespace.is_empty() { request.namespace.clone() } else { Arc::from(&*metadata.namespace) };
    let (name, uid): (Arc<str>, Arc<str>) = (name.into(), Arc::from(&*metadata.uid));
    let resource_version: Arc<str> = Arc::from(&*metadata.resource_version);
    let delivered = Delivered {
        key: ObjectKey {
            group: request.kind.group.clone(),
            resource: request.kind.resource.clone(),
            namespace: namespace.clone(),
            name: name.clone(),
        },
        uid: uid.clone(),
        resource_version: resource_version.clone(),
        owner: metadata.controller.as_ref().map(|owner| Arc::from(&*owner.uid)).unwrap_or_default(),
    };
    let observation = Observation {
        observation_kind: object.says,
        kind: request.kind.clone(),
        kind_name,
        api_version,
        namespace,
        name,
        uid,
        resource_version,
        generation: metadata.generation,
        shape: object.shape,
        created: object.created,
        body,
    };
    Some((observation, delivered))
}

/// An observation without a text: the object is gone, absent, or known by its name only.
pub(super) fn named_only(state: &State, request: &RequestInfo, says: ObservationKind, uid: &str) -> Observation {
    Observation {
        observation_kind: says,
        kind: request.kind.clone(),
        kind_name: state.kinds.name_of(&request.kind),
        api_version: api_version_of(request),
        namespace: request.namespace.clone(),
        name: request.name.clone(),
        uid: uid.into(),
        resource_version: "".into(),
        generation: None,
        shape: Shape::Unknown,
        created: false,
        body: None,
    }
}

/// The first row of a table. A get or a watch event in table form has exactly one.
pub(super) fn first_row(table: &Bytes, limit: usize) -> Option<Bytes> {
    let mut rows = Vec::new();
    ListSplitter::new(limit).push(table, &mut rows).ok()?;
    match rows.into_iter().next()? {
        Piece::Item(row) => Some(row),
        Piece::Cut(..) => None,
    }
}

fn api_version_of(request: &RequestInfo) -> Arc<str> {
    let kind = &request.kind;
    if kind.group.is_empty() { kind.version.clone() } else { format!("{}/{}", kind.group, kind.version).into() }
}

fn or<'a>(text: &Cow<'a, str>, default: &'a str) -> Cow<'a, str> {
    if text.is_empty() { Cow::Borrowed(default) } else { text.clone() }
}
