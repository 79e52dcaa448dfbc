//! Containers of pods.

use std::collections::BTreeSet;

use serde_json::Value;

use super::causes::Causes;

/// Checks the spec of a pod at `path`.
pub(super) fn check(spec: &Value, path: &str, causes: &mut Causes) {
    if spec["containers"].as_array().is_none_or(Vec::is_empty) {
        causes.required(&format!("{path}.containers"));
    }
    let volumes: BTreeSet<&str> =
        spec["volumes"].as_array().into_iter().flatten().filter_map(|volume| volume["name"].as_str()).collect();
    let mut names = BTreeSet::new();
    for list in ["initContainers", "containers"] {
        for (at, container) in spec[list].as_array().into_iter().flatten().enumerate() {
            let path = format!("{path}.{list}[{at}]");
            match container["name"].as_str().filter(|name| !name.is_empty()) {
                None => causes.required(&format!("{path}.name")),
                Some(name) if !names.insert(name) => causes.duplicate(&format!("{path}.name"), &container["name"]),
                Some(name) if !is_label(name) => causes.invalid(&format!("{path}.name"), &container["name"], LABEL),
                Some(_) => {}
            }
            if container["image"].as_str().is_none_or(str::is_empty) {
                causes.required(&format!("{path}.image"));
            }
            ports(container, &path, causes);
            mounts(container, &path, &volumes, causes);
        }
    }
}

fn ports(container: &Value, path: &str, causes: &mut Causes) {
    for (at, port) in container["ports"].as_array().into_iter().flatten().enumerate() {
        let path = format!("{path}.ports[{at}].containerPort");
        match port["containerPort"].as_i64().unwrap_or(0) {
            0 => causes.required(&path),
            number if !(1..=65535).contains(&number) => causes.invalid(&path, &port["containerPort"], PORT),
            _ => {}
        }
    }
}

fn mounts(container: &Value, path: &str, volumes: &BTreeSet<&str>, causes: &mut Causes) {
    for (at, mount) in container["volumeMounts"].as_array().into_iter().flatten().enumerate() {
        let path = format!("{path}.volumeMounts[{at}]");
        match mount["name"].as_str().filter(|name| !name.is_empty()) {
            None => causes.required(&format!("{path}.name")),
            Some(name) if !volumes.contains(name) => {
                causes.add("FieldValueNotFound", &format!("{path}.name"), format!("Not found: {name:?}"));
            }
            Some(_) => {}
        }
        if mount["mountPath"].as_str().is_none_or(str::is_empty) {
            causes.required(&format!("{path}.mountPath"));
        }
    }
}

pub(super) const PORT: &str = "must be between 1 and 65535, inclusive";

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with \
     an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

fn is_label(name: &str) -> bool {
    let end = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    name.len() <= 63 && name.starts_with(end) && name.ends_with(end) && name.chars().all(|letter| end(letter) || letter == '-')
}
