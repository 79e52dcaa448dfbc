//! The effect of one item on the tracker.

use std::sync::Arc;

use super::cause::Cause;
use crate::normalise::Content;
use kuberewind_model::ObjectId;

/// The effect of one item on the tracker. Versions are positions in the object's history.
#[derive(Debug, Clone, Default)]
pub(crate) struct Update {
    pub(crate) object: Option<ObjectId>,
    pub(crate) new: Option<usize>,
    pub(crate) authored: Option<usize>,
    pub(crate) cause: Option<Cause>,
    pub(crate) sent: Option<Arc<Content>>,
}
