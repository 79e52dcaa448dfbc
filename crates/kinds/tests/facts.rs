//! Facts that strategic merge patch, server-side apply, defaults and discovery ask for.

#![allow(clippy::unwrap_used, clippy::panic)]

use kuberewind_kinds::{Field, ListType, MapType, Place, Shape, Type, table};

fn place(group: &str, kind: &str, path: &str) -> Place {
    table().kind(group, "v1", kind).unwrap().message().walk(path).unwrap_or_else(|| panic!("{path}"))
}

fn field(group: &str, kind: &str, path: &str) -> &'static Field {
    place(group, kind, path).field().unwrap()
}

#[test]
fn lists_have_their_keys() {
    let cases = [
        ("", "Pod", "/spec/containers", vec!["name"], Some("name")),
        ("", "Pod", "/spec/containers/0/ports", vec!["containerPort", "protocol"], Some("containerPort")),
        ("", "Service", "/spec/ports", vec!["port", "protocol"], Some("port")),
        ("", "Pod", "/spec/containers/0/volumeMounts", vec!["mountPath"], Some("mountPath")),
        ("", "Pod", "/metadata/ownerReferences", vec!["uid"], Some("uid")),
        ("", "Pod", "/spec/topologySpreadConstraints", vec!["topologyKey", "whenUnsatisfiable"], Some("topologyKey")),
        ("apps", "Deployment", "/spec/template/spec/initContainers/12/env", vec!["name"], Some("name")),
        ("apps", "Deployment", "/status/conditions", vec!["type"], Some("type")),
        ("", "Node", "/spec/taints", vec![], None),
    ];
    for (group, kind, path, keys, patch_key) in cases {
        let field = field(group, kind, path);
        assert_eq!(field.list_keys(), keys, "{path}");
        assert_eq!(field.patch_key(), patch_key, "{path}");
        let expected = if keys.is_empty() { ListType::Atomic } else { ListType::Map };
        assert_eq!(field.list_type(), Some(expected), "{path}");
    }
    assert_eq!(field("", "Pod", "/metadata/finalizers").list_type(), Some(ListType::Set));
    assert_eq!(field("", "Pod", "/metadata/finalizers").patch_strategies(), ["merge"]);
    assert_eq!(field("", "Pod", "/spec/volumes").patch_strategies(), ["merge", "retainKeys"]);
}

#[test]
fn atomic_maps_are_known_by_field_and_by_type() {
    for (group, kind, path) in [
        ("", "Pod", "/spec/nodeSelector"),
        ("", "Service", "/spec/selector"),
        ("apps", "Deployment", "/spec/selector"),
        ("", "Pod", "/spec/containers/0/env/0/valueFrom/secretKeyRef"),
        ("", "Pod", "/metadata/ownerReferences/0"),
        ("rbac.authorization.k8s.io", "RoleBinding", "/roleRef"),
    ] {
        assert_eq!(place(group, kind, path).map_type(), Some(MapType::Atomic), "{path}");
    }
    assert_eq!(place("", "Pod", "/metadata/labels").map_type(), None);
}

#[test]
fn fields_have_types_enums_and_defaults() {
    let protocol = field("", "Pod", "/spec/containers/0/ports/0/protocol");
    assert_eq!((protocol.default(), protocol.ty()), (Some("\"TCP\""), Type::String));
    assert!(["SCTP", "TCP", "UDP"].iter().all(|value| protocol.values().iter().any(|known| known == value)));
    assert!(field("apps", "Deployment", "/spec/replicas").is_pointer());
    assert!(field("apps", "Deployment", "/spec/selector").is_required());
    assert!(!field("apps", "Deployment", "/spec/paused").is_required());
    assert_eq!(field("apps", "Deployment", "/spec/strategy/rollingUpdate/maxSurge").ty(), Type::IntOrString);
    assert_eq!(field("", "Pod", "/spec/containers/0/resources/limits/cpu").ty(), Type::Quantity);
    // Inlined members.
    assert_eq!(field("", "Pod", "/spec/volumes/0/emptyDir/sizeLimit").ty(), Type::Quantity);
    assert_eq!(field("", "Pod", "/spec/containers/0/livenessProbe/httpGet/port").ty(), Type::IntOrString);
    let usages = field("certificates.k8s.io", "CertificateSigningRequest", "/spec/usages");
    assert_eq!(usages.shape(), Shape::List);
    assert!(usages.values().iter().any(|value| value == "digital signature"));
}

#[test]
fn paths_that_do_not_exist_lead_nowhere() {
    let pod = table().kind("", "v1", "Pod").unwrap().message();
    for path in ["/spec/containrs", "/spec/0", "/spec/containers/name", "/metadata/labels/a/b", "/spec/nodeName/x", "/kind"] {
        assert!(pod.walk(path).is_none(), "{path}");
    }
    assert!(matches!(pod.walk(""), Some(Place::Object(message)) if message.is_typed()));
    assert!(matches!(pod.walk("/metadata/labels/app.kubernetes.io~1name"), Some(Place::Item(_))));
}

#[test]
fn kinds_are_found_by_name_and_by_resource() {
    let table = table();
    assert!(table.version().starts_with("v1."));
    let pods = table.resource("", "v1", "pods").unwrap();
    assert_eq!(pods.name(), "Pod");
    let resource = pods.resource().unwrap();
    assert_eq!((resource.singular(), resource.short_names(), resource.categories()), ("pod", &["po"][..], &["all"][..]));
    assert!(resource.is_namespaced() && resource.verbs().contains(&"deletecollection"));
    let eviction = resource.subresources().iter().find(|sub| sub.name() == "eviction").unwrap();
    assert_eq!((eviction.kind(), eviction.verbs()), (("policy", "v1", "Eviction"), &["create"][..]));
    assert!(!table.resource("", "v1", "nodes").unwrap().resource().unwrap().is_namespaced());
    assert_eq!(
        table.resource("apiextensions.k8s.io", "v1", "customresourcedefinitions").unwrap().name(),
        "CustomResourceDefinition"
    );
    // A kind of a former release has a message and no resource.
    assert!(table.kind("extensions", "v1beta1", "Ingress").unwrap().resource().is_none());
    assert!(table.kind("apps", "v1", "Widget").is_none());
    let options = table.message_of("apps/v1", "DeleteOptions").unwrap();
    assert!(options.field("gracePeriodSeconds").is_some_and(Field::is_pointer));
}

#[test]
fn every_resource_has_a_list_kind() {
    for kind in table().kinds() {
        if kind.resource().is_some_and(|resource| resource.verbs().contains(&"list")) && kind.name() != "ComponentStatus" {
            let list = table().kind(kind.group(), kind.version(), &format!("{}List", kind.name())).unwrap();
            let items = list.message().field("items").unwrap();
            assert_eq!(items.ty().message().unwrap().name(), kind.message().name());
        }
    }
}

#[test]
fn a_field_is_found_by_number_and_by_name() {
    for message in table().messages() {
        for field in message.fields() {
            assert_eq!(message.field_numbered(field.number()).unwrap().name(), field.name());
            if !field.is_inline() {
                assert_eq!(message.field(field.name()).unwrap().number(), field.number());
            }
        }
    }
}
