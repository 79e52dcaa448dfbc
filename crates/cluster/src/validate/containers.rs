//! Containers of pods.

use std::collections::BTreeSet;
use std::fmt::Display;

use serde_json::{Value, json};

use super::causes::Causes;
use super::{formats, probes, resources, rules};

/// The list that a container is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Main,
    Init,
    Ephemeral,
}

pub(super) fn check(container: &Value, path: &dyn Display, kind: Kind, volumes: &BTreeSet<&str>, causes: &mut Causes) {
    let name = container["name"].as_str().unwrap_or_default();
    if name.is_empty() {
        causes.required(format_args!("{path}.name"));
    } else {
        causes.format(format_args!("{path}.name"), name, formats::label(name));
    }
    let image = container["image"].as_str().unwrap_or_default();
    if image.is_empty() {
        causes.required(format_args!("{path}.image"));
    } else if image.trim() != image {
        causes.invalid(format_args!("{path}.image"), &container["image"], "must not have leading or trailing whitespace");
    }
    ports(container, path, causes);
    environment(container, path, causes);
    mounts(container, path, volumes, causes);
    if kind != Kind::Ephemeral {
        resources::check(&container["resources"], &format_args!("{path}.resources"), causes);
    }
    let restarts = container["restartPolicy"] == "Always";
    for probe in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
        let at = format_args!("{path}.{probe}");
        match &container[probe] {
            Value::Null => {}
            _ if kind == Kind::Ephemeral => causes.forbidden(at, "may not be set for ephemeral containers"),
            _ if kind == Kind::Init && !restarts => {
                causes.forbidden(at, "may not be set for init containers without restartPolicy=Always");
            }
            Value::Object(_) if probe != "lifecycle" => probes::check(&container[probe], &at, probe, causes),
            _ => {}
        }
    }
}

fn ports(container: &Value, path: &dyn Display, causes: &mut Causes) {
    let mut names = BTreeSet::new();
    for (at, port) in container["ports"].as_array().into_iter().flatten().enumerate() {
        let path = format_args!("{path}.ports[{at}]");
        if let Some(name) = port["name"].as_str().filter(|name| !name.is_empty()) {
            causes.format(format_args!("{path}.name"), name, formats::port_name(name));
            if !names.insert(name) {
                causes.duplicate(format_args!("{path}.name"), &port["name"]);
            }
        }
        match port["containerPort"].as_i64().unwrap_or(0) {
            0 => causes.required(format_args!("{path}.containerPort")),
            _ => rules::port(&port["containerPort"], &format_args!("{path}.containerPort"), causes),
        }
        if port["hostPort"].as_i64().is_some_and(|port| port != 0) {
            rules::port(&port["hostPort"], &format_args!("{path}.hostPort"), causes);
        }
    }
}

fn environment(container: &Value, path: &dyn Display, causes: &mut Causes) {
    for (at, variable) in container["env"].as_array().into_iter().flatten().enumerate() {
        let path = format_args!("{path}.env[{at}]");
        match variable["name"].as_str().filter(|name| !name.is_empty()) {
            None => causes.required(format_args!("{path}.name")),
            Some(name) => causes.format(format_args!("{path}.name"), name, formats::variable(name)),
        }
        let Some(source) = variable["valueFrom"].as_object() else { continue };
        let path = format_args!("{path}.valueFrom");
        let sources = source.values().filter(|one| !one.is_null()).count();
        if sources == 0 {
            causes.invalid(
                path,
                &json!(""),
                "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`",
            );
        }
        if variable["value"].as_str().is_some_and(|value| !value.is_empty()) {
            causes.invalid(path, &json!(""), "may not be specified when `value` is not empty");
        } else if sources > 1 {
            causes.invalid(path, &json!(""), "may not have more than one field specified at a time");
        }
        field_path(&variable["valueFrom"]["fieldRef"], &format_args!("{path}.fieldRef"), causes);
    }
}

/// Fields of a pod that its containers can read.
const READABLE: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

fn field_path(reference: &Value, path: &dyn Display, causes: &mut Causes) {
    let Some(field) = reference["fieldPath"].as_str().filter(|field| !field.is_empty()) else {
        if reference.is_object() {
            causes.required(format_args!("{path}.fieldPath"));
        }
        return;
    };
    let keyed =
        ["metadata.labels['", "metadata.annotations['"].iter().any(|start| field.starts_with(start)) && field.ends_with("']");
    if !keyed && !READABLE.contains(&field) {
        let why = format!("error converting fieldPath: field label not supported: {field}");
        causes.invalid(format_args!("{path}.fieldPath"), &reference["fieldPath"], &why);
    }
}

fn mounts(container: &Value, path: &dyn Display, volumes: &BTreeSet<&str>, causes: &mut Causes) {
    let mut paths = BTreeSet::new();
    for (at, mount) in container["volumeMounts"].as_array().into_iter().flatten().enumerate() {
        let path = format_args!("{path}.volumeMounts[{at}]");
        match mount["name"].as_str().filter(|name| !name.is_empty()) {
            None => causes.required(format_args!("{path}.name")),
            Some(name) if !volumes.contains(name) => {
                causes.add("FieldValueNotFound", format_args!("{path}.name"), format!("Not found: {name:?}"));
            }
            Some(_) => {}
        }
        match mount["mountPath"].as_str().filter(|path| !path.is_empty()) {
            None => causes.required(format_args!("{path}.mountPath")),
            Some(place) if !paths.insert(place) => {
                causes.invalid(format_args!("{path}.mountPath"), &mount["mountPath"], "must be unique");
            }
            Some(_) => {}
        }
    }
}
