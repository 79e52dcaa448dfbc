//! The name of an object within its kind.

use std::sync::Arc;

/// Namespace ('' at cluster scope) and name. Sorts as etcd does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// The namespace, '' at cluster scope.
    pub namespace: Arc<str>,
    /// The name.
    pub name: Arc<str>,
}

impl Name {
    /// A name in a namespace.
    #[must_use]
    pub fn new(namespace: &str, name: &str) -> Name {
        Name { namespace: namespace.into(), name: name.into() }
    }
}
