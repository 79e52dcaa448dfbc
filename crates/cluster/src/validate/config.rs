//! Config maps, secrets, limit ranges, events, namespaces, nodes, volumes and claims.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::causes::Causes;
use super::formats;
use super::paths::each;
use super::quantity::nanos;
use super::rules::{self, is_empty};
use crate::meta;

/// Checks an object of the core group.
pub(super) fn check(plural: &str, object: &Value, causes: &mut Causes) {
    match plural {
        "configmaps" => config_map(object, causes),
        "secrets" => secret(object, causes),
        "namespaces" => {
            let name = meta::text(object, "name");
            let why = if name.contains('.') { vec!["must not contain dots".to_owned()] } else { formats::label(name) };
            causes.format("metadata.name", name, why);
        }
        "nodes" => {
            for (at, taint) in object["spec"]["taints"].as_array().into_iter().flatten().enumerate() {
                let path = format_args!("metadata.taints[{at}].effect");
                match taint["effect"].as_str().filter(|effect| !effect.is_empty()) {
                    None => causes.required(path),
                    Some("NoSchedule" | "PreferNoSchedule" | "NoExecute") => {}
                    Some(_) => causes.unsupported(path, &taint["effect"], &["NoSchedule", "PreferNoSchedule", "NoExecute"]),
                }
            }
        }
        "endpoints" => {
            // A real server checks addresses in two ways.
            for address in each(object, "subsets/*/addresses/*/ip") {
                let wrong = address.value.as_str().is_none_or(|ip| !formats::ip(ip).is_empty());
                if wrong {
                    causes.invalid(address.path, address.value, "must be a valid IP address");
                }
            }
        }
        "limitranges" => limits(object, causes),
        "persistentvolumeclaims" => claim(&object["spec"], causes),
        "persistentvolumes" => volume(&object["spec"], causes),
        "events" => {
            let (own, other) =
                (meta::text(object, "namespace"), object["involvedObject"]["namespace"].as_str().unwrap_or_default());
            let of_cluster = other.is_empty() && matches!(own, "default" | "kube-system");
            if own != other && !of_cluster {
                causes.invalid("involvedObject.namespace", &json!(other), "does not match event.namespace");
            }
        }
        _ => {}
    }
}

fn config_map(map: &Value, causes: &mut Causes) {
    let mut keys = BTreeSet::new();
    for name in map["data"].as_object().into_iter().flatten().map(|(name, _)| name) {
        causes.format(format_args!("data[{name}]"), name, formats::config_key(name));
        if map["binaryData"].get(name).is_some() {
            causes.invalid(format_args!("data[{name}]"), &json!(name), "duplicate of key present in binaryData");
        }
        keys.insert(name);
    }
    for name in map["binaryData"].as_object().into_iter().flatten().map(|(name, _)| name).filter(|name| !keys.contains(name)) {
        causes.format(format_args!("binaryData[{name}]"), name, formats::config_key(name));
    }
}

fn secret(secret: &Value, causes: &mut Causes) {
    for name in secret["data"].as_object().into_iter().flatten().map(|(name, _)| name) {
        causes.format(format_args!("data[{name}]"), name, formats::config_key(name));
    }
    let needed: &[&str] = match secret["type"].as_str().unwrap_or_default() {
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        "kubernetes.io/dockercfg" => &[".dockercfg"],
        _ => &[],
    };
    for key in needed {
        let path = format_args!("data[{key}]");
        let Some(text) = secret["data"][*key].as_str() else {
            causes.required(path);
            continue;
        };
        let bytes = STANDARD.decode(text).unwrap_or_default();
        if key.starts_with(".docker") && serde_json::from_slice::<Value>(&bytes).is_err() {
            let why = match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
                Some(byte) if byte.is_ascii_graphic() && !b"{[\"".contains(byte) => {
                    format!("invalid character '{}' looking for beginning of value", char::from(*byte))
                }
                _ => "unexpected end of JSON input".to_owned(),
            };
            causes.invalid(path, &json!("<secret contents redacted>"), &why);
        }
    }
}

/// Bounds of a limit range that must not be above each other.
const ORDERED: &[(&str, &str, &str)] = &[
    ("min", "max", "min value {low} is greater than max value {high}"),
    ("min", "defaultRequest", "min value {low} is greater than default request value {high}"),
    ("defaultRequest", "max", "default request value {low} is greater than max value {high}"),
    ("min", "default", "min value {low} is greater than default value {high}"),
    ("default", "max", "default value {low} is greater than max value {high}"),
];

fn limits(range: &Value, causes: &mut Causes) {
    for (at, limit) in range["spec"]["limits"].as_array().into_iter().flatten().enumerate() {
        let path = format_args!("spec.limits[{at}]");
        for (low, high, words) in ORDERED {
            for (name, low_text) in limit[*low].as_object().into_iter().flatten() {
                let (low_text, high_text) =
                    (low_text.as_str().unwrap_or_default(), limit[*high][name].as_str().unwrap_or_default());
                if nanos(low_text).zip(nanos(high_text)).is_some_and(|(low, high)| low > high) {
                    // A real server names the field below the bound that is compared.
                    let field = if *high == "max" { *low } else { *high };
                    let value = if *high == "defaultRequest" { high_text } else { low_text };
                    let why = words.replace("{low}", low_text).replace("{high}", high_text);
                    causes.invalid(format_args!("{path}.{field}[{name}]"), &json!(value), &why);
                }
            }
        }
    }
}

const MODES: &[&str] = &["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

fn access_modes(spec: &Value, causes: &mut Causes) {
    for mode in spec["accessModes"].as_array().into_iter().flatten() {
        if mode.as_str().is_some_and(|mode| !MODES.contains(&mode)) {
            causes.unsupported("spec.accessModes", mode, MODES);
        }
    }
}

fn claim(spec: &Value, causes: &mut Causes) {
    access_modes(spec, causes);
    if spec["resources"]["requests"]["storage"].is_null() {
        causes.required("spec.resources[storage]");
    }
    rules::quantities(&spec["resources"]["requests"], &"spec.resources.requests", causes);
}

/// Fields of a volume that are no sources.
const NO_SOURCES: &[&str] = &[
    "capacity",
    "accessModes",
    "claimRef",
    "persistentVolumeReclaimPolicy",
    "storageClassName",
    "mountOptions",
    "volumeMode",
    "nodeAffinity",
    "volumeAttributesClassName",
];

fn volume(spec: &Value, causes: &mut Causes) {
    access_modes(spec, causes);
    if is_empty(&spec["capacity"]) {
        causes.unsupported("spec.capacity", &Value::Null, &["storage"]);
    }
    let mut sources = spec.as_object().into_iter().flatten();
    if !sources.any(|(name, source)| !NO_SOURCES.contains(&name.as_str()) && !source.is_null()) {
        causes.required_for("spec", "must specify a volume type");
    }
}
