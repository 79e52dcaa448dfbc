//! `endpoint-controller`: the addresses behind a Service, as Endpoints. `backends`: the same for both controllers of addresses.

use std::sync::Arc;

use serde_json::{Value, json};

use super::controller::{Context, Controller, Key, key_of};
use super::kind::{ENDPOINTS, Kind, PODS, SERVICES};
use super::objects::Objects;
use super::plan::{Plan, Write};
use super::pods;
use super::selector;
use super::value::{flag, items, label, text};
use crate::meta;
use kuberewind_model::k8s::selector::LabelSelector;

/// The most addresses of one Endpoints object.
const MOST: usize = 1000;

/// Writes the Endpoints of Services.
#[derive(Debug, Default)]
pub struct EndpointsController;

impl Controller for EndpointsController {
    fn name(&self) -> &'static str {
        "endpoint-controller"
    }

    fn kind(&self) -> Kind {
        SERVICES
    }

    fn concerned(&self, objects: &dyn Objects, kind: Kind, object: &Value) -> Vec<Key> {
        if kind == ENDPOINTS { vec![key_of(object)] } else { concerned_services(objects, kind, object) }
    }

    fn reconcile(&mut self, objects: &dyn Objects, service: &Arc<Value>, _: &Context) -> Plan {
        let mut plan = Plan::default();
        let Some(selector) = wanted(service) else { return plan };
        let (namespace, name) = key_of(service);
        let before = objects.get(ENDPOINTS, &namespace, &name);
        let subsets = subsets(service, &backends(objects, service, &selector));
        let headless = text(service, "/spec/clusterIP") == "None";
        match before {
            None => {
                let mut object =
                    json!({"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": name, "namespace": namespace}});
                if let Some(labels) = meta::field(service, "labels").filter(|labels| labels.is_object()) {
                    meta::set(&mut object, "labels", labels.clone());
                }
                finish(&mut object, subsets, headless);
                plan.write(Write::Create { kind: ENDPOINTS, object });
            }
            Some(before) if items(&before, "/subsets") != subsets.as_slice() => {
                let mut object = (*before).clone();
                finish(&mut object, subsets, headless);
                plan.replace(ENDPOINTS, "", &before, object);
            }
            Some(_) => {}
        }
        plan
    }
}

fn finish(object: &mut Value, subsets: Vec<Value>, headless: bool) {
    label(object, "endpoints.kubernetes.io/managed-by", "endpoint-controller");
    if headless {
        label(object, "service.kubernetes.io/headless", "");
    }
    if let Some(map) = object.as_object_mut() {
        map.shift_remove("subsets");
        if !subsets.is_empty() {
            map.insert("subsets".to_owned(), Value::Array(subsets));
        }
    }
}

/// The selector of a Service whose addresses a controller writes.
pub(super) fn wanted(service: &Value) -> Option<LabelSelector> {
    if text(service, "/spec/type") == "ExternalName" || meta::is_terminating(service) { None } else { selector::read(service) }
}

/// The Services whose addresses a change concerns.
pub(super) fn concerned_services(objects: &dyn Objects, kind: Kind, object: &Value) -> Vec<Key> {
    match kind {
        SERVICES => vec![key_of(object)],
        PODS => {
            let services = objects.list(SERVICES, meta::text(object, "namespace"));
            let selecting = services.iter().filter(|service| wanted(service).is_some_and(|selector| selector.matches(object)));
            selecting.map(|service| key_of(service)).collect()
        }
        _ => Vec::new(),
    }
}

/// The pods with an address that a Service selects.
pub(super) fn backends(objects: &dyn Objects, service: &Value, selector: &LabelSelector) -> Vec<Arc<Value>> {
    let mut found = objects.list(PODS, meta::text(service, "namespace"));
    found.retain(|pod| selector.matches(pod) && !pods::is_finished(pod) && !text(pod, "/status/podIP").is_empty());
    found
}

/// The reference to a pod.
pub(super) fn reference(pod: &Value) -> Value {
    json!({"kind": "Pod", "namespace": meta::text(pod, "namespace"), "name": meta::text(pod, "name"), "uid": meta::text(pod, "uid")})
}

/// The port of a pod behind a port of the Service; `None` if the pod has no port of that name.
pub(super) fn target_port(port: &Value, pod: &Value) -> Option<i64> {
    match &port["targetPort"] {
        Value::Number(number) if number.as_i64() != Some(0) => number.as_i64(),
        Value::String(name) if name.parse::<i64>().is_err() => {
            let protocol = protocol(port);
            let containers = items(pod, "/spec/containers").iter().chain(items(pod, "/spec/initContainers"));
            let mut ports = containers.flat_map(|container| items(container, "/ports"));
            ports.find(|one| one["name"] == name.as_str() && self::protocol(one) == protocol)?["containerPort"].as_i64()
        }
        Value::String(digits) => digits.parse().ok(),
        _ => port["port"].as_i64(),
    }
}

pub(super) fn protocol(port: &Value) -> &str {
    port["protocol"].as_str().unwrap_or("TCP")
}

/// Groups the pods by the ports that they offer.
fn subsets(service: &Value, pods: &[Arc<Value>]) -> Vec<Value> {
    let mut groups: Vec<(Vec<Value>, Vec<Value>, Vec<Value>)> = Vec::new();
    for pod in pods.iter().take(MOST) {
        let ports = items(service, "/spec/ports").iter().filter_map(|port| {
            let mut shown = json!({});
            if let Some(name) = port["name"].as_str() {
                shown["name"] = json!(name);
            }
            shown["port"] = json!(target_port(port, pod)?);
            shown["protocol"] = json!(protocol(port));
            Some(shown)
        });
        let ports: Vec<Value> = ports.collect();
        let mut address =
            json!({"ip": text(pod, "/status/podIP"), "nodeName": text(pod, "/spec/nodeName"), "targetRef": reference(pod)});
        if is_named(service, pod) {
            address["hostname"] = pod["spec"]["hostname"].clone();
        }
        let ready = pods::is_ready(pod) || flag(service, "/spec/publishNotReadyAddresses");
        let at = groups.iter().position(|(known, _, _)| *known == ports).unwrap_or_else(|| {
            groups.push((ports, Vec::new(), Vec::new()));
            groups.len() - 1
        });
        if ready { groups[at].1.push(address) } else { groups[at].2.push(address) }
    }
    let shown = groups.into_iter().filter(|(ports, _, _)| !ports.is_empty() || text(service, "/spec/clusterIP") == "None");
    let subsets = shown.map(|(ports, mut ready, mut unready)| {
        let mut subset = json!({});
        for (name, list) in [("addresses", &mut ready), ("notReadyAddresses", &mut unready)] {
            list.sort_by_key(|one| text(one, "/ip").to_owned());
            if !list.is_empty() {
                subset[name] = json!(list);
            }
        }
        if !ports.is_empty() {
            subset["ports"] = Value::Array(ports);
        }
        subset
    });
    subsets.collect()
}

/// True if the pod has a name of its own under a headless Service.
pub(super) fn is_named(service: &Value, pod: &Value) -> bool {
    !text(pod, "/spec/hostname").is_empty() && text(pod, "/spec/subdomain") == meta::text(service, "name")
}
