//! OpenAPI documents: the structure of kinds without descriptions, enough for `kubectl apply` and `kubectl explain`.

mod schemas;

use serde_json::{Map, Value, json};

use self::schemas::Schemas;
use crate::registry::Registry;

/// The media type of the document of OpenAPI v2 in protobuf.
pub(super) const PROTOBUF_V2: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/// A document of OpenAPI v2 without kinds, in protobuf: `swagger: "2.0"`. kubectl asks for it only about kinds that v3 lacks.
pub(super) const EMPTY_V2: &[u8] = b"\n\x032.0";

/// The media type and document for an OpenAPI path.
///
/// `/openapi/v2` in protobuf is [`EMPTY_V2`].
pub(super) fn answer(registry: &Registry, path: &str, _accept: &str) -> Option<(&'static str, Value)> {
    match path.trim_end_matches('/') {
        "/openapi/v3" => {
            let mut paths = Map::new();
            for resource in registry.served() {
                let key = prefix(&resource.api_version());
                paths.insert(key.clone(), json!({"serverRelativeURL": format!("/openapi/v3/{key}")}));
            }
            Some(("application/json", json!({"paths": paths})))
        }
        "/openapi/v2" => Some((
            "application/json",
            json!({"swagger": "2.0", "info": info(), "paths": {}, "definitions": definitions(registry)}),
        )),
        other => {
            let group_version = other.strip_prefix("/openapi/v3/")?;
            let mut schemas = Schemas::new();
            for resource in registry.served().filter(|resource| prefix(&resource.api_version()) == group_version) {
                schemas::add(resource, &mut schemas);
            }
            let paths = paths(registry, group_version);
            if schemas.is_empty() {
                return None;
            }
            Some((
                "application/json",
                json!({"openapi": "3.0.0", "info": info(), "paths": paths, "components": {"schemas": schemas}}),
            ))
        }
    }
}

fn info() -> Value {
    json!({"title": "kuberewind", "version": "v1.35.4"})
}

/// `api/v1`, `apis/apps/v1`.
fn prefix(api_version: &str) -> String {
    if api_version.contains('/') { format!("apis/{api_version}") } else { format!("api/{api_version}") }
}

/// A schema for each kind without its fields, for clients of version 2.
fn definitions(registry: &Registry) -> Map<String, Value> {
    let mut schemas = Map::new();
    for resource in registry.all() {
        let group = if resource.table.group.is_empty() { "core" } else { &resource.table.group };
        let mut schema = json!({"type": "object"});
        schema["x-kubernetes-group-version-kind"] =
            json!([{"group": &*resource.table.group, "version": &*resource.version, "kind": resource.kind}]);
        schema["x-kubernetes-preserve-unknown-fields"] = json!(true);
        schemas.insert(format!("{group}.{}.{}", resource.version, resource.kind), schema);
    }
    schemas
}

/// The paths of a group's kinds, with the parameters that kubectl looks for.
fn paths(registry: &Registry, only: &str) -> Map<String, Value> {
    let mut paths = Map::new();
    for resource in registry.all().filter(|resource| prefix(&resource.api_version()) == only) {
        let namespaces = if resource.namespaced { "/namespaces/{namespace}" } else { "" };
        let path = format!("/{only}{namespaces}/{}/{{name}}", resource.table.plural);
        let parameter = |name: &str| json!({"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": true}});
        let parameters: Vec<_> = ["dryRun", "fieldManager", "fieldValidation", "force"].into_iter().map(parameter).collect();
        let kind = json!({"group": &*resource.table.group, "version": &*resource.version, "kind": resource.kind});
        let get = json!({"x-kubernetes-action": "list", "x-kubernetes-group-version-kind": kind});
        paths.insert(format!("/{only}{namespaces}/{}", resource.table.plural), json!({"get": get}));
        let patch = json!({"x-kubernetes-action": "patch", "x-kubernetes-group-version-kind": kind, "parameters": parameters});
        paths.insert(path, json!({"patch": patch}));
    }
    paths
}
