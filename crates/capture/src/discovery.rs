//! Learns kinds from discovery responses and CRDs. Both are rare, so that they may be parsed into values.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;

use super::state::State;
use kuberewind_model::json::scan::{Scan, ScanError};
use kuberewind_model::{Kind, KindRef};

/// Limit on the kinds and list keys of one document.
const MAX_FOUND: usize = 4_096;

/// True if a response to this path lists kinds.
pub(super) fn is_discovery(path: &str) -> bool {
    let depth = path.split('/').filter(|part| !part.is_empty()).count();
    matches!((path.split('/').nth(1), depth), (Some("api"), 1 | 2) | (Some("apis"), 1..=3))
}

/// Learns from a discovery response: an `APIResourceList`, or the aggregated `APIGroupDiscoveryList`.
pub(super) fn learn(state: &mut State, body: &[u8]) {
    let Ok(answer) = serde_json::from_slice::<Value>(body) else { return };
    let found = match text(&answer, "kind") {
        "APIResourceList" => resource_list(&answer),
        "APIGroupDiscoveryList" => aggregated(&answer),
        _ => Vec::new(),
    };
    for (kind, has_status) in found.into_iter().take(MAX_FOUND) {
        for version in &kind.versions {
            let resource = (kind.group.clone(), version.clone(), kind.resource.clone());
            state.kinds.learn_status(KindRef { group: resource.0, version: resource.1, resource: resource.2 }, has_status);
        }
        let kind = state.kinds.learn(kind);
        state.learned(kind);
    }
}

/// The kinds of a list, each with whether it has the status subresource.
fn resource_list(answer: &Value) -> Vec<(Kind, bool)> {
    let group_version = text(answer, "groupVersion");
    let (group, version) = group_version.split_once('/').unwrap_or(("", group_version));
    let all = list(answer, "resources");
    let with_status: HashSet<&str> = all.iter().filter_map(|resource| text(resource, "name").strip_suffix("/status")).collect();
    let resources = all.iter().filter(|resource| !text(resource, "name").contains('/'));
    let kinds = resources.map(|resource| Kind {
        kind: text(resource, "kind").into(),
        versions: vec![version.into()],
        namespaced: resource.get("namespaced").and_then(Value::as_bool),
        short_names: words(resource, "shortNames"),
        verbs: words(resource, "verbs"),
        ..Kind::named(group, text(resource, "name"))
    });
    kinds
        .map(|kind| {
            let has_status = with_status.contains(&*kind.resource);
            (kind, has_status)
        })
        .collect()
}

fn aggregated(answer: &Value) -> Vec<(Kind, bool)> {
    let mut kinds = Vec::new();
    for group in list(answer, "items") {
        let name = group.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
        for version in list(group, "versions") {
            for resource in list(version, "resources") {
                let kind = Kind {
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
                };
                let has_status = list(resource, "subresources").iter().any(|sub| text(sub, "subresource") == "status");
                kinds.push((kind, has_status));
            }
        }
    }
    kinds
}

/// Learns names, scope and the structural schema of the last version from a CustomResourceDefinition in compact JSON.
pub(super) fn from_crd(state: &mut State, body: &[u8]) {
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
        schema: schema_text(body).ok().flatten().map(Into::into),
        ..Kind::named(group, text(names, "plural"))
    };
    if !kind.resource.is_empty() {
        for version in versions {
            let (group, version, has_status) =
                (kind.group.clone(), text(version, "name").into(), version.pointer("/subresources/status").is_some());
            state.kinds.learn_status(KindRef { group, version, resource: kind.resource.clone() }, has_status);
        }
        let kind = state.kinds.learn(kind);
        state.learned(kind);
    }
}

/// The text of the last version's schema, with its keys in the order of the body.
fn schema_text(body: &[u8]) -> Result<Option<&str>, ScanError> {
    let mut scan = Scan::new(body);
    let mut schema = None;
    if !enter(&mut scan, "spec")? || !enter(&mut scan, "versions")? {
        return Ok(None);
    }
    let Some(mut versions) = scan.array()? else { return Ok(None) };
    while scan.element(&mut versions)? {
        let mut version = Scan::new(scan.skip()?);
        if enter(&mut version, "schema")? && enter(&mut version, "openAPIV3Schema")? {
            schema = std::str::from_utf8(version.skip()?).ok().or(schema);
        }
    }
    Ok(schema)
}

/// Goes to the value of an object's member. Returns false if there is no such member.
fn enter(scan: &mut Scan<'_>, name: &str) -> Result<bool, ScanError> {
    let Some(mut members) = scan.object()? else { return Ok(false) };
    while let Some(key) = scan.key(&mut members)? {
        if key.is(name) {
            return Ok(true);
        }
        scan.skip()?;
    }
    Ok(false)
}

/// The merge keys of a schema's lists: JSON pointers in which `*` matches an item or a key.
fn list_keys(schema: &Value) -> Vec<(Arc<str>, Vec<Arc<str>>)> {
    let mut found = Vec::new();
    let mut waiting = vec![(String::new(), schema)];
    while let Some((path, schema)) = waiting.pop() {
        let keys = words(schema, "x-kubernetes-list-map-keys");
        if !keys.is_empty() && found.len() < MAX_FOUND {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_keeps_its_key_order_and_number_text() {
        let crd = r#"{"kind":"CustomResourceDefinition","spec":{"group":"x.io","versions":[{"name":"v1","schema":{"openAPIV3Schema":{"type":"a"}}},{"schema":{"openAPIV3Schema":{"z":1.0,"a":{}}},"name":"v2"},{"name":"v3"}]}}"#;
        assert_eq!(schema_text(crd.as_bytes()), Ok(Some(r#"{"z":1.0,"a":{}}"#)));
        assert_eq!(schema_text(br#"{"spec":{"versions":{}}}"#), Ok(None));
        assert_eq!(schema_text(b"{}"), Ok(None));
        assert!(schema_text(b"{").is_err());
    }
}
