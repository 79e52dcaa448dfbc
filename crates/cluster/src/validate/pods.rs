//! Specs of pods.

use std::collections::BTreeSet;
use std::fmt::Display;

use serde_json::{Value, json};

use super::causes::Causes;
use super::containers::{self, Kind};
use super::{rules, volumes};

/// Checks the spec of a pod at `path`.
pub(super) fn check(spec: &Value, path: &dyn Display, causes: &mut Causes) {
    let volumes = volumes::check(&spec["volumes"], &format_args!("{path}.volumes"), causes);
    if spec["containers"].as_array().is_none_or(Vec::is_empty) {
        causes.required(format_args!("{path}.containers"));
    }
    let mut names = BTreeSet::new();
    let host = spec["hostNetwork"] == true;
    for (list, kind) in [("containers", Kind::Main), ("initContainers", Kind::Init), ("ephemeralContainers", Kind::Ephemeral)] {
        for (at, container) in spec[list].as_array().into_iter().flatten().enumerate() {
            let path = format_args!("{path}.{list}[{at}]");
            containers::check(container, &path, kind, &volumes, causes);
            if host {
                host_ports(container, &path, causes);
            }
            let name = container["name"].as_str().filter(|name| !name.is_empty());
            if name.is_some_and(|name| !names.insert(name)) {
                causes.duplicate(format_args!("{path}.name"), &container["name"]);
            }
        }
    }
    rules::check_pod(spec, path, causes);
}

/// On the host's network, a container's port is a port of the host.
fn host_ports(container: &Value, path: &dyn Display, causes: &mut Causes) {
    for (at, port) in container["ports"].as_array().into_iter().flatten().enumerate() {
        let host = port["hostPort"].as_i64().unwrap_or(0);
        if host != 0 && port["containerPort"] != json!(host) {
            let why = "must match `containerPort` when `hostNetwork` is true";
            causes.invalid(format_args!("{path}.ports[{at}].hostPort"), &port["hostPort"], why);
        }
    }
}
