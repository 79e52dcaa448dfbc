//! The name of an object within its kind.

use std::sync::Arc;

/// Namespace ('' at cluster scope) and name. Sorts as etcd does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Name {
    pub(super) namespace: Arc<str>,
    pub(super) name: Arc<str>,
}

impl Name {
    pub(super) fn new(namespace: &str, name: &str) -> Name {
        Name { namespace: namespace.into(), name: name.into() }
    }
}
