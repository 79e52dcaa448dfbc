//! Discovery in the legacy and the aggregated form.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::call::Subresource;
use super::registry::Registry;
use super::resource_type::ResourceType;

/// The media types of aggregated discovery, with their versions.
const AGGREGATED: [(&str, &str); 2] = [
    ("v2", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"),
    ("v2beta1", "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList"),
];
const PLAIN: &str = "application/json";

/// Group → version → kinds, the core group first.
type Groups = BTreeMap<Arc<str>, Vec<(Arc<str>, Vec<Arc<ResourceType>>)>>;

/// The media type and document for a discovery path.
pub(super) fn answer(registry: &Registry, path: &str, accept: &str) -> Option<(&'static str, Value)> {
    let groups = groups(registry);
    let asked = |version: &str| {
        accept.split(',').any(|range| {
            range.contains("as=APIGroupDiscoveryList")
                && range.split(';').any(|part| part.trim().strip_prefix("v=") == Some(version))
        })
    };
    let aggregated = AGGREGATED.iter().find(|(version, _)| asked(version));
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    if let (["api" | "apis"], Some((version, media))) = (parts.as_slice(), aggregated) {
        return Some((media, all(&groups, parts == ["api"], version)));
    }
    let document = match parts.as_slice() {
        ["api"] => json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}),
        ["apis"] => {
            let list: Vec<_> =
                groups.iter().filter(|(name, _)| !name.is_empty()).map(|(name, versions)| group(name, versions, false)).collect();
            json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": list})
        }
        ["api", version] => resources(&groups, "", version)?,
        ["apis", name] => group(name, groups.get(*name)?, true),
        ["apis", name, version] => resources(&groups, name, version)?,
        _ => return None,
    };
    Some((PLAIN, document))
}

/// The version that the server says it has.
pub(super) fn version() -> Value {
    json!({
        "major": "1", "minor": "35", "gitVersion": "v1.35.4+kuberewind", "gitCommit": "", "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z", "goVersion": "", "compiler": "", "platform": "memory",
    })
}

fn groups(registry: &Registry) -> Groups {
    let mut groups = Groups::new();
    for resource in registry.served() {
        let versions = groups.entry(resource.table.group.clone()).or_default();
        match versions.iter_mut().find(|(version, _)| *version == resource.version) {
            Some((_, resources)) => resources.push(resource.clone()),
            None => versions.push((resource.version.clone(), vec![resource.clone()])),
        }
    }
    groups
}

fn group(name: &str, versions: &[(Arc<str>, Vec<Arc<ResourceType>>)], alone: bool) -> Value {
    let list: Vec<_> =
        versions.iter().map(|(version, _)| json!({"groupVersion": format!("{name}/{version}"), "version": &**version})).collect();
    let preferred = list.first().cloned();
    let mut group = json!({"name": name, "versions": list, "preferredVersion": preferred});
    if alone {
        group["kind"] = json!("APIGroup");
        group["apiVersion"] = json!("v1");
    }
    group
}

const SUBRESOURCE_VERBS: &[&str] = &["get", "patch", "update"];

/// A subresource in discovery.
struct Listed {
    name: &'static str,
    group: String,
    version: String,
    kind: String,
    verbs: &'static [&'static str],
}

/// The subresources of a kind.
fn subresources(resource: &ResourceType) -> Vec<Listed> {
    if let Some(builtin) = resource.builtin().and_then(kuberewind_kinds::Kind::resource) {
        let listed = builtin.subresources().iter().filter(|one| Subresource::of(resource, one.name()).is_some());
        let listed = listed.map(|one| {
            let (group, version, kind) = one.kind();
            let (group, version, kind) = (group.to_owned(), version.to_owned(), kind.to_owned());
            Listed { name: one.name(), group, version, kind, verbs: one.verbs() }
        });
        return listed.collect();
    }
    let mut listed = Vec::new();
    if resource.has_status {
        let (group, version, kind) = (resource.table.group.to_string(), resource.version.to_string(), resource.kind.clone());
        listed.push(Listed { name: "status", group, version, kind, verbs: SUBRESOURCE_VERBS });
    }
    if resource.scale.is_some() {
        let [group, version, kind] = ["autoscaling", "v1", "Scale"].map(str::to_owned);
        listed.push(Listed { name: "scale", group, version, kind, verbs: SUBRESOURCE_VERBS });
    }
    listed
}

