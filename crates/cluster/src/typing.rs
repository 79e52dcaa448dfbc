//! The merge type of each list and map in an object: by key, as a set, or atomic.
//!
//! For built-in kinds, the table of kinds has it. Custom kinds have it in their schema (`x-kubernetes-list-type`, `-list-map-keys`,
//! `-map-type`).

use kuberewind_kinds::{ListType, MapType, Place, Shape, table};
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
    /// A place in an object of a built-in kind.
    Builtin(Place),
    /// A field of a custom kind.
    Schema { schema: &'a Value, root: bool },
    /// Unknown: maps are merged, lists are replaced.
    Unknown,
}

/// A member of a map or struct.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member<'a> {
    pub(super) typ: Type<'a>,
    /// True if the existence of the member cannot be owned: Go structs always have it, even if it is empty.
    pub(super) implied: bool,
    /// True if it is an entry of a map rather than a field of a struct.
    pub(super) applied: bool,
}

/// The name of `metadata`'s type in OpenAPI.
pub(super) const OBJECT_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

impl<'a> Type<'a> {
    /// The type of the whole object.
    pub(super) fn root(resource: &'a ResourceType) -> Type<'a> {
        match resource.custom.as_ref().map(|custom| custom.schema.as_ref()) {
            Some(Some(schema)) => Type::Schema { schema, root: true },
            Some(None) => Type::Unknown,
            None => resource.builtin().map_or(Type::Unknown, |kind| Type::Builtin(Place::Object(kind.message()))),
        }
    }

    /// The type of `metadata`.
    fn metadata() -> Type<'a> {
        table().message_named(OBJECT_META).map_or(Type::Unknown, |message| Type::Builtin(Place::Object(message)))
    }

    /// The type of a member of a map.
    pub(super) fn member(self, name: &str) -> Type<'a> {
        match self {
            Type::Schema { root: true, .. } | Type::Unknown if name == "metadata" => Type::metadata(),
            Type::Schema { schema, .. } => match schema["properties"].get(name).or_else(|| schema.get("additionalProperties")) {
                Some(schema) if schema.is_object() => Type::Schema { schema, root: false },
                _ => Type::Unknown,
            },
            Type::Unknown => Type::Unknown,
            Type::Builtin(place) => place.member(name).map_or(Type::Unknown, Type::Builtin),
        }
    }

    /// The type of an item of a list.
    pub(super) fn item(self) -> Type<'a> {
        match self {
            Type::Schema { schema, .. } => match schema.get("items") {
                Some(schema) => Type::Schema { schema, root: false },
                None => Type::Unknown,
            },
            Type::Builtin(place) => place.item().map_or(Type::Unknown, Type::Builtin),
            Type::Unknown => Type::Unknown,
        }
    }

    /// The merge type of a list under apply.
    pub(super) fn list(self) -> ListKind<'a> {
        match self {
            Type::Builtin(Place::Field(field)) => match field.list_type() {
                Some(ListType::Map) => ListKind::Map(field.list_keys().to_vec()),
                Some(ListType::Set) => ListKind::Set,
                _ => ListKind::Atomic,
            },
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
            Type::Builtin(place) => place.map_type() == Some(MapType::Atomic),
            Type::Schema { schema, .. } => schema["x-kubernetes-map-type"] == "atomic",
            Type::Unknown => false,
        }
    }

    /// True if the items of the list are owned whole, as `ownerReferences` are.
    pub(super) fn has_atomic_items(self) -> bool {
        matches!(self, Type::Builtin(_)) && self.item().is_atomic_map()
    }

    /// The merge key of a list of objects under strategic merge patch. Without one, the list is replaced.
    pub(super) fn patch_key(self) -> Option<&'static str> {
        let Type::Builtin(Place::Field(field)) = self else { return None };
        field.patch_key().filter(|_| field.patch_strategies().contains(&"merge"))
    }

    /// True if strategic merge patch merges the list of scalars as a set.
    pub(super) fn is_set(self) -> bool {
        let Type::Builtin(Place::Field(field)) = self else { return false };
        field.shape() == Shape::List && field.patch_key().is_none() && field.patch_strategies().contains(&"merge")
    }

    /// The type of a member of a map, and who can own it.
    pub(super) fn member_facts(self, name: &str) -> Member<'a> {
        let (implied, applied) = match self {
            Type::Builtin(place) => {
                let member = place.member(name);
                let implied = match member {
                    Some(Place::Field(field)) => {
                        let nested = field.shape() == Shape::Single && field.ty().message().is_some();
                        !field.is_pointer() && (nested || !field.omits_empty())
                    }
                    _ => false,
                };
                let typ = member.map_or(Type::Unknown, Type::Builtin);
                return Member { typ, implied, applied: place.shape() == Shape::Map };
            }
            Type::Schema { root: true, .. } => (name == "metadata", false),
            Type::Schema { schema, .. } => (false, schema["properties"].get(name).is_none()),
            Type::Unknown => (name == "metadata", name != "metadata"),
        };
        Member { typ: self.member(name), implied, applied }
    }

    /// The default of a key that an item omits.
    pub(super) fn default_key(self, key: &str) -> Option<Value> {
        match self {
            Type::Builtin(place) => serde_json::from_str(place.item()?.message()?.field(key)?.default()?).ok(),
            Type::Schema { schema, .. } => schema["items"]["properties"][key].get("default").cloned(),
            Type::Unknown => None,
        }
    }
}
