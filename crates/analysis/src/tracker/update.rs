//! The changes of the tracker by one item.

use std::sync::Arc;

use super::cause::Cause;
use crate::normalise::Content;
use kuberewind_model::ObjectId;

/// What an item did to the tracker, as places in it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Update {
    pub(crate) object: Option<ObjectId>,
    pub(crate) new: Option<usize>,
    pub(crate) authored: Option<usize>,
    pub(crate) cause: Option<Cause>,
    pub(crate) sent: Option<Arc<Content>>,
}
