//! What discovery answers and CRDs say of kinds. They pass by a few times per process, so they may be parsed.

use std::sync::Arc;

use serde_json::Value;

use super::desk::Desk;
use kuberewind_model::Kind;

/// Kinds taken from one document.
const MOST: usize = 4_096;

/// Whether an answer to this path is worth gathering.
pub(super) fn is_discovery(path: &str) -> bool {
    let depth = path.split('/').filter(|part| !part.is_empty()).count();
    matches!((path.split('/').nth(1), depth), (Some("api"), 1 | 2) | (Some("apis"), 1..=3))
}

/// Learns from a discovery answer of either form: `APIResourceList`, or the aggregated `APIGroupDiscoveryList`.
pub(super) fn learn(desk: &mut Desk, body: &[u8]) {
    let Ok(answer) = serde_json::from_slice::<Value>(body) else { return };
    let kinds = match text(&answer, "kind") {
        "APIResourceList" => resource_list(&answer),
        "APIGroupDiscoveryList" => aggregated(&answer),
        _ => Vec::new(),
    };
    for kind in kinds.into_iter().take(MOST) {
        let news = desk.kinds.learn(kind);
        desk.learned(news);
    }
}

fn resource_list(answer: &Value) -> Vec<Kind> {
    let group_version = text(answer, "groupVersion");
    let (group, version) = group_version.split_once('/').unwrap_or(("", group_version));
    let resources = list(answer, "resources").iter().filter(|resource| !text(resource, "name").contains('/'));
    let kinds = resources.map(|resource| Kind {
        kind: text(resource, "kind").into(),
        versions: vec![version.into()],
        namespaced: resource.get("namespaced").and_then(Value::as_bool),
        short_names: words(resource, "shortNames"),
        verbs: words(resource, "verbs"),
        ..Kind::named(group, text(resource, "name"))
    });
    kinds.collect()
}

fn aggregated(answer: &Value) -> Vec<Kind> {
    let mut kinds = Vec::new();
    for group in list(answer, "items") {
        let name = group.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
        for version in list(group, "versions") {
            let resources = list(version, "resources").iter().map(|resource| Kind {
                kind: resource.pointer("/responseKind/kind").and_then(Value::as_str).unwrap_or_default().into(),
                versions: vec![text(version, "version").into()],
                namespaced: match text(resource, "scope") {
                    "Namespaced" => Some(true),
                    "Cluster" => Some(false),
                    _ => None,
                },
                short_names: words(resource, "shortNames"),
                verbs: words(resource, "verbs"),
                ..Kind::named(name, text(resource, "resource"))
            });
            kinds.extend(resources);
        }
    }
    kinds
}

/// Learns from a CustomResourceDefinition: names, scope, and the structural schema of its newest version.
pub(super) fn from_crd(desk: &mut Desk, body: &[u8]) {
    let Ok(crd) = serde_json::from_slice::<Value>(body) else { return };
    let Some(spec) = crd.get("spec") else { return };
    let (Some(names), group) = (spec.get("names"), text(spec, "group")) else { return };
    let versions = list(spec, "versions");
    let schema = versions.iter().rev().find_map(|version| version.pointer("/schema/openAPIV3Schema"));
    let kind = Kind {
        kind: text(names, "kind").into(),
        versions: versions.iter().map(|version| Arc::from(text(version, "name"))).collect(),
        namespaced: Some(text(spec, "scope") == "Namespaced"),
        short_names: words(names, "shortNames"),
        list_keys: schema.map(list_keys).unwrap_or_default(),
        schema: schema.map(|schema| schema.to_string().into()),
        ..Kind::named(group, text(names, "plural"))
    };
    if !kind.resource.is_empty() {
        let news = desk.kinds.learn(kind);
        desk.learned(news);
    }
}

/// The merge keys of a schema's lists: JSON pointers in which `*` stands for an item or a key.
fn list_keys(schema: &Value) -> Vec<(Arc<str>, Vec<Arc<str>>)> {
    let mut found = Vec::new();
    let mut waiting = vec![(String::new(), schema)];
    while let Some((path, schema)) = waiting.pop() {
        let keys = words(schema, "x-kubernetes-list-map-keys");
        if !keys.is_empty() && found.len() < MOST {
            found.push((Arc::from(path.as_str()), keys));
        }
        if let Some(Value::Object(properties)) = schema.get("properties") {
            let named =
                properties.iter().map(|(name, inner)| (format!("{path}/{}", name.replace('~', "~0").replace('/', "~1")), inner));
            waiting.extend(named);
        }
        for inner in ["items", "additionalProperties"].iter().filter_map(|name| schema.get(name)) {
            waiting.push((format!("{path}/*"), inner));
        }
    }
    found.sort();
    found
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn words(value: &Value, name: &str) -> Vec<Arc<str>> {
    list(value, name).iter().filter_map(Value::as_str).map(Arc::from).collect()
}
