//! The fields that field selectors support, by kind.

use super::resource_type::ResourceType;

/// A field that a selector can name.
struct Field {
    /// The name in selectors.
    label: &'static str,
    /// JSON pointer to the value in the stored object.
    pointer: &'static str,
    /// The value of an object without the field.
    default: &'static str,
}

const fn field(label: &'static str, pointer: &'static str, default: &'static str) -> Field {
    Field { label, pointer, default }
}

const POD: &[Field] = &[
    field("spec.nodeName", "/spec/nodeName", ""),
    field("spec.restartPolicy", "/spec/restartPolicy", "Always"),
    field("spec.schedulerName", "/spec/schedulerName", "default-scheduler"),
    field("spec.serviceAccountName", "/spec/serviceAccountName", ""),
    field("spec.hostNetwork", "/spec/hostNetwork", "false"),
    field("status.phase", "/status/phase", "Pending"),
    field("status.podIP", "/status/podIP", ""),
    field("status.nominatedNodeName", "/status/nominatedNodeName", ""),
];

const EVENT: &[Field] = &[
    field("involvedObject.kind", "/involvedObject/kind", ""),
    field("involvedObject.namespace", "/involvedObject/namespace", ""),
    field("involvedObject.name", "/involvedObject/name", ""),
    field("involvedObject.uid", "/involvedObject/uid", ""),
    field("involvedObject.apiVersion", "/involvedObject/apiVersion", ""),
    field("involvedObject.resourceVersion", "/involvedObject/resourceVersion", ""),
    field("involvedObject.fieldPath", "/involvedObject/fieldPath", ""),
    field("reason", "/reason", ""),
    field("reportingComponent", "/reportingComponent", ""),
    field("source", "/source/component", ""),
    field("type", "/type", ""),
];

const NEW_EVENT: &[Field] = &[
    field("regarding.kind", "/involvedObject/kind", ""),
    field("regarding.namespace", "/involvedObject/namespace", ""),
    field("regarding.name", "/involvedObject/name", ""),
    field("regarding.uid", "/involvedObject/uid", ""),
    field("regarding.apiVersion", "/involvedObject/apiVersion", ""),
    field("regarding.resourceVersion", "/involvedObject/resourceVersion", ""),
    field("regarding.fieldPath", "/involvedObject/fieldPath", ""),
    field("reason", "/reason", ""),
    field("reportingController", "/reportingComponent", ""),
    field("type", "/type", ""),
];

const REPLICAS: &[Field] = &[field("status.replicas", "/status/replicas", "0")];

/// The fields of a built-in kind besides name and namespace.
fn builtin(group: &str, plural: &str) -> &'static [Field] {
    match (group, plural) {
        ("", "pods") => POD,
        ("", "events") => EVENT,
        ("events.k8s.io", "events") => NEW_EVENT,
        ("", "secrets") => const { &[field("type", "/type", "Opaque")] },
        ("", "namespaces") => const { &[field("status.phase", "/status/phase", "Active")] },
        ("", "nodes") => const { &[field("spec.unschedulable", "/spec/unschedulable", "false")] },
        ("apps", "replicasets") | ("", "replicationcontrollers") => REPLICAS,
        ("batch", "jobs") => const { &[field("status.successful", "/status/succeeded", "0")] },
        ("", "services") => {
            const { &[field("spec.clusterIP", "/spec/clusterIP", ""), field("spec.type", "/spec/type", "ClusterIP")] }
        }
        ("certificates.k8s.io", "certificatesigningrequests") => const { &[field("spec.signerName", "/spec/signerName", "")] },
        ("resource.k8s.io", "resourceslices") => {
            const { &[field("spec.nodeName", "/spec/nodeName", ""), field("spec.driver", "/spec/driver", "")] }
        }
        _ => &[],
    }
}

/// Returns the pointer to the value of a field and the value of an object without it, or a real server's refusal.
pub(super) fn find(resource: &ResourceType, label: &str) -> Result<(String, &'static str), String> {
    match label {
        "metadata.name" => return Ok(("/metadata/name".to_owned(), "")),
        "metadata.namespace" => return Ok(("/metadata/namespace".to_owned(), "")),
        _ => {}
    }
    if let Some(custom) = &resource.custom {
        let known = custom.selectable.iter().any(|path| path.trim_start_matches('.') == label);
        return if known { Ok((format!("/{}", label.replace('.', "/")), "")) } else { Err(unsupported(label)) };
    }
    let fields = builtin(&resource.table.group, &resource.table.plural);
    match fields.iter().find(|field| field.label == label) {
        Some(field) => Ok((field.pointer.to_owned(), field.default)),
        None if fields.is_empty() => {
            Err(format!("\"{label}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""))
        }
        None => Err(unsupported(label)),
    }
}

fn unsupported(label: &str) -> String {
    format!("field label not supported: {label}")
}
