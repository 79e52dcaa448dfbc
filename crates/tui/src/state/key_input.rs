use crate::keys::{Keymap, Pending};
use kuberewind_model::Timestamp;

#[derive(Debug, Clone, Default)]
pub struct KeyInput {
    pub map: Keymap,
    /// The keys of an incomplete sequence.
    pub pending: Pending,
    /// The time of the first key of the incomplete sequence.
    pub pending_since: Option<Timestamp>,
}
