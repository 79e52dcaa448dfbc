//! The kinds of the cluster, learned from URLs, bodies, discovery and CRDs.

use std::collections::HashMap;
use std::sync::Arc;

use kuberewind_model::{Kind, KindRef};

/// Limit against hostile servers; a cluster has some hundred kinds.
const MAX_KINDS: usize = 16_384;

/// The kinds by group and plural, and the plurals by group and kind.
#[derive(Debug, Default)]
pub(super) struct Kinds {
    known: HashMap<(Arc<str>, Arc<str>), Kind>,
    by_name: HashMap<(Arc<str>, Arc<str>), Arc<str>>,
    /// True if a kind has the status subresource in a version, from discovery and CRDs.
    status: HashMap<KindRef, bool>,
}

impl Kinds {
    /// Learns from a URL. Returns the kind if something about it is new.
    pub(super) fn learn_url(&mut self, kind: &KindRef, namespaced: bool) -> Option<Kind> {
        let mut learned = Kind::named(kind.group.clone(), kind.resource.clone());
        learned.versions = vec![kind.version.clone()];
        // A path without a namespace may be a request over all namespaces.
        learned.namespaced = namespaced.then_some(true);
        self.learn(learned)
    }

    /// Learns from an object. Returns the kind if something about it is new.
    pub(super) fn learn_body(&mut self, kind: &KindRef, name: &str, namespaced: Option<bool>) -> Option<Kind> {
        let known = self.known.get(&(kind.group.clone(), kind.resource.clone()));
        if known.is_some_and(|known| &*known.kind == name && known.namespaced.or(namespaced) == known.namespaced) {
            return None;
        }
        let mut learned = Kind::named(kind.group.clone(), kind.resource.clone());
        learned.kind = name.into();
        learned.versions = vec![kind.version.clone()];
        learned.namespaced = namespaced;
        self.learn(learned)
    }

    /// Merges what is known about a kind. Returns the merged kind if something about it is new.
    pub(super) fn learn(&mut self, learned: Kind) -> Option<Kind> {
        let key = (learned.group.clone(), learned.resource.clone());
        if !self.known.contains_key(&key) && self.known.len() >= MAX_KINDS {
            return None;
        }
        let fresh = !self.known.contains_key(&key);
        let known = self.known.entry(key).or_insert_with(|| Kind::named(learned.group.clone(), learned.resource.clone()));
        let before = known.clone();
        for version in learned.versions {
            if !known.versions.contains(&version) {
                known.versions.push(version);
            }
        }
        if !learned.kind.is_empty() {
            self.by_name.insert((learned.group.clone(), learned.kind.clone()), learned.resource.clone());
            known.kind = learned.kind;
        }
        known.namespaced = learned.namespaced.or(known.namespaced);
        for (list, new) in [(&mut known.short_names, learned.short_names), (&mut known.verbs, learned.verbs)] {
            if !new.is_empty() {
                *list = new;
            }
        }
        if !learned.list_keys.is_empty() {
            known.list_keys = learned.list_keys;
        }
        known.schema = learned.schema.or(known.schema.take());
        (fresh || *known != before).then(|| known.clone())
    }

    /// Learns whether a version of a kind has the status subresource.
    pub(super) fn learn_status(&mut self, kind: KindRef, has_status: bool) {
        if self.status.len() < MAX_KINDS || self.status.contains_key(&kind) {
            self.status.insert(kind, has_status);
        }
    }

    /// True if a kind has the status subresource; `None` if that is unknown.
    pub(super) fn has_status(&self, kind: &KindRef) -> Option<bool> {
        let built_in = || kuberewind_kinds::table().resource(&kind.group, &kind.version, &kind.resource)?.resource();
        let known = self.status.get(kind).copied();
        known.or_else(|| built_in().map(|resource| resource.subresources().iter().any(|sub| sub.name() == "status")))
    }

    /// The kind's name; '' if it is unknown.
    pub(super) fn name_of(&self, kind: &KindRef) -> Arc<str> {
        self.known.get(&(kind.group.clone(), kind.resource.clone())).map(|kind| kind.kind.clone()).unwrap_or_default()
    }

    /// True if the resource is namespaced; `None` if that is unknown.
    pub(super) fn namespaced(&self, group: &Arc<str>, resource: &Arc<str>) -> Option<bool> {
        self.known.get(&(group.clone(), resource.clone())).and_then(|kind| kind.namespaced)
    }

    /// The plural of a kind; if it is unknown, the regular English plural.
    pub(super) fn resource_of(&self, group: &Arc<str>, kind: &Arc<str>) -> Arc<str> {
        self.by_name.get(&(group.clone(), kind.clone())).cloned().unwrap_or_else(|| plural(kind).into())
    }
}

fn plural(kind: &str) -> String {
    let word = kind.to_ascii_lowercase();
    let before_y = word.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
    match before_y {
        Some(stem) => format!("{stem}ies"),
        None if ["s", "x", "z", "ch", "sh"].iter().any(|end| word.ends_with(end)) => format!("{word}es"),
        None => format!("{word}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_news_is_returned() {
        let mut kinds = Kinds::default();
        let pods = KindRef { group: "".into(), version: "v1".into(), resource: "pods".into() };
        assert!(kinds.learn_url(&pods, false).is_some());
        assert!(kinds.learn_url(&pods, false).is_none());
        assert_eq!(kinds.learn_url(&pods, true).and_then(|kind| kind.namespaced), Some(true));
        assert_eq!(kinds.learn_body(&pods, "Pod", None).map(|kind| kind.kind), Some("Pod".into()));
        assert!(kinds.learn_body(&pods, "Pod", Some(true)).is_none());
        assert_eq!(&*kinds.resource_of(&"".into(), &"Pod".into()), "pods");
    }

    #[test]
    fn unknown_plurals_are_regular() {
        for (kind, expected) in [
            ("Deployment", "deployments"),
            ("Ingress", "ingresses"),
            ("NetworkPolicy", "networkpolicies"),
            ("Gateway", "gateways"),
        ] {
            assert_eq!(plural(kind), expected);
        }
    }
}
