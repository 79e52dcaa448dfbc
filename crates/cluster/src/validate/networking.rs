//! Ingresses, network policies and endpoint slices.

use std::fmt::Display;

use serde_json::{Value, json};

use super::causes::Causes;
use super::formats;
use super::paths::each;
use super::rules::{self, is_empty};

pub(super) fn ingress(object: &Value, causes: &mut Causes) {
    let spec = &object["spec"];
    if is_empty(&spec["rules"]) && spec["defaultBackend"].is_null() {
        causes.invalid("spec", &Value::Null, "either `defaultBackend` or `rules` must be specified");
    }
    for backend in each(object, "spec/defaultBackend?") {
        check_backend(backend.value, &backend.path, causes);
    }
    for host in each(object, "spec/rules/*/host?") {
        check_host(host.value.as_str().unwrap_or_default(), &host.path, causes);
    }
    for path in each(object, "spec/rules/*/http?/paths/*") {
        check_path(path.value, &path.path, causes);
    }
}

fn check_host(host: &str, path: &dyn Display, causes: &mut Causes) {
    if host.parse::<std::net::IpAddr>().is_ok() {
        causes.invalid(path, &json!(host), "must be a DNS name, not an IP address");
    } else if !host.is_empty() {
        causes.format(path, host, formats::subdomain(host.strip_prefix("*.").unwrap_or(host)));
    }
}

fn check_path(rule: &Value, at: &dyn Display, causes: &mut Causes) {
    let path = rule["path"].as_str().unwrap_or_default();
    let kinds = &["Exact", "ImplementationSpecific", "Prefix"];
    match rule["pathType"].as_str().filter(|kind| !kind.is_empty()) {
        None => causes.required_for(format_args!("{at}.pathType"), "pathType must be specified"),
        Some(kind) if !kinds.contains(&kind) => causes.unsupported(format_args!("{at}.pathType"), &rule["pathType"], kinds),
        Some(kind) => {
            let absolute = path.starts_with('/') || (path.is_empty() && kind == "ImplementationSpecific");
            if !absolute {
                causes.invalid(format_args!("{at}.path"), &json!(path), "must be an absolute path");
            }
        }
    }
    check_backend(&rule["backend"], &format_args!("{at}.backend"), causes);
}

fn check_backend(backend: &Value, at: &dyn Display, causes: &mut Causes) {
    let (service, resource) = (&backend["service"], &backend["resource"]);
    match (service.is_object(), resource.is_object()) {
        (true, true) => causes.invalid(at, &json!(""), "cannot set both resource and service backends"),
        (false, true) => {}
        (false, false) => causes.required_for(at, "service name is required"),
        (true, false) => {
            match service["name"].as_str().filter(|name| !name.is_empty()) {
                None => causes.required_for(format_args!("{at}.service.name"), ""),
                Some(name) => causes.format(format_args!("{at}.service.name"), name, formats::label(name)),
            }
            let port = &service["port"];
            let (name, number) = (port["name"].as_str().unwrap_or_default(), port["number"].as_i64().unwrap_or(0));
            if name.is_empty() && number == 0 {
                causes.required_for(at, "port name or number is required");
            } else if !name.is_empty() && number != 0 {
                causes.invalid(at, &json!(""), "cannot set both port name & port number");
            } else if name.is_empty() {
                rules::port(&json!(number), &format_args!("{at}.service.port.number"), causes);
            } else {
                causes.format(format_args!("{at}.service.port.name"), name, formats::port_name(name));
            }
        }
    }
}

/// The controller of an ingress class is a path of a domain.
pub(super) fn ingress_class(object: &Value, causes: &mut Causes) {
    let controller = object["spec"]["controller"].as_str().unwrap_or_default();
    if controller.is_empty() {
        causes.required("spec.controller");
    } else if !controller.split_once('/').is_some_and(|(domain, path)| !path.is_empty() && formats::subdomain(domain).is_empty())
    {
        let why = "must be a domain-prefixed path (such as \"acme.io/foo\")";
        causes.invalid("spec.controller", &json!(controller), why);
    }
}

pub(super) fn network_policy(object: &Value, causes: &mut Causes) {
    for peers in ["spec/ingress/*/from/*", "spec/egress/*/to/*"] {
        for peer in each(object, peers) {
            let of = |name: &str| !peer.value[name].is_null();
            if !of("podSelector") && !of("namespaceSelector") && !of("ipBlock") {
                causes.required_for(peer.path, "must specify a peer");
            }
        }
    }
}

pub(super) fn endpoint_slice(object: &Value, causes: &mut Causes) {
    let kind = object["addressType"].as_str().unwrap_or_default();
    for address in each(object, "endpoints/*/addresses/*") {
        let text = address.value.as_str().unwrap_or_default();
        let parsed = text.parse::<std::net::IpAddr>();
        let fits = match kind {
            "IPv4" => parsed.as_ref().is_ok_and(std::net::IpAddr::is_ipv4),
            "IPv6" => parsed.as_ref().is_ok_and(std::net::IpAddr::is_ipv6),
            _ => continue,
        };
        if !fits {
            causes.invalid(address.path.list(), address.value, &format!("must be an {kind} address"));
        }
        if parsed.is_ok_and(|ip| ip.is_loopback()) {
            causes.invalid(address.path, address.value, "may not be in the loopback range (127.0.0.0/8, ::1/128)");
        }
    }
}