fn resources(groups: &Groups, name: &str, version: &str) -> Option<Value> {
    let (_, resources) = groups.get(name)?.iter().find(|(one, _)| **one == *version)?;
    let mut list = Vec::new();
    for resource in resources {
        let mut entry = json!({
            "name": &*resource.table.plural, "singularName": resource.singular, "namespaced": resource.namespaced,
            "kind": resource.kind, "verbs": resource.verbs,
        });
        if !resource.short_names.is_empty() {
            entry["shortNames"] = json!(resource.short_names);
        }
        if !resource.categories.is_empty() {
            entry["categories"] = json!(resource.categories);
        }
        list.push(entry);
        for Listed { name: part, group, version: served, kind, verbs } in subresources(resource) {
            let mut entry = json!({
                "name": format!("{}/{part}", resource.table.plural), "singularName": "", "namespaced": resource.namespaced,
                "kind": kind, "verbs": verbs,
            });
            if (&*group, &*served) != (name, version) {
                entry["group"] = json!(group);
                entry["version"] = json!(served);
            }
            list.push(entry);
        }
    }
    // A real server sorts the built-in resources, and lists those of a definition in the order of its handlers.
    if resources.iter().all(|resource| resource.custom.is_none()) {
        list.sort_by(|one, other| one["name"].as_str().cmp(&other["name"].as_str()));
    }
    let group_version = if name.is_empty() { version.to_owned() } else { format!("{name}/{version}") };
    Some(json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": list}))
}

fn all(groups: &Groups, core: bool, version: &str) -> Value {
    let items: Vec<_> = groups
        .iter()
        .filter(|(name, _)| name.is_empty() == core)
        .map(|(name, versions)| {
            let versions: Vec<_> = versions.iter().map(|(version, resources)| aggregated_version(version, resources)).collect();
            let meta =
                if core { json!({"creationTimestamp": null}) } else { json!({"name": &**name, "creationTimestamp": null}) };
            json!({"metadata": meta, "versions": versions})
        })
        .collect();
    let api_version = format!("apidiscovery.k8s.io/{version}");
    json!({"kind": "APIGroupDiscoveryList", "apiVersion": api_version, "metadata": {}, "items": items})
}

fn aggregated_version(version: &str, resources: &[Arc<ResourceType>]) -> Value {
    let list: Vec<_> = resources
        .iter()
        .map(|resource| {
            let kind = json!({"group": &*resource.table.group, "version": &*resource.version, "kind": resource.kind});
            let subresources: Vec<_> = subresources(resource)
                .into_iter()
                .map(|Listed { name, group, version, kind, verbs }| {
                    let kind = json!({"group": group, "version": version, "kind": kind});
                    json!({"subresource": name, "responseKind": kind, "verbs": verbs})
                })
                .collect();
            let mut entry = json!({
                "resource": &*resource.table.plural, "responseKind": kind,
                "scope": if resource.namespaced { "Namespaced" } else { "Cluster" },
                "singularResource": resource.singular, "verbs": resource.verbs,
            });
            for (name, list) in [("shortNames", &resource.short_names), ("categories", &resource.categories)] {
                if !list.is_empty() {
                    entry[name] = json!(list);
                }
            }
            if !subresources.is_empty() {
                entry["subresources"] = json!(subresources);
            }
            entry
        })
        .collect();
    json!({"version": version, "freshness": "Current", "resources": list})
}
