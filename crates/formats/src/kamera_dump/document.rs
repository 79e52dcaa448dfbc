//! The parts of a dump that are read.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Debug, Deserialize)]
pub(super) struct Dump<'a> {
    #[serde(default, borrow)]
    objects: Vec<HashedObject<'a>>,
    #[serde(borrow)]
    pub(super) states: Vec<State<'a>>,
}

#[derive(Debug, Deserialize)]
struct HashedObject<'a> {
    hash: Hash,
    #[serde(borrow)]
    object: &'a RawValue,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Hash {
    value: String,
    strategy: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct State<'a> {
    #[serde(default)]
    pub(super) id: String,
    #[serde(default)]
    pub(super) error: Option<String>,
    #[serde(default, borrow)]
    pub(super) paths: Option<Vec<Vec<Step<'a>>>>,
}

/// One reconcile of a path.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Step<'a> {
    #[serde(default)]
    pub(super) controller_id: String,
    #[serde(default)]
    pub(super) frame_id: String,
    #[serde(default)]
    pub(super) changes: Changes,
    #[serde(default)]
    pub(super) error: Option<String>,
    /// Used in the first step of a path only.
    #[serde(default, borrow)]
    pub(super) state_before: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Changes {
    pub(super) effects: Option<Vec<Effect>>,
    pub(super) observations: Option<Vec<Effect>>,
}

/// A call of a step.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Effect {
    pub(super) op_type: String,
    pub(super) key: Key,
    #[serde(default)]
    pub(super) version: Hash,
    #[serde(default)]
    pub(super) precondition: Option<Precondition>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Precondition {
    pub(super) resource_version: Option<String>,
}

/// An object's key, in the newer or the older notation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Key {
    #[serde(alias = "ObjectID")]
    pub(super) object_id: String,
    #[serde(alias = "identityGroup")]
    pub(super) resource_group: String,
    #[serde(alias = "identityKind")]
    pub(super) resource_kind: String,
    #[serde(alias = "Namespace")]
    pub(super) namespace: String,
    #[serde(alias = "Name")]
    pub(super) name: String,
}

/// An object in a state.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Known {
    pub(super) key: Key,
    pub(super) hash: Hash,
}

/// The objects by their hashes.
pub(super) type Objects<'a> = HashMap<Hash, &'a RawValue>;

impl<'a> Dump<'a> {
    pub(super) fn objects(&self) -> Objects<'a> {
        self.objects.iter().map(|hashed| (hashed.hash.clone(), hashed.object)).collect()
    }
}

impl Step<'_> {
    /// The objects before the step.
    pub(super) fn known_before(&self) -> Vec<Known> {
        self.state_before.and_then(|state| serde_json::from_str(state.get()).ok()).unwrap_or_default()
    }
}
