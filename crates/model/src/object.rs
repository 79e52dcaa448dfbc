//! Kubernetes objects.

use std::fmt;
use std::sync::Arc;

use super::{KindId, ObjectId};

/// Identifies an object in its cluster across incarnations.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectKey {
    /// '' for the core group.
    pub group: Arc<str>,
    /// Plural as in URLs.
    pub resource: Arc<str>,
    /// '' for cluster scope.
    pub namespace: Arc<str>,
    pub name: Arc<str>,
}

/// One incarnation of an object, from its creation to its deletion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    pub id: ObjectId,
    pub kind: KindId,
    pub key: ObjectKey,
    /// For example `Deployment`, or the plural if the kind is unknown.
    pub kind_name: Arc<str>,
    /// Counts the incarnations of this key from 1.
    pub incarnation: u32,
    /// '' until first observed.
    pub uid: Arc<str>,
}

impl fmt::Display for Object {
    /// Writes `Deployment/shop/checkout`, or `Node/worker-1` at cluster scope.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key.namespace.is_empty() {
            write!(f, "{}/{}", self.kind_name, self.key.name)
        } else {
            write!(f, "{}/{}/{}", self.kind_name, self.key.namespace, self.key.name)
        }
    }
}
