//! Ports of services.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::causes::Causes;
use super::pods::PORT;

pub(super) fn check(service: &Value, causes: &mut Causes) {
    let spec = &service["spec"];
    let none = Vec::new();
    let ports = spec["ports"].as_array().unwrap_or(&none);
    if ports.is_empty() && spec["clusterIP"] != "None" && spec["type"] != "ExternalName" {
        causes.required("spec.ports");
    }
    let (mut numbers, mut names) = (BTreeSet::new(), BTreeSet::new());
    for (at, port) in ports.iter().enumerate() {
        let path = format!("spec.ports[{at}]");
        match port["name"].as_str().filter(|name| !name.is_empty()) {
            None if ports.len() > 1 => causes.required(&format!("{path}.name")),
            Some(name) if !names.insert(name) => causes.duplicate(&format!("{path}.name"), &port["name"]),
            _ => {}
        }
        let number = port["port"].as_i64().unwrap_or(0);
        if !(1..=65535).contains(&number) {
            causes.invalid(&format!("{path}.port"), &json!(number), PORT);
        }
        let protocol = port["protocol"].as_str().unwrap_or("TCP");
        if !numbers.insert((number, protocol)) {
            causes.duplicate(&path, &json!({"port": number, "protocol": protocol}));
        }
    }
}
