//! The merge type of each list and map in an object: by key, as a set, or atomic.
//!
//! For built-in kinds, the table here has the well-known merge keys by field name, which is unambiguous except for `ports`. Custom
//! kinds have them in their schema (`x-kubernetes-list-type`, `-list-map-keys`, `-map-type`).

use serde_json::Value;

use super::resource_type::ResourceType;

/// The merge type of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ListKind<'a> {
    /// Replaced whole.
    Atomic,
    /// Scalars, each at most once.
    Set,
    /// Objects with these fields as keys.
    Map(Vec<&'a str>),
}

/// The type of a field.
#[derive(Debug, Clone, Copy)]
pub(super) enum Type<'a> {
    /// A field of a built-in kind, with its row of the table.
    Builtin { field: Option<&'static Field>, service: bool },
    /// A top-level field of a built-in kind.
    Root { service: bool },
    /// A field of a custom kind.
    Schema { schema: &'a Value, root: bool },
    /// Unknown: maps are merged, lists are replaced.
    Unknown,
}

/// A field of a built-in kind with a special merge type.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field {
    name: &'static str,
    /// The list keys under server-side apply; empty for a set or an atomic value.
    keys: &'static [&'static str],
    /// The list key under strategic merge patch, '' if the list is replaced whole.
    patch_key: &'static str,
    rule: Rule,
}

#[derive(Debug, PartialEq, Eq)]
enum Rule {
    Keyed,
    Set,
    /// Atomic under apply; keyed or not under strategic merge patch.
    Atomic,
}

