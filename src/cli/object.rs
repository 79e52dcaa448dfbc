//! OBJECT: an object as kubectl names it.

use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use crate::cli::completion::candidates;
use crate::cli::target::{DatabaseArgs, Target};
use kuberewind_model::k8s::kinds;
use kuberewind_model::{Error, ErrorKind, Kind, Moment, Object, ObjectId, ObjectKey, ObjectQuery, Perspective, Result};
use kuberewind_session::{OpenRecording, Source};
use kuberewind_text::nearest;

/// The most names in an error message.
const MAX_NAMES: usize = 50;
/// The most objects that a lookup reads.
const MAX_OBJECTS: usize = 1_000;

#[derive(Debug, Clone, Args)]
pub struct ObjectArgs {
    /// Object: deploy/checkout, Deployment/shop/checkout, or deploy checkout. A recording may precede it: run.db deploy/checkout
    #[arg(value_name = "[FILE] OBJECT", required = true, num_args = 1..=3, add = ArgValueCompleter::new(candidates::objects))]
    words: Vec<String>,
    /// Look in this namespace
    #[arg(short = 'n', long, value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    #[command(flatten)]
    pub database: DatabaseArgs,
}

impl ObjectArgs {
    /// Finds the recording: FILE before the object, `-d`, or the default.
    pub fn target(&self) -> Result<Target> {
        self.database.target_of(self.split().0)
    }

    /// Exchanges the first word.
    pub fn swap_first(&mut self, word: &mut String) {
        if let Some(first) = self.words.first_mut() {
            std::mem::swap(first, word);
        }
    }

    /// The words that name the object.
    pub fn words(&self) -> &[String] {
        self.split().1
    }

    /// A recording before the object, and the object. A folder `deploy` does not turn `deploy checkout` into a recording: a whole
    /// object must follow.
    fn split(&self) -> (Option<&str>, &[String]) {
        match self.database.split(&self.words) {
            (Some(file), object) if object.len() > 1 || object.iter().any(|word| is_whole(word)) => (Some(file), object),
            _ => (None, &self.words),
        }
    }

    /// The words as typed.
    pub fn text(&self) -> String {
        self.words().join(" ")
    }

    /// Returns the key of the object. The key does not change when the object is deleted and created again.
    ///
    /// Fails if no kind matches, or several objects do.
    pub fn find_key(&self, source: &dyn Source) -> Result<ObjectKey> {
        let query = self.query()?;
        let mut keys: Vec<ObjectKey> = source.find_objects(&query, MAX_OBJECTS)?.into_iter().map(|object| object.key).collect();
        keys.sort();
        keys.dedup();
        match keys.len() {
            1 => Ok(keys.remove(0)),
            0 => unseen_key(source, &query),
            count => {
                let names: Vec<String> =
                    keys.iter().take(MAX_NAMES).map(|key| format!("{}/{}/{}", key.resource, key.namespace, key.name)).collect();
                Err(Error::new(ErrorKind::Invalid, format!("{} is ambiguous: it matches {count} objects", self.text()))
                    .hint(format!("name one of {}", names.join(", "))))
            }
        }
    }

    /// Returns the incarnations of the object, oldest first. Fails as [`Self::find_key`], and if the recording never mentions the
    /// object.
    pub fn find_incarnations(&self, source: &dyn Source) -> Result<Vec<Object>> {
        let key = self.find_key(source)?;
        let query = ObjectQuery {
            kind: if key.group.is_empty() { key.resource.to_string() } else { format!("{}.{}", key.resource, key.group) },
            namespace: Some(key.namespace.to_string()),
            name: Some(key.name.to_string()),
        };
        let mut objects = source.find_objects(&query, MAX_OBJECTS)?;
        objects.sort_by_key(|object| object.incarnation);
        if objects.is_empty() {
            return Err(Error::new(ErrorKind::NotFound, format!("the recording has no object {}", self.text())));
        }
        Ok(objects)
    }

    /// Returns the incarnation that exists at a moment, else the newest one.
    pub fn find_object(&self, recording: &OpenRecording, at: Moment) -> Result<ObjectId> {
        let objects = self.find_incarnations(recording.source())?;
        let key = &objects[0].key;
        let known = recording.source().key_at(recording.lineage(), at, Perspective::World, key)?.object;
        Ok(known.as_ref().or(objects.last()).map_or(objects[0].id, |object| object.id))
    }

    /// Reads `kind/name`, `kind/namespace/name` or `kind name`.
    fn query(&self) -> Result<ObjectQuery> {
        let parts: Vec<&str> = self.words().iter().flat_map(|word| word.split('/')).collect();
        let (kind, namespace, name) = match parts.as_slice() {
            [kind, name] => (*kind, None, *name),
            [kind, namespace, name] => (*kind, Some((*namespace).to_owned()), *name),
            _ => ("", None, ""),
        };
        if kind.is_empty() || name.is_empty() {
            return Err(Error::new(ErrorKind::Invalid, format!("cannot read the object {:?}", self.text()))
                .hint("write deploy/checkout -n shop, or Deployment/shop/checkout"));
        }
        if let (Some(inside), Some(flag)) = (&namespace, &self.namespace)
            && inside != flag
        {
            return Err(Error::new(ErrorKind::Invalid, format!("{} and -n {flag} name different namespaces", self.text())));
        }
        Ok(ObjectQuery {
            kind: kind.to_owned(),
            namespace: namespace.or_else(|| self.namespace.clone()),
            name: Some(name.to_owned()),
        })
    }
}

/// True for `kind/name` and for the number of an operation.
fn is_whole(word: &str) -> bool {
    word.contains('/') || word.trim_start_matches('#').parse::<u64>().is_ok()
}

/// Returns the key of an object that the recording never mentions: a complete list may still prove that it is absent. The kind
/// comes from the recording, else from the built-in kinds.
fn unseen_key(source: &dyn Source, query: &ObjectQuery) -> Result<ObjectKey> {
    let recorded = source.kinds()?.into_iter().find(|kind| names(kind, &query.kind)).map(|kind| (kind.group, kind.resource));
    let builtin = || kinds::by_any_name(&query.kind).map(|kind| (kind.group.into(), kind.resource.into()));
    let Some((group, resource)) = recorded.or_else(builtin) else {
        let error = Error::new(ErrorKind::NotFound, format!("the recording has no kind {:?}", query.kind));
        let kinds = source.kinds()?;
        let names = kinds.iter().flat_map(|kind| [&*kind.kind, &*kind.resource]).chain(kinds::BUILTIN.iter().map(|row| row.kind));
        return Err(match nearest(&query.kind, names) {
            Some(name) => error.hint(format!("did you mean {name}?")),
            None => error.hint("list the kinds with `kuberewind sql 'select distinct resource_kind from operations'`"),
        });
    };
    let namespace = query.namespace.clone().unwrap_or_default().into();
    Ok(ObjectKey { group, resource, namespace, name: query.name.clone().unwrap_or_default().into() })
}

fn names(kind: &Kind, word: &str) -> bool {
    let same = |text: &str| text.eq_ignore_ascii_case(word);
    same(&kind.kind)
        || same(&kind.resource)
        || same(&format!("{}.{}", kind.resource, kind.group))
        || kind.short_names.iter().any(|name| same(name))
}
