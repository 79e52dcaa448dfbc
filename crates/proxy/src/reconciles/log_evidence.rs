//! The reports of the log about a running reconcile.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LogEvidence {
    None,
    /// A line named it.
    Mention,
    /// A line reported its start.
    Start,
}
