//! Kinds of objects, as discovery, URLs and bodies tell of them.

use std::fmt;
use std::sync::Arc;

use super::KindId;

/// What names a resource type on the wire: group, version, plural.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KindRef {
    /// API group, '' for core.
    pub group: Arc<str>,
    /// API version, `v1`.
    pub version: Arc<str>,
    /// Plural as in URLs, `deployments`.
    pub resource: Arc<str>,
}

/// What is known of a kind. Unknown facts are empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    /// Its row; what is offered to a sink is not yet stored and has none.
    pub id: Option<KindId>,
    /// API group, '' for core.
    pub group: Arc<str>,
    /// Plural as in URLs.
    pub resource: Arc<str>,
    /// The versions seen, newest knowledge last.
    pub versions: Vec<Arc<str>>,
    /// `Deployment`; '' until seen.
    pub kind: Arc<str>,
    /// Whether objects live in namespaces; `None` until known.
    pub namespaced: Option<bool>,
    /// `deploy`.
    pub short_names: Vec<Arc<str>>,
    /// Verbs it supports, as discovery says.
    pub verbs: Vec<Arc<str>>,
    /// Merge keys of lists, JSON-pointer path → keys, from the schema.
    pub list_keys: Vec<(Arc<str>, Vec<Arc<str>>)>,
    /// The structural schema as JSON, where a CRD passed by.
    pub schema: Option<Arc<str>>,
}

impl Kind {
    /// A kind of which only the place in URLs is known.
    #[must_use]
    pub fn named(group: impl Into<Arc<str>>, resource: impl Into<Arc<str>>) -> Kind {
        Kind {
            id: None,
            group: group.into(),
            resource: resource.into(),
            versions: Vec::new(),
            kind: Arc::from(""),
            namespaced: None,
            short_names: Vec::new(),
            verbs: Vec::new(),
            list_keys: Vec::new(),
            schema: None,
        }
    }

    /// `Deployment`, or the plural where the kind was never told.
    #[must_use]
    pub fn display_name(&self) -> &str {
        if self.kind.is_empty() { &self.resource } else { &self.kind }
    }
}

impl fmt::Display for KindRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.group.is_empty() {
            write!(f, "{}.{}", self.resource, self.version)
        } else {
            write!(f, "{}.{}.{}", self.resource, self.version, self.group)
        }
    }
}