const fn keyed(name: &'static str, keys: &'static [&'static str], patch_key: &'static str) -> Field {
    Field { name, keys, patch_key, rule: Rule::Keyed }
}

const fn atomic(name: &'static str) -> Field {
    Field { name, keys: &[], patch_key: "", rule: Rule::Atomic }
}

const SERVICE_PORTS: Field = keyed("ports", &["port", "protocol"], "port");

/// The fields of built-in kinds with a special merge type. All other lists are replaced whole, all other maps are merged.
static FIELDS: &[Field] = &[
    keyed("containers", &["name"], "name"),
    keyed("initContainers", &["name"], "name"),
    keyed("ephemeralContainers", &["name"], "name"),
    keyed("env", &["name"], "name"),
    keyed("volumes", &["name"], "name"),
    keyed("volumeMounts", &["mountPath"], "mountPath"),
    keyed("volumeDevices", &["devicePath"], "devicePath"),
    keyed("ports", &["containerPort", "protocol"], "containerPort"),
    keyed("conditions", &["type"], "type"),
    keyed("ownerReferences", &["uid"], "uid"),
    keyed("imagePullSecrets", &["name"], "name"),
    keyed("secrets", &["name"], "name"),
    keyed("hostAliases", &["ip"], "ip"),
    keyed("topologySpreadConstraints", &["topologyKey", "whenUnsatisfiable"], "topologyKey"),
    keyed("webhooks", &["name"], "name"),
    keyed("podIPs", &["ip"], "ip"),
    keyed("hostIPs", &["ip"], "ip"),
    keyed("resourceClaims", &["name"], "name"),
    keyed("schedulingGates", &["name"], "name"),
    keyed("validations", &["name"], "name"),
    Field { name: "taints", keys: &[], patch_key: "key", rule: Rule::Atomic },
    Field { name: "addresses", keys: &["type"], patch_key: "type", rule: Rule::Keyed },
    Field { name: "finalizers", keys: &[], patch_key: "", rule: Rule::Set },
    Field { name: "podCIDRs", keys: &[], patch_key: "", rule: Rule::Set },
    atomic("selector"),
    atomic("labelSelector"),
    atomic("podSelector"),
    atomic("namespaceSelector"),
    atomic("nodeSelector"),
    atomic("fieldRef"),
    atomic("secretKeyRef"),
    atomic("configMapKeyRef"),
    atomic("resourceFieldRef"),
    atomic("secretRef"),
    atomic("roleRef"),
    atomic("claimRef"),
    atomic("involvedObject"),
    atomic("scaleTargetRef"),
    atomic("targetRef"),
];

/// Built-in structs that are part of their parent and never absent. Nobody can own their existence.
const ALWAYS_THERE: &[&str] =
    &["metadata", "spec", "status", "template", "strategy", "updateStrategy", "jobTemplate", "containers", "involvedObject"];

impl<'a> Type<'a> {
    /// The type of the whole object.
    pub(super) fn root(resource: &'a ResourceType) -> Type<'a> {
        match resource.custom.as_ref().map(|custom| custom.schema.as_ref()) {
            Some(Some(schema)) => Type::Schema { schema, root: true },
            Some(None) => Type::Unknown,
            None => Type::Root { service: resource.is("", "services") },
        }
    }

    /// The type of a member of a map.
    pub(super) fn member(self, name: &str) -> Type<'a> {
        match self {
            Type::Schema { root: true, .. } if name == "metadata" => Type::Root { service: false },
            Type::Schema { schema, .. } => match schema["properties"].get(name).or_else(|| schema.get("additionalProperties")) {
                Some(schema) if schema.is_object() => Type::Schema { schema, root: false },
                _ => Type::Unknown,
            },
            Type::Unknown if name == "metadata" => Type::Root { service: false },
            Type::Unknown => Type::Unknown,
            Type::Root { service } | Type::Builtin { service, .. } => {
                let ports = service && name == "ports";
                let field = if ports { Some(&SERVICE_PORTS) } else { FIELDS.iter().find(|field| field.name == name) };
                Type::Builtin { field, service }
            }
        }
    }

    /// The type of an item of a list.
    pub(super) fn item(self) -> Type<'a> {
        match self {
            Type::Schema { schema, .. } => match schema.get("items") {
                Some(schema) => Type::Schema { schema, root: false },
                None => Type::Unknown,
            },
            Type::Builtin { service, .. } | Type::Root { service } => Type::Builtin { field: None, service },
            Type::Unknown => Type::Unknown,
        }
    }

    /// The merge type of a list under apply.
    pub(super) fn list(self) -> ListKind<'a> {
        match self {
            Type::Builtin { field: Some(Field { rule: Rule::Keyed, keys, .. }), .. } => ListKind::Map(keys.to_vec()),
            Type::Builtin { field: Some(Field { rule: Rule::Set, .. }), .. } => ListKind::Set,
            Type::Schema { schema, .. } => match schema["x-kubernetes-list-type"].as_str() {
                Some("map") => {
                    let keys = schema["x-kubernetes-list-map-keys"].as_array().into_iter().flatten();
                    ListKind::Map(keys.filter_map(Value::as_str).collect())
                }
                Some("set") => ListKind::Set,
                _ => ListKind::Atomic,
            },
            _ => ListKind::Atomic,
        }
    }

    /// True if an apply replaces the map whole.
    pub(super) fn is_atomic_map(self) -> bool {
        match self {
            Type::Builtin { field, .. } => field.is_some_and(|field| field.rule == Rule::Atomic),
            Type::Schema { schema, .. } => schema["x-kubernetes-map-type"] == "atomic",
            _ => false,
        }
    }

    /// True if the items of the list are owned whole, as `ownerReferences` are.
    pub(super) fn has_atomic_items(self) -> bool {
        matches!(self, Type::Builtin { field: Some(Field { name: "ownerReferences" | "imagePullSecrets", .. }), .. })
    }

    /// The merge key of a list under strategic merge patch, and whether it is a merged set.
    pub(super) fn patch_key(self) -> Option<&'static str> {
        match self {
            Type::Builtin { field: Some(field), .. } if !field.patch_key.is_empty() => Some(field.patch_key),
            _ => None,
        }
    }

    /// True if the list is merged as a set.
    pub(super) fn is_set(self) -> bool {
        self.list() == ListKind::Set
    }

    /// True if the existence of the member cannot be owned, because it always exists.
    pub(super) fn is_always_there(self, name: &str) -> bool {
        match self {
            Type::Root { .. } | Type::Builtin { .. } => ALWAYS_THERE.contains(&name),
            Type::Schema { root, .. } => root && name == "metadata",
            Type::Unknown => name == "metadata",
        }
    }

    /// True if a member is an entry of a map rather than a field of a struct.
    pub(super) fn is_entry(self, name: &str) -> bool {
        match self {
            Type::Schema { root: true, .. } => false,
            Type::Schema { schema, .. } => schema["properties"].get(name).is_none(),
            Type::Unknown => name != "metadata",
            _ => false,
        }
    }

    /// The default of a key that an item omits.
    pub(super) fn default_key(self, key: &str) -> Option<Value> {
        match self {
            Type::Builtin { .. } if key == "protocol" => Some(Value::from("TCP")),
            Type::Schema { schema, .. } => schema["items"]["properties"][key].get("default").cloned(),
            _ => None,
        }
    }
}
