//! Writes through a subresource that are not answered with the object: `scale` and `binding`.
//!
//! The version that such a write makes appears in a later watch event, or has appeared in one before the response.

use std::sync::Arc;

use super::object::TrackedObject;
use super::version::{TrackedVersion, VersionAuthor};
use crate::lru::Lru;
use crate::normalise::{Change, Section};
use crate::stream::OperationItem;
use kuberewind_model::{Certainty, Duration, ObjectId, Timestamp};

const MAX_WAITING: usize = 1_024;
/// From the response to the delivery of the version.
const SOON: Duration = Duration(2_000_000_000);

#[derive(Default)]
pub(super) struct SubresourceWrites(Lru<ObjectId, VersionAuthor, MAX_WAITING>);

/// True for a successful write that changes the object without showing it.
pub(super) fn is_hidden_write(operation: &OperationItem) -> bool {
    operation.op.verb.is_write()
        && matches!(&*operation.op.subresource, "scale" | "binding")
        && operation.is_done_write()
        && operation.observed.is_none()
}

/// True for a version without an author in which the desired state changed, as such a write does.
fn is_made_so(state: &TrackedVersion) -> bool {
    let wanted = |changes: &[Change]| changes.iter().any(|change| change.section == Section::Wanted);
    state.author.is_none() && !state.gone && state.changes.as_deref().is_some_and(wanted)
}

impl SubresourceWrites {
    /// Makes the caller the author of the version that appeared during the call, else of the next one.
    pub fn wrote(&mut self, operation: &OperationItem, object: &mut TrackedObject) {
        let author = author(operation);
        match object.history.iter_mut().rev().find(|state| state.seq > author.started_after && is_made_so(state)) {
            Some(state) => state.author = Some(author),
            None => self.0.insert(object.object.id, author),
        }
    }

    /// Makes the waiting caller the author of a version that a watch event just delivered.
    pub fn added(&mut self, object: &mut TrackedObject, position: usize, at: Timestamp) {
        if self.0.is_empty() || !object.history.get(position).is_some_and(is_made_so) {
            return;
        }
        let author = self.0.remove(&object.object.id).filter(|author| at.since(author.at) <= SOON);
        if let (Some(author), Some(state)) = (author, object.history.get_mut(position)) {
            state.author = Some(author);
        }
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}

fn author(operation: &OperationItem) -> VersionAuthor {
    let detail = operation.detail.as_ref();
    VersionAuthor {
        actor: operation.op.actor,
        name: Arc::clone(&operation.actor),
        manager: detail.map_or_else(|| Arc::from(""), |detail| Arc::clone(&detail.field_manager)),
        seq: operation.op.seq,
        at: operation.op.at,
        began: operation.began(),
        started_after: operation.op.started_after,
        verb: operation.op.verb,
        span: operation.op.span,
        precondition: detail.map(|detail| Arc::clone(&detail.precondition)),
        cause: None,
        certainty: Certainty::Likely,
    }
}
