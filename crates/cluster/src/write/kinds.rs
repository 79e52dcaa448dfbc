//! Fields that the server writes into some built-in kinds.

use serde_json::{Value, json};

use crate::call::Call;
use crate::custom::accepted_status;
use crate::managed_fields::Managers;
use crate::meta;
use crate::options::Fidelity;
use crate::storage::Name;
use crate::world::World;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kuberewind_model::k8s::status::Status;

/// The finalizer that keeps a deleted definition until its objects are deleted.
pub(crate) const DEFINITION_FINALIZER: &str = "customresourcecleanup.apiextensions.k8s.io";

/// Fills in fields on create, before the object is stored.
pub(super) fn prepare_new(call: &Call, object: &mut Value) {
    let resource = &call.resource;
    if resource.is("", "namespaces") {
        object["spec"] = json!({"finalizers": ["kubernetes"]});
        object["status"] = json!({"phase": "Active"});
        let mut labels = meta::field(object, "labels").cloned().filter(Value::is_object).unwrap_or_else(|| json!({}));
        labels["kubernetes.io/metadata.name"] = json!(meta::text(object, "name"));
        meta::set(object, "labels", labels);
    } else if resource.is("apiextensions.k8s.io", "customresourcedefinitions") {
        object["status"] = accepted_status(object, &call.now);
    }
    prepare(call, object);
}

/// The description of the config map with the certificate of the server.
const CA_BUNDLE: &str = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the \
     internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";

/// Fills a new namespace with what the controllers of a real cluster create in it: the service account `default` and the config map
/// `kube-root-ca.crt`.
pub(super) fn furnish(world: &mut World, call: &Call, namespace: &str) -> Result<(), Status> {
    if world.options.fidelity != Fidelity::Real || call.dry_run {
        return Ok(());
    }
    let bundle = json!({"metadata": {"annotations": {"kubernetes.io/description": CA_BUNDLE}}, "data": {"ca.crt": ""}});
    let account = json!({"metadata": {}});
    for (plural, kind, name, mut object) in
        [("configmaps", "ConfigMap", "kube-root-ca.crt", bundle), ("serviceaccounts", "ServiceAccount", "default", account)]
    {
        let resource = world.registry.find("", "v1", plural)?;
        object["apiVersion"] = json!("v1");
        object["kind"] = json!(kind);
        meta::set(&mut object, "name", name);
        meta::set(&mut object, "namespace", namespace);
        let name = Name::new(namespace, name);
        meta::set(&mut object, "uid", world.identities.uid(&resource.table, &name));
        meta::set(&mut object, "creationTimestamp", call.now.clone());
        world.put(&resource.table, name, meta::in_order(object), Managers::default());
    }
    Ok(())
}

/// Fills in fields on every write of the object itself.
pub(super) fn prepare(call: &Call, object: &mut Value) {
    if call.resource.is("", "secrets") {
        fold_string_data(object);
        if object["type"].is_null() {
            object["type"] = json!("Opaque");
        }
    }
}

/// Encodes the write-only `stringData` into `data`.
fn fold_string_data(object: &mut Value) {
    let Some(texts) = object.as_object_mut().and_then(|map| map.shift_remove("stringData")) else { return };
    let Value::Object(texts) = texts else { return };
    if texts.is_empty() {
        return;
    }
    if !object["data"].is_object() {
        object["data"] = json!({});
    }
    for (name, text) in texts {
        object["data"][&name] = json!(STANDARD.encode(text.as_str().unwrap_or_default()));
    }
}
