//! The object in the response to a call.

use bytes::Bytes;

use super::body;
use super::observation::{self, ItemType, ReceivedObject};
use super::request::RequestInfo;
use super::state::State;
use kuberewind_model::json::scan::Metadata;
use kuberewind_model::{Observation, ObservationKind, Shape, Verb};

/// The object in a response with a status below 400, if there is one.
pub(super) fn object_of(state: &mut State, request: &RequestInfo, status: u16, bytes: &Bytes) -> Option<Observation> {
    if bytes.is_empty() {
        return None;
    }
    if &*request.subresource == "scale" && request.verb.is_write() {
        return scaled(state, request, bytes);
    }
    if !request.returns_object() {
        return None;
    }
    let metadata = Metadata::read(bytes).ok()?;
    if metadata.kind == "Status" {
        let success = body::failure(bytes).filter(|answer| answer.status == "Success")?;
        let gone = request.verb == Verb::Delete && request.subresource.is_empty() && status == 200;
        return gone.then(|| observation::named_only(state, request, ObservationKind::Gone, &success.uid));
    }
    if metadata.kind == "Table" {
        let row = observation::first_row(bytes, state.limits.object)?;
        let metadata = body::metadata(&row, true).ok()?;
        let object = ReceivedObject { shape: Shape::TableRow, ..ReceivedObject::new(metadata, &row) };
        return observation::observe(state, request, &object, ItemType::default()).map(|(object, _)| object);
    }
    // The response to a review repeats the review, which is no stored object.
    if metadata.name.is_empty() {
        return None;
    }
    let says = if is_gone(request, &metadata, bytes) { ObservationKind::Gone } else { ObservationKind::State };
    let created = request.verb == Verb::Create || (status == 201 && request.verb == Verb::Patch);
    let object = ReceivedObject { says, created, ..ReceivedObject::new(metadata, bytes) };
    observation::observe(state, request, &object, ItemType::default()).map(|(object, _)| object)
}

/// The version that a write of the scale made of the object itself: the `Scale` has the object's uid and resourceVersion.
fn scaled(state: &mut State, request: &RequestInfo, scale: &Bytes) -> Option<Observation> {
    let metadata = Metadata::read(scale).ok().filter(|metadata| metadata.kind == "Scale" && metadata.name == *request.name)?;
    let version = observation::named_only(state, request, ObservationKind::State, &metadata.uid);
    (!metadata.resource_version.is_empty())
        .then(|| Observation { resource_version: metadata.resource_version.as_ref().into(), ..version })
}

/// True if the object in a write's response has been removed by that write.
fn is_gone(request: &RequestInfo, last: &Metadata<'_>, object: &[u8]) -> bool {
    let namespace = request.kind.group.is_empty() && &*request.kind.resource == "namespaces";
    match request.verb {
        // A delete that waits has a deletion timestamp or finalizers.
        Verb::Delete => !last.deleting && !last.finalizers,
        // This write removed the last finalizer of an object that was to be deleted.
        Verb::Update | Verb::Patch => {
            let waits = last.finalizers || (namespace && body::has_spec_finalizers(object));
            last.deleting && !waits && last.grace_seconds.unwrap_or_default() == 0
        }
        _ => false,
    }
}
