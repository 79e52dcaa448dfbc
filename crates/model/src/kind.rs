//! Kinds of objects, known from discovery, URLs and bodies.

use std::fmt;
use std::sync::Arc;

use super::KindId;

/// Group, version and plural of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KindRef {
    /// '' for the core group.
    pub group: Arc<str>,
    /// For example `v1`.
    pub version: Arc<str>,
    /// Plural as in URLs, for example `deployments`.
    pub resource: Arc<str>,
}

/// The facts known about a kind. Unknown facts are empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    /// `None` until the kind is stored.
    pub id: Option<KindId>,
    /// '' for the core group.
    pub group: Arc<str>,
    pub resource: Arc<str>,
    /// The observed versions, the latest last.
    pub versions: Vec<Arc<str>>,
    /// For example `Deployment`, '' until known.
    pub kind: Arc<str>,
    /// `None` until known.
    pub namespaced: Option<bool>,
    /// For example `deploy`.
    pub short_names: Vec<Arc<str>>,
    /// The verbs that discovery lists.
    pub verbs: Vec<Arc<str>>,
    /// Merge keys of lists from the schema: JSON pointer to keys.
    pub list_keys: Vec<(Arc<str>, Vec<Arc<str>>)>,
    /// The structural schema as JSON, if a CRD was observed.
    pub schema: Option<Arc<str>>,
}

impl Kind {
    /// A kind of which only group and plural are known.
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

    /// The name of the kind, or the plural if it is unknown.
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
