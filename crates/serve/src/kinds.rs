//! The kinds that the server shows: those of the recording.

use std::sync::Arc;

use kuberewind_cluster::{Access, Registry, SeenKind, TableKey, Version};
use kuberewind_model::k8s::kinds::BUILTIN;
use kuberewind_model::{Kind, ObjectQuery, Result};
use kuberewind_session::Source;
use serde_json::Value;

/// Returns the kinds of a recording, with the facts from their definitions at the cursor.
pub(crate) fn registry(
    source: &dyn Source,
    kinds: &[Kind],
    definitions: &[Arc<Version>],
    with_namespaces: bool,
    access: Access,
) -> Result<Registry> {
    let mut seen = Vec::new();
    for kind in kinds.iter().filter(|kind| is_readable(kind)) {
        seen.push(SeenKind {
            group: kind.group.to_string(),
            plural: kind.resource.to_string(),
            versions: kind.versions.iter().rev().map(ToString::to_string).collect(),
            kind: kind.kind.to_string(),
            namespaced: is_namespaced(source, kind)?,
            short_names: kind.short_names.iter().map(ToString::to_string).collect(),
            schema: schema(kind),
            // Without a definition this is not known. Most operators write the status of their own kinds through the subresource.
            has_status: access == Access::Write,
        });
    }
    if with_namespaces {
        let namespaces = SeenKind { plural: "namespaces".to_owned(), ..SeenKind::default() };
        if !seen.iter().any(|kind| kind.group.is_empty() && kind.plural == namespaces.plural) {
            seen.push(namespaces);
        }
    }
    Ok(Registry::of_seen(seen, definitions.iter().map(|definition| &***definition), access))
}

/// False for a kind that the recorded discovery lists without a verb for reading.
fn is_readable(kind: &Kind) -> bool {
    kind.verbs.is_empty() || kind.verbs.iter().any(|verb| matches!(&**verb, "get" | "list"))
}

fn schema(kind: &Kind) -> Option<Value> {
    serde_json::from_str(kind.schema.as_deref()?).ok()
}

/// True if the objects of a kind have namespaces. If that is not recorded, the first recorded object decides.
fn is_namespaced(source: &dyn Source, kind: &Kind) -> Result<bool> {
    let builtin = BUILTIN.iter().find(|row| *row.group == *kind.group && *row.resource == *kind.resource);
    if let Some(known) = builtin.map(|row| row.namespaced).or(kind.namespaced) {
        return Ok(known);
    }
    let first = source.find_objects(&query_of(kind), 1)?;
    Ok(first.first().is_none_or(|object| !object.key.namespace.is_empty()))
}

/// Selects the objects of a kind, and of kinds of other groups with the same plural if the kind is of the core group.
pub(crate) fn query_of(kind: &Kind) -> ObjectQuery {
    let named = if kind.group.is_empty() { kind.resource.to_string() } else { format!("{}.{}", kind.resource, kind.group) };
    ObjectQuery { kind: named, ..ObjectQuery::default() }
}

pub(crate) fn key_of(kind: &Kind) -> TableKey {
    TableKey { group: kind.group.clone(), plural: kind.resource.clone() }
}
