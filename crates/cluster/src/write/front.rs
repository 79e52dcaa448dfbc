//! The service `kubernetes`, through which the pods of a cluster reach its API server.

use serde_json::{Value, json};

use super::create::create;
use crate::call::Call;
use crate::options::Fidelity;
use crate::storage::Name;
use crate::world::World;
use kuberewind_model::k8s::status::Status;

/// The address of the API server in the endpoints. No pod runs here, so nothing listens there: it is reserved for documentation.
const ADDRESS: &str = "192.0.2.1";

/// The address of the service: the first one of the range.
const SERVICE: &str = "10.96.0.1";

/// Creates the service with its endpoints, as a real server does when it starts.
pub(crate) fn open(world: &mut World, call: &Call) -> Result<(), Status> {
    if world.options.fidelity != Fidelity::Real {
        return Ok(());
    }
    let port = json!({"name": "https", "port": 6443, "protocol": "TCP"});
    let service = json!({
        "metadata": {"labels": {"component": "apiserver", "provider": "kubernetes"}},
        "spec": {
            "ports": [{"name": "https", "protocol": "TCP", "port": 443, "targetPort": 6443}],
            "clusterIP": SERVICE, "clusterIPs": [SERVICE], "type": "ClusterIP", "sessionAffinity": "None",
            "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack",
        },
    });
    let endpoints = json!({
        "metadata": {"labels": {"endpointslice.kubernetes.io/skip-mirror": "true"}},
        "subsets": [{"addresses": [{"ip": ADDRESS}], "ports": [port]}],
    });
    let slice = json!({
        "metadata": {"labels": {"kubernetes.io/service-name": "kubernetes"}},
        "addressType": "IPv4", "endpoints": [{"addresses": [ADDRESS], "conditions": {"ready": true}}], "ports": [port],
    });
    add(world, call, ("", "services"), service)?;
    add(world, call, ("", "endpoints"), endpoints)?;
    add(world, call, ("discovery.k8s.io", "endpointslices"), slice)
}

fn add(world: &mut World, call: &Call, (group, plural): (&str, &str), mut object: Value) -> Result<(), Status> {
    let resource = world.registry.find(group, "v1", plural)?;
    crate::meta::set(&mut object, "name", "kubernetes");
    create(world, &call.about(&resource, Name::new("default", "")), object).map(|_| ())
}
