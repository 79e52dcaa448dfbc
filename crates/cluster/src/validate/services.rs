//! Services.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::causes::Causes;
use super::{formats, rules};

/// Checks a service before its addresses and ports are allocated.
pub(super) fn check(service: &Value, causes: &mut Causes) {
    let (spec, name) = (&service["spec"], crate::meta::text(service, "name"));
    causes.format("metadata.name", name, formats::dns_label(name));
    let none = Vec::new();
    let list = spec["ports"].as_array().unwrap_or(&none);
    let external = spec["type"] == "ExternalName";
    if list.is_empty() && spec["clusterIP"] != "None" && !external {
        causes.required("spec.ports");
    }
    if external && spec["externalName"].as_str().is_none_or(str::is_empty) {
        causes.required("spec.externalName");
    }
    ports(list, spec["type"].as_str().unwrap_or_default(), causes);
    if let Some(kind) = spec["sessionAffinity"].as_str().filter(|kind| !matches!(*kind, "" | "None" | "ClientIP")) {
        causes.unsupported("spec.sessionAffinity", &json!(kind), &["ClientIP", "None"]);
    }
    if let Some(ip) = spec["clusterIP"].as_str().filter(|ip| !matches!(*ip, "" | "None")) {
        causes.format("spec.clusterIPs[0]", ip, formats::ip(ip));
    }
}

fn ports(ports: &[Value], kind: &str, causes: &mut Causes) {
    let (mut numbers, mut names) = (BTreeSet::new(), BTreeSet::new());
    for (at, port) in ports.iter().enumerate() {
        let path = format_args!("spec.ports[{at}]");
        match port["name"].as_str().filter(|name| !name.is_empty()) {
            None if ports.len() > 1 => causes.required(format_args!("{path}.name")),
            Some(name) => {
                causes.format(format_args!("{path}.name"), name, formats::label(name));
                if !names.insert(name) {
                    causes.duplicate(format_args!("{path}.name"), &port["name"]);
                }
            }
            None => {}
        }
        let number = port["port"].as_i64().unwrap_or(0);
        rules::port(&json!(number), &format_args!("{path}.port"), causes);
        rules::port(&port["targetPort"], &format_args!("{path}.targetPort"), causes);
        if kind == "ClusterIP" && port["nodePort"].as_i64().is_some_and(|port| port != 0) {
            causes.forbidden(format_args!("{path}.nodePort"), "may not be used when `type` is 'ClusterIP'");
        }
        let protocol = port["protocol"].as_str().unwrap_or("TCP");
        if !numbers.insert((number, protocol)) {
            // A Go struct, as a real server prints it.
            let key =
                json!({"Name": "", "Protocol": protocol, "AppProtocol": null, "Port": number, "TargetPort": 0, "NodePort": 0});
            causes.duplicate(path, &key);
        }
    }
}
