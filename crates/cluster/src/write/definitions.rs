//! Validation of the definitions of custom kinds.

use serde_json::{Value, json};

use crate::call::Call;
use crate::meta;
use crate::options::Fidelity;
use kuberewind_model::k8s::status::{Cause, Status};

/// Validates a definition and its name.
pub(super) fn check(call: &Call, object: &Value) -> Result<(), Status> {
    if !call.resource.table.has_definitions() {
        return Ok(());
    }
    let spec = &object["spec"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (group, plural) = (text(&spec["group"]), text(&spec["names"]["plural"]));
    let mut causes = Vec::new();
    for (field, found) in [
        ("spec.group", &spec["group"]),
        ("spec.names.plural", &spec["names"]["plural"]),
        ("spec.names.kind", &spec["names"]["kind"]),
    ] {
        if text(found).is_empty() {
            causes.push(required(field.to_owned(), ""));
        }
    }
    let none = Vec::new();
    let versions = spec["versions"].as_array().unwrap_or(&none);
    if call.fidelity == Fidelity::Real {
        scope(&spec["scope"], &mut causes);
        stored_versions(versions, &mut causes);
        for (at, version) in versions.iter().enumerate() {
            schema(version, if versions.len() == 1 { None } else { Some(at) }, &mut causes);
        }
    } else if versions.is_empty() {
        causes.push(required("spec.versions".to_owned(), ""));
    }
    if versions.iter().any(|version| text(&version["name"]).is_empty()) {
        causes.push(required("spec.versions".to_owned(), ""));
    }
    let (name, wanted) = (meta::text(object, "name"), format!("{plural}.{group}"));
    if causes.is_empty() && name != wanted {
        causes.push(invalid("metadata.name", &json!(name), "must be spec.names.plural+\".\"+spec.group"));
    }
    if causes.is_empty() { Ok(()) } else { Err(Status::invalid(call.resource.kind_subject(name), &causes)) }
}

fn required(field: String, why: &str) -> Cause {
    let message = if why.is_empty() { "Required value".to_owned() } else { format!("Required value: {why}") };
    Cause { reason: "FieldValueRequired", message, field }
}

fn invalid(field: &str, value: &Value, why: &str) -> Cause {
    Cause { reason: "FieldValueInvalid", message: format!("Invalid value: {value}: {why}"), field: field.to_owned() }
}

fn scope(scope: &Value, causes: &mut Vec<Cause>) {
    const KNOWN: &str = "supported values: \"Cluster\", \"Namespaced\"";
    let field = "spec.scope".to_owned();
    match scope.as_str().unwrap_or_default() {
        "Cluster" | "Namespaced" => {}
        "" => causes.push(required(field, "")),
        _ => {
            let message = format!("Unsupported value: {scope}: {KNOWN}");
            causes.push(Cause { reason: "FieldValueNotSupported", message, field });
        }
    }
}

/// Checks that exactly one version stores the objects.
fn stored_versions(versions: &[Value], causes: &mut Vec<Cause>) {
    let stored: Vec<&str> =
        versions.iter().filter(|version| version["storage"] == true).filter_map(|version| version["name"].as_str()).collect();
    if stored.len() == 1 {
        return;
    }
    // Go structs, as a real server prints them.
    let shown = versions.iter().map(|version| {
        json!({
            "Name": version["name"], "Served": version["served"], "Storage": version["storage"],
            "Deprecated": version["deprecated"] == true, "DeprecationWarning": version["deprecationWarning"], "Schema": null,
            "Subresources": null, "AdditionalPrinterColumns": null, "SelectableFields": null,
        })
    });
    let why = "must have exactly one version marked as storage version";
    causes.push(invalid("spec.versions", &shown.collect(), why));
    causes.push(match stored.as_slice() {
        [] => invalid("status.storedVersions", &Value::Null, "must have at least one stored version"),
        [first, .., last] => invalid("status.storedVersions", &json!([first]), &format!("must have the storage version {last}")),
        [_] => return,
    });
}

/// Checks that a version has a structural schema. `at` is its place if there are several versions; a real server reports the only version
/// of a definition at the fields of an older form.
fn schema(version: &Value, at: Option<usize>, causes: &mut Vec<Cause>) {
    let root = &version["schema"]["openAPIV3Schema"];
    if !root.is_object() {
        causes.push(required(format!("spec.versions[{}].schema.openAPIV3Schema", at.unwrap_or(0)), ""));
        if version["selectableFields"].as_array().is_some_and(|list| !list.is_empty()) {
            let field = at.map_or("spec.selectableFields".to_owned(), |at| format!("spec.versions[{at}].selectableFields"));
            causes.push(invalid(&field, &json!(""), "may only be set when validations.schema is included"));
        }
        return;
    }
    let path = match at {
        None => "spec.validation.openAPIV3Schema".to_owned(),
        Some(at) => format!("spec.versions[{at}].schema.openAPIV3Schema"),
    };
    types(root, path, causes);
}

/// Checks that every schema has a type.
fn types(root: &Value, path: String, causes: &mut Vec<Cause>) {
    let mut stack = vec![(root, path, "at the root")];
    while let Some((schema, path, place)) = stack.pop() {
        let open =
            ["x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields"].iter().any(|name| schema[*name] == true);
        match schema["type"].as_str().unwrap_or_default() {
            "" if !open || place == "at the root" => {
                causes.push(required(format!("{path}.type"), &format!("must not be empty {place}")));
            }
            "object" | "" => {}
            other if place == "at the root" => {
                causes.push(invalid(&format!("{path}.type"), &json!(other), "must be object at the root"));
            }
            _ => {}
        }
        let start = stack.len();
        if schema["items"].is_object() {
            stack.push((&schema["items"], format!("{path}.items"), "for specified array items"));
        }
        for (name, below) in schema["properties"].as_object().into_iter().flatten() {
            stack.push((below, format!("{path}.properties[{name}]"), "for specified object fields"));
        }
        if schema["additionalProperties"].is_object() {
            let path = format!("{path}.additionalProperties");
            stack.push((&schema["additionalProperties"], path, "for specified object fields"));
        }
        if let Some(pushed) = stack.get_mut(start..) {
            pushed.reverse();
        }
    }
}
