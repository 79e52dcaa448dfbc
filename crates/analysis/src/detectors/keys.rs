//! Hash keys for ids and call targets.

use crate::hash::{bytes, pair};
use crate::stream::OperationItem;

/// An id as a hash key.
pub(super) fn id_key(id: i64) -> u64 {
    u64::from_ne_bytes(id.to_ne_bytes())
}

/// A hash of the call's target: kind, namespace and name.
pub(super) fn target_key(operation: &OperationItem) -> u64 {
    let kind = operation.op.kind.map_or(0, |kind| id_key(kind.0));
    pair(kind, pair(bytes(operation.op.namespace.as_bytes()), bytes(operation.op.name.as_bytes())))
}
