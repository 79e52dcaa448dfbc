//! The objects at one moment, as controllers see them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::kind::Kind;
use crate::meta;

/// The objects at one moment. A controller decides from these alone.
pub trait Objects {
    /// The object of this name; the namespace is '' at cluster scope.
    fn get(&self, kind: Kind, namespace: &str, name: &str) -> Option<Arc<Value>>;

    /// The objects of a kind in a namespace, or in all namespaces for '', sorted by namespace and name.
    fn list(&self, kind: Kind, namespace: &str) -> Vec<Arc<Value>>;

    /// The objects of a kind whose controller is `owner`.
    fn controlled(&self, kind: Kind, owner: &Value) -> Vec<Arc<Value>> {
        let uid = meta::text(owner, "uid");
        let mut found = self.list(kind, meta::text(owner, "namespace"));
        found.retain(|object| super::owner::of(object).is_some_and(|one| one["uid"] == uid));
        found
    }
}

/// Objects that a caller has collected, for example from the lists of an API client.
#[derive(Debug, Clone, Default)]
pub struct Snapshot(BTreeMap<(Kind, String, String), Arc<Value>>);

impl Snapshot {
    /// Adds an object, or replaces the one of this name.
    pub fn insert(&mut self, kind: Kind, object: Value) {
        let (namespace, name) = (meta::text(&object, "namespace").to_owned(), meta::text(&object, "name").to_owned());
        self.0.insert((kind, namespace, name), Arc::new(object));
    }
}

impl Objects for Snapshot {
    fn get(&self, kind: Kind, namespace: &str, name: &str) -> Option<Arc<Value>> {
        self.0.get(&(kind, namespace.to_owned(), name.to_owned())).cloned()
    }

    fn list(&self, kind: Kind, namespace: &str) -> Vec<Arc<Value>> {
        let chosen = self.0.iter().filter(|((one, place, _), _)| *one == kind && (namespace.is_empty() || place == namespace));
        chosen.map(|(_, object)| object.clone()).collect()
    }
}
