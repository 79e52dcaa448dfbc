//! Names of objects that are not known at the cursor, for `--list-unknown`.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use kuberewind_cluster::{Name, TableKey};
use kuberewind_model::{Kind, Lineage, Moment, Object, ObjectId, ObjectQuery, Perspective, Presence, Result};
use kuberewind_session::Source;

use super::kinds::{key_of, query_of};
use super::state::{Recorded, RecordedTable};

/// The most names of one kind.
const MAX_NAMES: usize = 10_000;

/// Adds the names of a kind that the recording has, and of whose objects nothing is known at a moment.
pub(crate) fn add(
    source: &dyn Source,
    lineage: &Lineage,
    at: Moment,
    from: Perspective,
    kind: &Kind,
    table: &mut RecordedTable,
) -> Result<()> {
    for object in source.find_objects(&query_of(kind), MAX_NAMES)? {
        let name = name_of(&object);
        if object.key.group != kind.group || table.contains_key(&name) {
            continue;
        }
        if source.key_at(lineage, at, from, &object.key)?.presence == Presence::Unknown {
            table.insert(name, Recorded { object: object.id, version: None, revision: None });
        }
    }
    Ok(())
}

/// Adds the namespaces that recorded objects are in and that were never seen themselves.
pub(crate) fn add_namespaces(
    source: &dyn Source,
    lineage: &Lineage,
    at: Moment,
    from: Perspective,
    table: &mut RecordedTable,
) -> Result<()> {
    let objects = source.find_objects(&ObjectQuery::default(), MAX_NAMES)?;
    let used: BTreeSet<_> = objects.into_iter().map(|object| object.key.namespace).filter(|name| !name.is_empty()).collect();
    let namespaces = key_of(&Kind::named("", "namespaces"));
    for namespace in used {
        let name = Name::new("", &namespace);
        if table.contains_key(&name) {
            continue;
        }
        let key = kuberewind_model::ObjectKey {
            group: namespaces.group.clone(),
            resource: namespaces.plural.clone(),
            namespace: "".into(),
            name: namespace,
        };
        if source.key_at(lineage, at, from, &key)?.presence == Presence::Unknown {
            let state = Recorded { object: invented_id(&name), version: None, revision: None };
            table.insert(name, state);
        }
    }
    Ok(())
}

/// An id for an object that the recording does not have. It is negative, unlike all ids in a recording.
fn invented_id(name: &Name) -> ObjectId {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    ObjectId(-1 - i64::try_from(hasher.finish() >> 1).unwrap_or_default())
}

pub(crate) fn name_of(object: &Object) -> Name {
    Name { namespace: object.key.namespace.clone(), name: object.key.name.clone() }
}

/// True for the kind of namespaces.
pub(crate) fn is_namespaces(key: &TableKey) -> bool {
    key.group.is_empty() && &*key.plural == "namespaces"
}
