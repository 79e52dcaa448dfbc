//! The names behind row ids.

use std::sync::Arc;

use kuberewind_model::{Kind, Result};

/// Looks up the names behind row ids.
#[allow(clippy::missing_errors_doc)] // every method fails only when the file cannot be read or is damaged
pub(crate) trait Dictionary {
    /// Returns a text, or '' if it does not exist.
    fn text(&self, text: i64) -> Result<Arc<str>>;
    /// Returns the actor of an incarnation.
    fn actor_of(&self, viewer: i64) -> Result<i64>;
    /// Returns the name of an actor.
    fn actor(&self, actor: i64) -> Result<Arc<str>>;
    fn kind(&self, kind: i64) -> Result<Option<Arc<Kind>>>;
    /// Returns the row ids of the kind, namespace and name of an object.
    fn object(&self, object: i64) -> Result<(i64, i64, i64)>;
    /// Returns the label of a reconcile.
    fn reconcile(&self, span: i64) -> Result<Arc<str>>;
    /// Returns the resourceVersion of a version.
    fn resource_version(&self, version: i64) -> Result<Arc<str>>;
    /// Returns the fields that differ between a version and the previous one, as JSON pointers.
    fn changed_paths(&self, version: i64) -> Result<Vec<Arc<str>>>;
}
