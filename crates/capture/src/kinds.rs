//! What is known of kinds: learned from URLs and bodies as they pass by, told to the sink once.

use std::collections::HashMap;
use std::sync::Arc;

use kuberewind_model::{Kind, KindRef};

/// A cluster has some hundred kinds; who sends more of them means no good.
const MOST: usize = 16_384;

/// The kinds by group and plural, and the way from a kind's name to its plural.
#[derive(Debug, Default)]
pub(super) struct Kinds {
    known: HashMap<(Arc<str>, Arc<str>), Kind>,
    by_name: HashMap<(Arc<str>, Arc<str>), Arc<str>>,
}

impl Kinds {
    /// What a URL says of a resource. Gives the kind where that was news.
    pub(super) fn learn_url(&mut self, kind: &KindRef, namespaced: bool) -> Option<Kind> {
        let mut said = Kind::named(kind.group.clone(), kind.resource.clone());
        said.versions = vec![kind.version.clone()];
        // A path without a namespace may be one over all of them: it says nothing.
        said.namespaced = namespaced.then_some(true);
        self.learn(said)
    }

    /// What a body says of its resource.
    pub(super) fn learn_body(&mut self, kind: &KindRef, name: &str, namespaced: Option<bool>) -> Option<Kind> {
        let known = self.known.get(&(kind.group.clone(), kind.resource.clone()));
        if known.is_some_and(|known| &*known.kind == name && known.namespaced.or(namespaced) == known.namespaced) {
            return None;
        }
        let mut said = Kind::named(kind.group.clone(), kind.resource.clone());
        said.kind = name.into();
        said.versions = vec![kind.version.clone()];
        said.namespaced = namespaced;
        self.learn(said)
    }

    /// What discovery or a CRD says. Gives the kind, with all that is known of it, where something of it was news.
    pub(super) fn learn(&mut self, said: Kind) -> Option<Kind> {
        let key = (said.group.clone(), said.resource.clone());
        if !self.known.contains_key(&key) && self.known.len() >= MOST {
            return None;
        }
        let fresh = !self.known.contains_key(&key);
        let known = self.known.entry(key).or_insert_with(|| Kind::named(said.group.clone(), said.resource.clone()));
        let before = known.clone();
        for version in said.versions {
            if !known.versions.contains(&version) {
                known.versions.push(version);
            }
        }
        if !said.kind.is_empty() {
            self.by_name.insert((said.group.clone(), said.kind.clone()), said.resource.clone());
            known.kind = said.kind;
        }
        known.namespaced = said.namespaced.or(known.namespaced);
        for (list, new) in [(&mut known.short_names, said.short_names), (&mut known.verbs, said.verbs)] {
            if !new.is_empty() {
                *list = new;
            }
        }
        if !said.list_keys.is_empty() {
            known.list_keys = said.list_keys;
        }
        known.schema = said.schema.or(known.schema.take());
        (fresh || *known != before).then(|| known.clone())
    }

    /// The kind's name, '' where it was never told.
    pub(super) fn name_of(&self, kind: &KindRef) -> Arc<str> {
        self.known.get(&(kind.group.clone(), kind.resource.clone())).map(|kind| kind.kind.clone()).unwrap_or_default()
    }

    /// Whether its objects live in namespaces.
    pub(super) fn namespaced(&self, group: &Arc<str>, resource: &Arc<str>) -> Option<bool> {
        self.known.get(&(group.clone(), resource.clone())).and_then(|kind| kind.namespaced)
    }

    /// The plural of a kind; where it was never told, the one that English and most authors would choose.
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
    fn only_news_is_told() {
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
    fn plurals_that_were_never_told() {
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
