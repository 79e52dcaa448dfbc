use std::collections::BTreeMap;
use std::sync::Arc;

use crate::protocol::Vocabulary;

use super::layers::{Layer, Purpose};

/// The dialogs on top of the panes.
#[derive(Debug, Clone, Default)]
pub struct Dialogs {
    /// The last layer has the keyboard focus.
    pub layers: Vec<Layer>,
    /// The lines entered at each prompt, oldest first.
    pub history: BTreeMap<Purpose, Vec<String>>,
    /// Names for completion.
    pub vocabulary: Arc<Vocabulary>,
}
