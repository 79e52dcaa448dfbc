//! Objects that change all the time without a meaning.

/// True for leases and Events.
pub(super) fn is_bookkeeping(group: &str, resource: &str) -> bool {
    matches!((group, resource), ("coordination.k8s.io", "leases") | ("" | "events.k8s.io", "events"))
}
