//! The world at a moment, as objects to start from.

use std::fmt;

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Value, json};

use super::replacement::Replacement;
use kuberewind_model::json::pointer;
use kuberewind_model::k8s::kinds::BUILTIN;
use kuberewind_model::redact::SessionKey;
use kuberewind_model::{
    Actor, Direction, Error, ErrorKind, History, Kind, Lineage, Moment, Object, ObjectId, ObjectKey, Outcome, Perspective,
    Result, Shape,
};

/// Objects per read.
const PAGE: usize = 1_024;
/// The most objects.
const MAX_OBJECTS: usize = 100_000;
/// Operations on a Lease that are searched for its last write.
const LEASE_OPERATIONS: usize = 64;

/// What the world is read for.
pub struct WorldOptions<'a> {
    pub at: Moment,
    pub replaced: &'a Replacement,
    /// Values to set: the object as `Kind/namespace/name`, the JSON pointer and the value.
    pub set: &'a [(String, String, String)],
}

/// The world to start from.
#[derive(Debug, Default)]
pub struct StartWorld {
    pub(super) objects: Vec<Value>,
    /// The highest resourceVersion of the recording.
    pub(super) highest: u64,
    pub(super) redacted: Vec<RedactedValue>,
    /// What the user should know about the world.
    pub remarks: Vec<String>,
}

/// A value of which only a hash is known.
#[derive(Debug, Clone)]
pub(super) struct RedactedValue {
    pub(super) key: ObjectKey,
    object: String,
    path: String,
}

impl fmt::Display for RedactedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} is redacted: its hash is served", self.object, self.path)
    }
}

impl StartWorld {
    /// Reads the world at a moment. Leases that the replaced actor holds are released.
    ///
    /// # Errors
    /// The recording cannot be read, a value cannot be set, or there are more than 100,000 objects.
    pub fn read(history: &dyn History, lineage: &Lineage, options: &WorldOptions<'_>) -> Result<StartWorld> {
        let mut world = StartWorld { highest: history.highest_resource_version()?, ..StartWorld::default() };
        let mut unset: Vec<&(String, String, String)> = options.set.iter().collect();
        let (mut after, mut incomplete) = (None, 0_u64);
        loop {
            let page = history.objects_at(lineage, options.at, Perspective::World, after, PAGE)?;
            for (id, _) in &page {
                let Some(object) = history.object(*id)? else { continue };
                let at = history.object_at(lineage, options.at, Perspective::World, *id)?;
                let whole = at.version.filter(|version| !version.gone && version.shape >= Shape::Reconstructed);
                let text = whole.and_then(|version| version.body).map(|body| history.body(body)).transpose()?.flatten();
                let Some(mut content) = text.and_then(|text| serde_json::from_str::<Value>(&text).ok()) else {
                    incomplete += 1;
                    continue;
                };
                if object.key.resource.as_ref() == "leases" && is_held(history, lineage, *id, options)? {
                    content["spec"]["holderIdentity"] = json!("");
                    world.remarks.push(format!("released {object}"));
                }
                for (_, path, value) in options.set.iter().filter(|(name, _, _)| *name == object.to_string()) {
                    set(&mut content, &object, path, value)?;
                    unset.retain(|one| one.0 != object.to_string() || one.1 != *path);
                }
                world.note_redacted(&object, &content);
                world.objects.push(content);
            }
            after = page.last().map(|(id, _)| *id);
            if world.objects.len() > MAX_OBJECTS {
                return Err(Error::new(
                    ErrorKind::Invalid,
                    format!("the world at {} has more than {MAX_OBJECTS} objects", options.at),
                ));
            }
            if page.len() < PAGE {
                break;
            }
        }
        if let Some((name, _, _)) = unset.first() {
            return Err(Error::new(ErrorKind::NotFound, format!("cannot set a value: {name} is not known at {}", options.at))
                .hint("write it as Kind/namespace/name; `kuberewind tree FILE --at M` lists the objects"));
        }
        if incomplete > 0 {
            let are = if incomplete == 1 { "object is" } else { "objects are" };
            world.remarks.push(format!("{incomplete} {are} not known as a whole at {} and left out", options.at));
        }
        world.define(history.kinds()?);
        Ok(world)
    }

