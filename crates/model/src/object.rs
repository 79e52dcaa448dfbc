//! Objects: the things whose states are recorded.

use std::fmt;
use std::sync::Arc;

use super::{KindId, ObjectId};

/// What names an object in its cluster, whatever its incarnation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectKey {
    /// API group, '' for core.
    pub group: Arc<str>,
    /// Plural as in URLs.
    pub resource: Arc<str>,
    /// Namespace, '' for cluster scope.
    pub namespace: Arc<str>,
    /// Name.
    pub name: Arc<str>,
}

/// One incarnation of an object: from its creation to its deletion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its row.
    pub id: ObjectId,
    /// Its kind's row.
    pub kind: KindId,
    /// What names it.
    pub key: ObjectKey,
    /// `Deployment`, or the plural where the kind was never told.
    pub kind_name: Arc<str>,
    /// Counts the incarnations of this key from 1.
    pub incarnation: u32,
    /// The uid, filled in when first seen; '' until then.
    pub uid: Arc<str>,
}

impl fmt::Display for Object {
    /// `Deployment/shop/checkout`, or `Node/worker-1` at cluster scope.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key.namespace.is_empty() {
            write!(f, "{}/{}", self.kind_name, self.key.name)
        } else {
            write!(f, "{}/{}/{}", self.kind_name, self.key.namespace, self.key.name)
        }
    }
}
