//! Completion of run-to-completion objects.

use crate::normalise::Content;

/// Whether an object says of itself that it has come to its end.
pub(super) fn has_ended(content: &Content) -> bool {
    let phase = content.string(&["status", "phase"]);
    matches!(phase, Some("Succeeded" | "Failed")) || content.string(&["status", "completionTime"]).is_some()
}
