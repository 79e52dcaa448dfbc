//! The kinds that the server serves: built-in and custom ones.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kuberewind_kinds::{Kind, Resource, table};
use serde_json::Value;

use super::resource_type::{ResourceType, Scale, TableKey};
use super::seen_kind::SeenKind;
use super::{convert, custom};
use kuberewind_model::k8s::kinds::BUILTIN;
use kuberewind_model::k8s::status::Status;

/// Versions that are served beside those of [`BUILTIN`].
const OLDER: &[(&str, &str, &str)] = &[("autoscaling", "v1", "horizontalpodautoscalers")];

/// The kinds by group and plural, then by version in order of preference.
/// Clones share them until a definition changes.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    types: Arc<BTreeMap<TableKey, Vec<Arc<ResourceType>>>>,
    /// Kinds that are created and never stored: reviews, bindings.
    transient: Arc<Vec<Arc<ResourceType>>>,
    /// Those of the built-in kinds that were not seen.
    unseen: Arc<BTreeSet<TableKey>>,
    /// True if discovery leaves out the kinds that were not seen.
    hides_unseen: bool,
    /// True if each kind has its own objects, even if a real server stores them as those of another group.
    is_apart: bool,
}

/// What clients can do with the objects of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Read them.
    Read,
    /// Read and write them, and create objects of any built-in kind.
    Write,
}

/// The verbs of a server that only shows objects.
const READS: &[&str] = &["get", "list", "watch"];

impl Registry {
    /// The built-in kinds whose objects are stored, in the order of [`BUILTIN`].
    pub(super) fn builtin() -> Registry {
        let (mut types, mut transient) = (BTreeMap::<_, Vec<_>>::new(), Vec::new());
        let rows = BUILTIN.iter().map(|row| (row.group, row.version, row.resource)).chain(OLDER.iter().copied());
        for (group, version, plural) in rows {
            let Some(kind) = table().resource(group, version, plural) else { continue };
            let Some(resource) = kind.resource() else { continue };
            let served = Arc::new(resource_type(kind, resource));
            if is_stored(resource) {
                types.entry(served.table.clone()).or_default().push(served);
            } else if resource.verbs() == ["create"] {
                transient.push(served);
            }
        }
        Registry { types: Arc::new(types), transient: Arc::new(transient), ..Registry::default() }
    }

