//! The kinds that a CustomResourceDefinition defines.

use std::cmp::Reverse;
use std::sync::Arc;

use serde_json::{Value, json};

use super::resource_type::{CustomVersion, ResourceType, Scale, TableKey};

/// The verbs of every custom kind, in the order of a real server.
pub(super) const VERBS: &[&str] = &["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];

/// The kinds that a definition serves, the preferred version first.
pub(super) fn types_of(definition: &Value) -> Vec<ResourceType> {
    let spec = &definition["spec"];
    let (Some(group), Some(plural)) = (spec["group"].as_str(), spec["names"]["plural"].as_str()) else { return Vec::new() };
    let names = &spec["names"];
    let table = TableKey { group: group.into(), plural: plural.into() };
    let kind = names["kind"].as_str().unwrap_or_default();
    let none = Vec::new();
    let mut versions: Vec<&Value> =
        spec["versions"].as_array().unwrap_or(&none).iter().filter(|version| version["served"] != json!(false)).collect();
    versions.sort_by_key(|version| Reverse(priority(version["name"].as_str().unwrap_or_default())));
    let type_of = |version: &&Value| ResourceType {
        table: table.clone(),
        version: Arc::from(version["name"].as_str().unwrap_or_default()),
        kind: kind.to_owned(),
        list_kind: names["listKind"].as_str().map_or_else(|| format!("{kind}List"), str::to_owned),
        singular: names["singular"].as_str().map_or_else(|| kind.to_lowercase(), str::to_owned),
        short_names: texts(&names["shortNames"]),
        categories: texts(&names["categories"]),
        namespaced: spec["scope"] == "Namespaced",
        verbs: VERBS.to_vec(),
        has_status: version["subresources"]["status"].is_object(),
        scale: scale_of(&version["subresources"]["scale"]),
        custom: Some(Arc::new(CustomVersion {
            schema: version["schema"].get("openAPIV3Schema").cloned(),
            columns: version["additionalPrinterColumns"].as_array().cloned().unwrap_or_default(),
            selectable: paths(&version["selectableFields"]),
            preserve_unknown: spec["preserveUnknownFields"] == json!(true),
        })),
    };
    versions.iter().map(type_of).collect()
}

/// The status of an accepted definition. The server sets it at once; a real one does so a moment later.
pub(super) fn accepted_status(definition: &Value, now: &str) -> Value {
    let spec = &definition["spec"];
    let mut names = spec["names"].clone();
    let kind = names["kind"].as_str().unwrap_or_default().to_owned();
    for (name, value) in [("singular", kind.to_lowercase()), ("listKind", format!("{kind}List"))] {
        if names.get(name).is_none() {
            names[name] = json!(value);
        }
    }
    let none = Vec::new();
    let stored = spec["versions"].as_array().unwrap_or(&none).iter().filter(|version| version["storage"] == json!(true));
    let condition = |kind: &str, reason: &str, message: &str| json!({"lastTransitionTime": now, "message": message, "reason": reason, "status": "True", "type": kind});
    json!({
        "conditions": [
            condition("NamesAccepted", "NoConflicts", "no conflicts found"),
            condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
        ],
        "acceptedNames": names,
        "storedVersions": stored.map(|version| version["name"].clone()).collect::<Vec<_>>(),
    })
}

fn scale_of(scale: &Value) -> Option<Scale> {
    Some(Scale {
        replicas: scale["specReplicasPath"].as_str()?.to_owned(),
        status_replicas: scale["statusReplicasPath"].as_str().unwrap_or(".status.replicas").to_owned(),
        selector: scale["labelSelectorPath"].as_str().map(str::to_owned),
    })
}

fn paths(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|one| one["jsonPath"].as_str()).map(str::to_owned).collect()
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().map(|list| list.iter().filter_map(Value::as_str).map(str::to_owned).collect()).unwrap_or_default()
}

/// Kubernetes' order of versions: stable, beta, alpha, higher numbers first, then all others.
fn priority(version: &str) -> (u8, u32, u32) {
    let Some(rest) = version.strip_prefix('v') else { return (0, 0, 0) };
    let (stage, major, minor) = if let Some((major, minor)) = rest.split_once("beta") {
        (2, major, minor)
    } else if let Some((major, minor)) = rest.split_once("alpha") {
        (1, major, minor)
    } else {
        (3, rest, "0")
    };
    match (major.parse(), minor.parse()) {
        (Ok(major), Ok(minor)) => (stage, major, minor),
        _ => (0, 0, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preferred_version_is_the_stable_one() {
        let version = |name: &str| json!({"name": name, "served": true, "storage": false});
        let versions = ["v1alpha2", "v1", "v2beta1", "v10", "other"].map(version);
        let crd =
            json!({"spec": {"group": "g.io", "scope": "Cluster", "names": {"plural": "ws", "kind": "W"}, "versions": versions}});
        let names: Vec<_> = types_of(&crd).iter().map(|one| one.version.to_string()).collect();
        assert_eq!(names, ["v10", "v1", "v2beta1", "v1alpha2", "other"]);
    }
}
