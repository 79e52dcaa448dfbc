//! `endpointslice-controller`: the addresses behind a Service, in slices of at most 100.

use std::sync::Arc;

use serde_json::{Value, json};

use super::controller::{Context, Controller, Key};
use super::endpoints::{backends, concerned_services, is_named, protocol, reference, target_port, wanted};
use super::kind::{ENDPOINT_SLICES, Kind, SERVICES};
use super::objects::Objects;
use super::owner;
use super::plan::{Plan, Write};
use super::pods;
use super::value::{flag, items, label, text};
use crate::meta;

/// The label with the name of a slice's Service.
const SERVICE_NAME: &str = "kubernetes.io/service-name";
const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
const MANAGER: &str = "endpointslice-controller.k8s.io";

/// The most endpoints of one slice.
const MOST: usize = 100;

/// Writes the EndpointSlices of Services.
#[derive(Debug, Default)]
pub struct EndpointSliceController;

impl Controller for EndpointSliceController {
    fn name(&self) -> &'static str {
        "endpointslice-controller"
    }

    fn kind(&self) -> Kind {
        SERVICES
    }

    fn concerned(&self, objects: &dyn Objects, kind: Kind, object: &Value) -> Vec<Key> {
        if kind != ENDPOINT_SLICES {
            return concerned_services(objects, kind, object);
        }
        let service = object["metadata"]["labels"][SERVICE_NAME].as_str();
        service.map(|name| (meta::text(object, "namespace").to_owned(), name.to_owned())).into_iter().collect()
    }

    fn reconcile(&mut self, objects: &dyn Objects, service: &Arc<Value>, _: &Context) -> Plan {
        let mut plan = Plan::default();
        let Some(selector) = wanted(service) else { return plan };
        let mut old = objects.list(ENDPOINT_SLICES, meta::text(service, "namespace"));
        old.retain(|slice| {
            let labels = &slice["metadata"]["labels"];
            labels[SERVICE_NAME] == meta::text(service, "name") && labels[MANAGED_BY] == MANAGER && !meta::is_terminating(slice)
        });
        let mut old = old.into_iter();
        for (ports, endpoints) in slices(service, &backends(objects, service, &selector)) {
            match old.next() {
                Some(before) => update(&mut plan, &before, service, (ports, endpoints)),
                None => {
                    let object = create(service, (ports, endpoints));
                    plan.write(Write::Create { kind: ENDPOINT_SLICES, object });
                }
            }
        }
        for surplus in old {
            plan.write(Write::Delete { kind: ENDPOINT_SLICES, object: surplus, propagation: "" });
        }
        plan
    }
}

/// The ports and endpoints of each slice. A Service without pods has one empty slice.
fn slices(service: &Value, pods: &[Arc<Value>]) -> Vec<(Vec<Value>, Vec<Value>)> {
    let mut groups: Vec<(Vec<Value>, Vec<Value>)> = Vec::new();
    for pod in pods {
        let ports = ports(service, pod);
        match groups.iter_mut().find(|(known, endpoints)| *known == ports && endpoints.len() < MOST) {
            Some((_, endpoints)) => endpoints.push(endpoint(service, pod)),
            None => groups.push((ports, vec![endpoint(service, pod)])),
        }
    }
    if groups.is_empty() {
        groups.push((Vec::new(), Vec::new()));
    }
    groups
}

fn ports(service: &Value, pod: &Value) -> Vec<Value> {
    let ports = items(service, "/spec/ports").iter().filter_map(|port| {
        let mut shown = json!({"name": port["name"].as_str().unwrap_or_default()});
        shown["port"] = json!(target_port(port, pod)?);
        shown["protocol"] = json!(protocol(port));
        if let Some(protocol) = port["appProtocol"].as_str() {
            shown["appProtocol"] = json!(protocol);
        }
        Some(shown)
    });
    ports.collect()
}

fn endpoint(service: &Value, pod: &Value) -> Value {
    let terminating = meta::is_terminating(pod);
    let serving = pods::is_ready(pod);
    let ready = flag(service, "/spec/publishNotReadyAddresses") || (serving && !terminating);
    let mut endpoint = json!({
        "addresses": [text(pod, "/status/podIP")],
        "conditions": {"ready": ready, "serving": serving, "terminating": terminating},
        "nodeName": text(pod, "/spec/nodeName"),
        "targetRef": reference(pod),
    });
    if is_named(service, pod) {
        endpoint["hostname"] = pod["spec"]["hostname"].clone();
    }
    endpoint
}

fn create(service: &Value, content: (Vec<Value>, Vec<Value>)) -> Value {
    let (ports, endpoints) = content;
    let mut slice = json!({
        "apiVersion": ENDPOINT_SLICES.api_version(), "kind": ENDPOINT_SLICES.kind,
        "metadata": {
            "generateName": format!("{}-", meta::text(service, "name")), "namespace": meta::text(service, "namespace"),
            "ownerReferences": [owner::reference(SERVICES, service)],
        },
        "addressType": "IPv4", "endpoints": endpoints, "ports": ports,
    });
    describe(&mut slice, service);
    slice
}

fn update(plan: &mut Plan, before: &Arc<Value>, service: &Value, content: (Vec<Value>, Vec<Value>)) {
    let (ports, endpoints) = content;
    if items(before, "/ports") == ports.as_slice() && items(before, "/endpoints") == endpoints.as_slice() {
        return;
    }
    let mut slice = (**before).clone();
    slice["ports"] = Value::Array(ports);
    slice["endpoints"] = Value::Array(endpoints);
    describe(&mut slice, service);
    plan.replace(ENDPOINT_SLICES, "", before, slice);
}

/// Sets the labels of a slice.
fn describe(slice: &mut Value, service: &Value) {
    for (name, value) in meta::field(service, "labels").and_then(Value::as_object).into_iter().flatten() {
        label(slice, name, value.as_str().unwrap_or_default());
    }
    label(slice, SERVICE_NAME, meta::text(service, "name"));
    label(slice, MANAGED_BY, MANAGER);
    if text(service, "/spec/clusterIP") == "None" {
        label(slice, "service.kubernetes.io/headless", "");
    }
}