    /// The kinds that were seen, and the reviews. The definitions say more about custom kinds. The other built-in kinds can be read too,
    /// because clients such as `kubectl describe` expect them. Discovery lists them only if clients can write.
    #[must_use]
    pub fn of_seen<'a>(
        seen: impl IntoIterator<Item = SeenKind>,
        definitions: impl IntoIterator<Item = &'a Value>,
        access: Access,
    ) -> Registry {
        let builtin = Registry::builtin();
        let mut types = BTreeMap::new();
        for kind in seen.into_iter().filter(is_readable) {
            let key = TableKey::new(&kind.group, &kind.plural);
            let known = builtin.types.get(&key).cloned().unwrap_or_default();
            let known: Vec<ResourceType> = known.iter().map(|known| (**known).clone()).collect();
            types.insert(key, kind.versions_of(&known));
        }
        for definition in definitions {
            let versions = custom::types_of(definition);
            let Some(table) = versions.first().map(|first| first.table.clone()) else { continue };
            if types.contains_key(&table) && !builtin.types.contains_key(&table) {
                types.insert(table, versions);
            }
        }
        let with_verbs = |mut resource: ResourceType| {
            if access == Access::Read {
                resource.verbs = READS.to_vec();
            }
            Arc::new(resource)
        };
        let types = types.into_iter().filter(|(_, versions)| !versions.is_empty());
        let mut types: BTreeMap<TableKey, Vec<_>> =
            types.map(|(key, versions)| (key, versions.into_iter().map(with_verbs).collect())).collect();
        let unseen: BTreeSet<TableKey> = builtin.types.keys().filter(|key| !types.contains_key(key)).cloned().collect();
        types.extend(unseen.iter().filter_map(|key| Some((key.clone(), builtin.types.get(key)?.clone()))));
        let stores = |resource: &Arc<ResourceType>| access == Access::Write || resource.kind.ends_with("Review");
        let transient = builtin.transient.iter().filter(|resource| stores(resource)).cloned().collect();
        Registry {
            types: Arc::new(types),
            transient: Arc::new(transient),
            unseen: Arc::new(unseen),
            hides_unseen: access == Access::Read,
            is_apart: true,
        }
    }

    /// The `apiVersion` and `kind` of a table's objects in the preferred version.
    #[must_use]
    pub fn preferred_type(&self, table: &TableKey) -> Option<(String, String)> {
        self.preferred(table).map(|resource| (resource.api_version(), resource.kind.clone()))
    }

    /// The kind at a URL path.
    pub(super) fn find(&self, group: &str, version: &str, plural: &str) -> Result<Arc<ResourceType>, Status> {
        let key = TableKey { group: group.into(), plural: plural.into() };
        let versions = self.types.get(&key).ok_or_else(Status::no_such_resource)?;
        versions.iter().find(|resource| &*resource.version == version).cloned().ok_or_else(Status::no_such_resource)
    }

    /// True for a built-in kind that was not seen.
    pub(super) fn is_unseen(&self, resource: &ResourceType) -> bool {
        self.unseen.contains(&resource.table)
    }

    /// The kind that stores the objects of a kind.
    pub(super) fn storage_of(&self, resource: &Arc<ResourceType>) -> Arc<ResourceType> {
        let stored = convert::stored_as(&resource.table.group, &resource.version, &resource.table.plural);
        let stored = stored.filter(|(group, _)| !self.is_apart || *group == &*resource.table.group);
        let stored = stored.and_then(|(group, version)| self.find(group, version, &resource.table.plural).ok());
        stored.unwrap_or_else(|| resource.clone())
    }

    /// The kind of a body: `apps/v1`, `Deployment`.
    pub(super) fn find_kind(&self, api_version: &str, kind: &str) -> Option<Arc<ResourceType>> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        self.all()
            .find(|resource| &*resource.table.group == group && &*resource.version == version && resource.kind == kind)
            .cloned()
    }

    /// The kind of a URL path whose objects are never stored.
    pub(super) fn find_transient(&self, group: &str, version: &str, plural: &str) -> Option<Arc<ResourceType>> {
        let mut all = self.transient.iter();
        all.find(|resource| resource.is(group, plural) && &*resource.version == version).cloned()
    }

    /// All kinds of discovery.
    pub(super) fn served(&self) -> impl Iterator<Item = &Arc<ResourceType>> {
        self.all().chain(&*self.transient)
    }

    /// The stored kinds of discovery, by group and plural.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<ResourceType>> {
        let is_listed = |key: &TableKey| !self.hides_unseen || !self.unseen.contains(key);
        self.types.iter().filter(move |(key, _)| is_listed(key)).flat_map(|(_, versions)| versions)
    }

    /// The preferred version of a table's kind.
    pub(super) fn preferred(&self, table: &TableKey) -> Option<&Arc<ResourceType>> {
        self.types.get(table).and_then(|versions| versions.first())
    }

    /// Serves the kinds of a CustomResourceDefinition in place of those it defined before.
    pub(super) fn define(&mut self, definition: &Value) {
        let versions = custom::types_of(definition);
        let Some(table) = versions.first().map(|first| first.table.clone()) else { return };
        if self.types.get(&table).is_some_and(|old| old.iter().any(|resource| resource.custom.is_none())) {
            return; // A definition never shadows a built-in kind.
        }
        Arc::make_mut(&mut self.types).insert(table, versions.into_iter().map(Arc::new).collect());
    }

    /// Stops serving the kinds of a definition and returns the table whose objects must be deleted.
    pub(super) fn forget(&mut self, definition: &Value) -> Option<TableKey> {
        let spec = &definition["spec"];
        let key = TableKey { group: spec["group"].as_str()?.into(), plural: spec["names"]["plural"].as_str()?.into() };
        let custom = self.types.get(&key)?.iter().all(|resource| resource.custom.is_some());
        custom.then(|| Arc::make_mut(&mut self.types).remove(&key))??;
        Some(key)
    }
}

/// True if the objects of a resource can be created and read. Reviews are only created, component statuses only read.
fn is_stored(resource: &Resource) -> bool {
    ["create", "get"].iter().all(|verb| resource.verbs().contains(verb))
}

/// False for built-in kinds that are only created, such as reviews and bindings.
fn is_readable(seen: &SeenKind) -> bool {
    let known = seen.versions.iter().find_map(|version| table().resource(&seen.group, version, &seen.plural)?.resource());
    known.is_none_or(|resource| resource.verbs().contains(&"get"))
}

fn resource_type(kind: &Kind, resource: &Resource) -> ResourceType {
    let has = |name: &str| resource.subresources().iter().any(|one| one.name() == name);
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    ResourceType {
        table: TableKey::new(kind.group(), resource.plural()),
        version: kind.version().into(),
        kind: kind.name().to_owned(),
        list_kind: format!("{}List", kind.name()),
        singular: resource.singular().to_owned(),
        short_names: owned(resource.short_names()),
        categories: owned(resource.categories()),
        namespaced: resource.is_namespaced(),
        verbs: resource.verbs().to_vec(),
        has_status: has("status"),
        scale: has("scale").then(|| Scale {
            replicas: ".spec.replicas".to_owned(),
            status_replicas: ".status.replicas".to_owned(),
            selector: None,
        }),
        custom: None,
    }
}
