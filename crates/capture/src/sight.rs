//! From an object's text to what an actor was shown.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;

use super::body;
use super::call::Asked;
use super::desk::Desk;
use super::discovery;
use super::reconciles::Delivered;
use kuberewind_model::json::scan::{ListSplitter, Metadata, Piece};
use kuberewind_model::{ObjectKey, Observation, ObservationKind, Shape, Text};

/// The kind of an object of which only the metadata is shown.
const PARTIAL: &str = "PartialObjectMetadata";

/// An object to be told of.
pub(super) struct Found<'a> {
    pub(super) says: ObservationKind,
    pub(super) shape: Shape,
    pub(super) created: bool,
    pub(super) metadata: Metadata<'a>,
    /// Its text as received; `None` where it is cut.
    pub(super) text: Option<&'a Bytes>,
}

impl<'a> Found<'a> {
    /// An object as it stands in an answer; of a table, its only row.
    pub(super) fn state(metadata: Metadata<'a>, text: &'a Bytes) -> Found<'a> {
        let shape = if metadata.kind == PARTIAL { Shape::Metadata } else { Shape::Full };
        Found { says: ObservationKind::State, shape, created: false, metadata, text: Some(text) }
    }
}

/// What a server leaves out of an item, known from its list.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ItemType<'a> {
    pub(super) kind: &'a str,
    pub(super) api_version: &'a str,
}

/// What the sink is told of an object, and what its actor was delivered by it. `None` where it has no name.
pub(super) fn tell(desk: &mut Desk, asked: &Asked, found: &Found<'_>, item: ItemType<'_>) -> Option<(Observation, Delivered)> {
    let metadata = &found.metadata;
    let name: &str = if metadata.name.is_empty() { &asked.name } else { &metadata.name };
    if name.is_empty() {
        return None;
    }
    let kind = or(&metadata.kind, item.kind);
    let api_version = or(&metadata.api_version, item.api_version);
    let whole = matches!(found.shape, Shape::Full | Shape::Cut) && kind != PARTIAL;
    if whole && !kind.is_empty() {
        let namespaced = (!metadata.uid.is_empty()).then_some(!metadata.namespace.is_empty());
        let news = desk.kinds.learn_body(&asked.kind, &kind, namespaced);
        desk.learned(news);
    }
    let body = found.text.map(|text| {
        let text = body::compacted(text, metadata.spaced);
        let bare = metadata.kind.is_empty() && !kind.is_empty() && found.shape != Shape::TableRow;
        let text = if bare { body::with_type(&text, &api_version, &kind) } else { text };
        if whole && &*asked.kind.resource == "customresourcedefinitions" && &*asked.kind.group == "apiextensions.k8s.io" {
            discovery::from_crd(desk, &text);
        }
        let about = asked.about(if whole { &kind } else { "" }, "");
        Text { bytes: desk.redactor.json(&about, text).text, cut: false }
    });
    let kind_name = if whole { Arc::from(&*kind) } else { desk.kinds.name_of(&asked.kind) };
    let api_version = if whole { Arc::from(&*api_version) } else { api_version_of(asked) };
    let namespace = if metadata.namespace.is_empty() { asked.namespace.clone() } else { Arc::from(&*metadata.namespace) };
    let (name, uid): (Arc<str>, Arc<str>) = (name.into(), Arc::from(&*metadata.uid));
    let resource_version: Arc<str> = Arc::from(&*metadata.resource_version);
    let delivered = Delivered {
        key: ObjectKey {
            group: asked.kind.group.clone(),
            resource: asked.kind.resource.clone(),
            namespace: namespace.clone(),
            name: name.clone(),
        },
        uid: uid.clone(),
        resource_version: resource_version.clone(),
        owner: metadata.controller.as_ref().map(|owner| Arc::from(&*owner.uid)).unwrap_or_default(),
    };
    let sight = Observation {
        observation_kind: found.observation_kind,
        kind: asked.kind.clone(),
        kind_name,
        api_version,
        namespace,
        name,
        uid,
        resource_version,
        generation: metadata.generation,
        shape: found.shape,
        created: found.created,
        body,
    };
    Some((sight, delivered))
}

/// An object of which only a status speaks: that it is gone, or not there.
pub(super) fn named_only(desk: &Desk, asked: &Asked, says: ObservationKind, uid: &str) -> Observation {
    Observation {
        observation_kind: says,
        kind: asked.kind.clone(),
        kind_name: desk.kinds.name_of(&asked.kind),
        api_version: api_version_of(asked),
        namespace: asked.namespace.clone(),
        name: asked.name.clone(),
        uid: uid.into(),
        resource_version: "".into(),
        generation: None,
        shape: Shape::Unknown,
        created: false,
        body: None,
    }
}

/// The first row of a table: what a get or a watch event in table form is about.
pub(super) fn first_row(table: &Bytes, limit: usize) -> Option<Bytes> {
    let mut rows = Vec::new();
    ListSplitter::new(limit).push(table, &mut rows).ok()?;
    match rows.into_iter().next()? {
        Piece::Item(row) => Some(row),
        Piece::Cut(..) => None,
    }
}

fn api_version_of(asked: &Asked) -> Arc<str> {
    let kind = &asked.kind;
    if kind.group.is_empty() { kind.version.clone() } else { format!("{}/{}", kind.group, kind.version).into() }
}

fn or<'a>(said: &Cow<'a, str>, known: &'a str) -> Cow<'a, str> {
    if said.is_empty() { Cow::Borrowed(known) } else { said.clone() }
}