    fn note_redacted(&mut self, object: &Object, content: &Value) {
        let mut open = vec![(String::new(), content)];
        while let Some((path, value)) = open.pop() {
            match value {
                Value::Object(map) => open.extend(map.iter().map(|(key, value)| (pointer::child(&path, key).to_string(), value))),
                Value::Array(list) => {
                    open.extend(list.iter().enumerate().map(|(at, value)| (pointer::item(&path, at).to_string(), value)));
                }
                Value::String(text) if SessionKey::is_replacement(text) => {
                    self.redacted.push(RedactedValue { key: object.key.clone(), object: object.to_string(), path });
                }
                _ => {}
            }
        }
    }

    /// Adds a definition for each custom kind whose own definition is not in the world. It accepts every object.
    fn define(&mut self, kinds: Vec<Kind>) {
        let is_defined = |world: &StartWorld, name: &str| {
            world.objects.iter().any(|object| object["kind"] == "CustomResourceDefinition" && object["metadata"]["name"] == name)
        };
        for kind in kinds {
            let builtin = BUILTIN.iter().any(|row| *row.group == *kind.group && *row.resource == *kind.resource);
            let name = format!("{}.{}", kind.resource, kind.group);
            if builtin || kind.group.is_empty() || kind.kind.is_empty() || kind.versions.is_empty() || is_defined(self, &name) {
                continue;
            }
            let namespaced = kind.namespaced.unwrap_or_else(|| {
                let is_one = |object: &&Value| object["kind"] == *kind.kind;
                self.objects.iter().find(is_one).is_none_or(|object| object["metadata"]["namespace"].is_string())
            });
            let schema = json!({"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}});
            let newest = kind.versions.len() - 1;
            let versions = kind.versions.iter().enumerate().map(|(at, version)| {
                json!({"name": &**version, "served": true, "storage": at == newest, "schema": schema, "subresources": {"status": {}}})
            });
            self.objects.push(json!({
                "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": name},
                "spec": {
                    "group": &*kind.group, "scope": if namespaced { "Namespaced" } else { "Cluster" },
                    "names": {"plural": &*kind.resource, "singular": kind.kind.to_lowercase(), "kind": &*kind.kind, "listKind": format!("{}List", kind.kind)},
                    "versions": versions.collect::<Vec<_>>(),
                },
            }));
            self.remarks.push(format!("the definition of {name} is not in the recording: every object of that kind is accepted"));
        }
    }
}

/// True if the replaced actor wrote the Lease last.
fn is_held(history: &dyn History, lineage: &Lineage, lease: ObjectId, options: &WorldOptions<'_>) -> Result<bool> {
    let actors = history.actors()?;
    for seq in history.operations_on(lineage, lease, options.at.next(), Direction::Backward, LEASE_OPERATIONS)? {
        let Some(operation) = history.operation(lineage, seq)? else { continue };
        if operation.verb.is_write() && operation.outcome == Outcome::Done {
            let name = actors.iter().find(|Actor { id, .. }| *id == operation.actor).map(|actor| actor.name.clone());
            return Ok(name.is_some_and(|name| options.replaced.includes(&name)));
        }
    }
    Ok(false)
}

/// Sets a value: JSON, or else a string. In the data of a Secret it is encoded.
fn set(content: &mut Value, object: &Object, path: &str, value: &str) -> Result<()> {
    let is_secret = object.key.group.is_empty() && &*object.key.resource == "secrets" && path.starts_with("/data/");
    let value = match serde_json::from_str(value) {
        _ if is_secret => json!(BASE64_STANDARD.encode(value)),
        Ok(value) => value,
        Err(_) => json!(value),
    };
    let Some((parent, key)) = path.rsplit_once('/') else {
        return Err(Error::new(ErrorKind::Invalid, format!("{path:?} is no JSON pointer")).hint("write it as /data/password"));
    };
    let key = key.replace("~1", "/").replace("~0", "~");
    match content.pointer_mut(parent) {
        Some(Value::Object(map)) => {
            map.insert(key, value);
            Ok(())
        }
        _ => Err(Error::new(ErrorKind::NotFound, format!("cannot set {path}: {object} has no object {parent:?}"))),
    }
}
