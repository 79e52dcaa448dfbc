//! Cluster IPs and node ports of services.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::apply::at;
use crate::call::Call;
use crate::world::World;
use kuberewind_model::k8s::status::{Cause, Status};

/// The first two bytes of the range of cluster IPs, 10.96.0.0/16. The first address belongs to the server itself.
const RANGE: [u8; 2] = [10, 96];
/// The range of node ports.
const NODE_PORTS: std::ops::RangeInclusive<i64> = 30000..=32767;

/// Fills in target ports, and allocates the lowest free cluster IP and node ports (the first free ones after a place
/// that the name gives, with derived identity).
pub(super) fn fill(world: &World, call: &Call, service: &mut Value) -> Result<(), Status> {
    for port in at(service, "spec/ports/*") {
        let unset = port["targetPort"].is_null() || port["targetPort"] == json!(0) || port["targetPort"] == json!("");
        if unset && port.is_object() {
            port["targetPort"] = port["port"].clone();
        }
    }
    let kind = service["spec"]["type"].as_str().unwrap_or_default().to_owned();
    if !service["spec"].is_object() || kind == "ExternalName" {
        return Ok(());
    }
    let others: Vec<_> = world.storage.table(&call.resource.table).into_iter().flatten().collect();
    let others = || others.iter().filter(|(name, _)| **name != call.name).map(|(_, service)| &service["spec"]);
    if service["spec"]["clusterIP"].as_str().is_none_or(str::is_empty) {
        let taken: BTreeSet<&str> = others().filter_map(|spec| spec["clusterIP"].as_str()).collect();
        let address = |index: u16| {
            let [third, fourth] = index.to_be_bytes();
            format!("{}.{}.{third}.{fourth}", RANGE[0], RANGE[1])
        };
        let (first, size) = (2, u16::MAX - 2);
        let start = world.identities.first_choice(&call.resource.table, &call.name, u64::from(size));
        let start = first + u16::try_from(start).unwrap_or(0);
        let free = (start..u16::MAX).chain(first..start).map(address).find(|address| !taken.contains(address.as_str()));
        let free = free.ok_or_else(|| Status::new(500, "InternalError", "failed to allocate IP 0: range is full"))?;
        service["spec"]["clusterIP"] = json!(free);
    }
    let ip = service["spec"]["clusterIP"].clone();
    for (field, value) in [("clusterIPs", json!([ip])), ("ipFamilies", json!(["IPv4"])), ("ipFamilyPolicy", json!("SingleStack"))]
    {
        if service["spec"][field].is_null() {
            service["spec"][field] = value;
        }
    }
    if matches!(kind.as_str(), "NodePort" | "LoadBalancer") {
        let taken = others().flat_map(|spec| spec["ports"].as_array().into_iter().flatten());
        let taken = taken.filter_map(|port| port["nodePort"].as_i64()).collect();
        let size = NODE_PORTS.end() - NODE_PORTS.start() + 1;
        let start = world.identities.first_choice(&call.resource.table, &call.name, size.unsigned_abs());
        node_ports(call, service, taken, NODE_PORTS.start() + i64::try_from(start).unwrap_or(0))?;
    }
    Ok(())
}

/// Allocates node ports, from `start` on.
fn node_ports(call: &Call, service: &mut Value, mut taken: BTreeSet<i64>, start: i64) -> Result<(), Status> {
    for (index, port) in at(service, "spec/ports/*").into_iter().enumerate().filter(|(_, port)| port.is_object()) {
        let wanted = port["nodePort"].as_i64().filter(|port| *port != 0);
        let why = match wanted {
            Some(port) if !NODE_PORTS.contains(&port) => {
                "provided port is not in the valid range. The range of valid ports is 30000-32767"
            }
            Some(port) if !taken.insert(port) => "provided port is already allocated",
            Some(_) => continue,
            None => match (start..=*NODE_PORTS.end()).chain(*NODE_PORTS.start()..start).find(|port| !taken.contains(port)) {
                Some(free) => {
                    taken.insert(free);
                    port["nodePort"] = json!(free);
                    continue;
                }
                None => "no free node port",
            },
        };
        let message = format!("Invalid value: {}: {why}", wanted.unwrap_or(0));
        let cause = Cause { reason: "FieldValueInvalid", message, field: format!("spec.ports[{index}].nodePort") };
        return Err(Status::invalid(call.resource.kind_subject(&call.name.name), &[cause]));
    }
    Ok(())
}

/// The addresses of load balancers are virtual ones, unless their status says otherwise.
pub(super) fn ingress_modes(service: &mut Value) {
    for ingress in at(service, "status/loadBalancer/ingress/*") {
        if ingress["ip"].is_string() && ingress["ipMode"].is_null() {
            ingress["ipMode"] = json!("VIP");
        }
    }
}

/// Removes what a service of another type had and one of the new type has not.
fn release(live: &Value, next: &mut Value) {
    let (old, new) = (live["spec"]["type"].clone(), next["spec"]["type"].clone());
    let opens = |kind: &Value| matches!(kind.as_str(), Some("NodePort" | "LoadBalancer"));
    let Some(spec) = next.get_mut("spec").and_then(Value::as_object_mut).filter(|_| old != new) else { return };
    if opens(&old) && !opens(&new) {
        spec.shift_remove("externalTrafficPolicy");
        spec.shift_remove("allocateLoadBalancerNodePorts");
        for port in spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(port) = port.as_object_mut() {
                port.shift_remove("nodePort");
            }
        }
    }
    if new == "ExternalName" {
        for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"] {
            spec.shift_remove(field);
        }
    }
}

/// Copies addresses and node ports into a new state that omits them.
pub(super) fn carry(live: &Value, next: &mut Value) {
    release(live, next);
    if !next["spec"].is_object() || next["spec"]["type"] == "ExternalName" {
        return;
    }
    if next["spec"]["clusterIP"].as_str().is_none_or(str::is_empty) {
        for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
            if next["spec"][field].is_null() && !live["spec"][field].is_null() {
                next["spec"][field] = live["spec"][field].clone();
            }
        }
    }
    if !matches!(next["spec"]["type"].as_str(), Some("NodePort" | "LoadBalancer")) {
        return;
    }
    for port in at(next, "spec/ports/*") {
        let mut old = live["spec"]["ports"].as_array().into_iter().flatten();
        let old = old.find(|old| old["port"] == port["port"]).filter(|old| !old["nodePort"].is_null());
        if let Some(old) = old.filter(|_| port["nodePort"].is_null() && port.is_object()) {
            port["nodePort"] = old["nodePort"].clone();
        }
    }
}
