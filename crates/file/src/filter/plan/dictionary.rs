//! The names behind row ids.

use std::sync::Arc;

use kuberewind_model::{Kind, Result};

/// What ids stand for.
#[allow(clippy::missing_errors_doc)] // every method fails only when the file cannot be read or is damaged
pub trait Dictionary {
    /// A text; '' where there is none.
    fn text(&self, text: i64) -> Result<Arc<str>>;
    /// The actor of one of its incarnations.
    fn actor_of(&self, viewer: i64) -> Result<i64>;
    /// An actor's name.
    fn actor(&self, actor: i64) -> Result<Arc<str>>;
    /// A kind.
    fn kind(&self, kind: i64) -> Result<Option<Arc<Kind>>>;
    /// Kind, namespace and name of an object: a kind and two texts.
    fn object(&self, object: i64) -> Result<(i64, i64, i64)>;
    /// A reconcile's name.
    fn reconcile(&self, span: i64) -> Result<Arc<str>>;
    /// A version's resourceVersion.
    fn resource_version(&self, version: i64) -> Result<Arc<str>>;
    /// The fields that differ between a version and the one before it, as JSON pointers.
    fn changed_paths(&self, version: i64) -> Result<Vec<Arc<str>>>;
}
