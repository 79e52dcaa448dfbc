//! Completion of run-to-completion objects.

use crate::normalise::Content;

/// True if the status shows that the object has completed.
pub(super) fn has_ended(content: &Content) -> bool {
    let phase = content.string(&["status", "phase"]);
    matches!(phase, Some("Succeeded" | "Failed")) || content.string(&["status", "completionTime"]).is_some()
}
