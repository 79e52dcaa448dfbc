use std::sync::Arc;

use kuberewind_model::ObjectId;

/// An object whose path matches the text of the object picker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectMatch {
    /// The newest incarnation.
    pub object: ObjectId,
    /// `Deployment/shop/checkout`.
    pub text: Arc<str>,
    /// Indices of the matching characters, ascending.
    pub marked: Vec<u32>,
}
