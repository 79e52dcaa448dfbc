//! One change of an object.

use std::sync::Arc;

use super::name::Name;
use super::resource_type::TableKey;
use super::version::Version;

/// One change: a create, an update or a deletion, with the object before and after it.
#[derive(Debug)]
pub struct Change {
    pub(super) revision: u64,
    pub(super) table: TableKey,
    pub(super) name: Name,
    pub(super) before: Option<Arc<Version>>,
    pub(super) after: Option<Arc<Version>>,
}

impl Change {
    /// A change of an object by a source that numbers its changes itself.
    #[must_use]
    pub fn new(revision: u64, table: TableKey, name: Name, before: Option<Arc<Version>>, after: Option<Arc<Version>>) -> Change {
        Change { revision, table, name, before, after }
    }

    /// The revision of the change. It is the `resourceVersion` of the object after it, and that of the event of a deletion.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The API group in which the object is stored, '' for the core group.
    #[must_use]
    pub fn group(&self) -> &str {
        &self.table.group
    }

    /// The kind of the object as in URLs: `deployments`.
    #[must_use]
    pub fn plural(&self) -> &str {
        &self.table.plural
    }

    /// The namespace of the object, '' at cluster scope.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.name.namespace
    }

    /// The name of the object.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name.name
    }

    /// The object before the change; `None` for a create.
    #[must_use]
    pub fn before(&self) -> Option<&Arc<Version>> {
        self.before.as_ref()
    }

    /// The object after the change; `None` for a deletion.
    #[must_use]
    pub fn after(&self) -> Option<&Arc<Version>> {
        self.after.as_ref()
    }
}
