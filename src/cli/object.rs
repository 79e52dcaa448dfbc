//! From what a person writes to an object, a moment and a perspective.

use crate::cli::args::ObjectArgs;
use crate::session::{OpenRecording, Source};
use kuberewind_model::k8s::kinds;
use kuberewind_model::{
    Error, ErrorKind, Kind, Moment, MomentSpec, Object, ObjectId, ObjectKey, ObjectQuery, Perspective, Result,
};

/// More than this many objects of one name are not listed.
const MANY: usize = 50;

/// Which object is meant: exactly one key, whatever its incarnations.
///
/// # Errors
/// Where the words name no object, or several.
pub fn find_key(source: &dyn Source, args: &ObjectArgs) -> Result<ObjectKey> {
    let query = query(args)?;
    let mut keys: Vec<ObjectKey> = source.find_objects(&query, MANY * 20)?.into_iter().map(|object| object.key).collect();
    keys.sort();
    keys.dedup();
    match keys.len() {
        1 => Ok(keys.remove(0)),
        0 => unseen_key(source, &query),
        _ => {
            let names: Vec<String> =
                keys.iter().take(MANY).map(|key| format!("{}/{}/{}", key.resource, key.namespace, key.name)).collect();
            Err(Error::new(ErrorKind::Invalid, format!("{} objects are meant by {}", keys.len(), args.object.join(" ")))
                .hint(format!("name one: {}", names.join(", "))))
        }
    }
}

/// The incarnations of the object that is meant, oldest first.
///
/// # Errors
/// As [`find_key`], and where the recording never names it.
pub fn find_incarnations(source: &dyn Source, args: &ObjectArgs) -> Result<Vec<Object>> {
    let key = find_key(source, args)?;
    let query = ObjectQuery {
        kind: if key.group.is_empty() { key.resource.to_string() } else { format!("{}.{}", key.resource, key.group) },
        namespace: Some(key.namespace.to_string()),
        name: Some(key.name.to_string()),
    };
    let mut objects = source.find_objects(&query, MANY * 20)?;
    objects.sort_by_key(|object| object.incarnation);
    if objects.is_empty() {
        return Err(Error::new(ErrorKind::NotFound, format!("{} is not in the recording", args.object.join(" "))));
    }
    Ok(objects)
}

/// The incarnation that is meant at a moment: the one known then, else the newest.
///
/// # Errors
/// As [`find_incarnations`].
pub fn find_object(recording: &OpenRecording, args: &ObjectArgs, at: Moment) -> Result<ObjectId> {
    let objects = find_incarnations(recording.source(), args)?;
    let key = &objects[0].key;
    let known = recording.source().key_at(recording.lineage(), at, Perspective::World, key)?.object;
    Ok(known.as_ref().or(objects.last()).map_or(objects[0].id, |object| object.id))
}

/// `kind/name`, `kind/namespace/name`, `kind name`; `-n` names the namespace.
fn query(args: &ObjectArgs) -> Result<ObjectQuery> {
    let parts: Vec<&str> = args.object.iter().flat_map(|word| word.split('/')).collect();
    let (kind, namespace, name) = match parts.as_slice() {
        [kind, name] => (*kind, None, *name),
        [kind, namespace, name] => (*kind, Some((*namespace).to_owned()), *name),
        _ => ("", None, ""),
    };
    if kind.is_empty() || name.is_empty() {
        return Err(Error::new(ErrorKind::Invalid, format!("{:?} names no object", args.object.join(" ")))
            .hint("write deploy/checkout -n shop, or Deployment/shop/checkout"));
    }
    if let (Some(inside), Some(flag)) = (&namespace, &args.namespace)
        && inside != flag
    {
        return Err(Error::new(ErrorKind::Invalid, format!("two namespaces are named: {inside} and -n {flag}")));
    }
    Ok(ObjectQuery {
        kind: kind.to_owned(),
        namespace: namespace.or_else(|| args.namespace.clone()),
        name: Some(name.to_owned()),
    })
}

/// The key of an object that the recording never names: its kind is looked up among those recorded, then among those
/// every server has. A complete list may still say that it is absent.
fn unseen_key(source: &dyn Source, query: &ObjectQuery) -> Result<ObjectKey> {
    let recorded = source.kinds()?.into_iter().find(|kind| names(kind, &query.kind)).map(|kind| (kind.group, kind.resource));
    let builtin = || kinds::by_any_name(&query.kind).map(|kind| (kind.group.into(), kind.resource.into()));
    let Some((group, resource)) = recorded.or_else(builtin) else {
        return Err(Error::new(ErrorKind::NotFound, format!("no kind {:?} is in the recording", query.kind))
            .hint("`kuberewind sql 'select distinct resource_kind from operations'` lists them"));
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

/// The moment that a person names. It may name another session, which is then looked at.
///
/// # Errors
/// Where it does not parse or is not there.
pub fn find_moment(recording: &mut OpenRecording, text: &str) -> Result<Moment> {
    let place = recording.find(&MomentSpec::parse(text)?, false)?;
    if place.session != recording.session().no {
        let sessions = recording.source().sessions()?;
        if let Some(session) = sessions.iter().find(|session| session.no == place.session) {
            recording.look_at(&session.session_id)?;
        }
    }
    Ok(place.at)
}

/// Whose view to use: the world's, or that of the actor's incarnation at that moment.
///
/// # Errors
/// Where there is no such actor, or it had not begun.
pub fn perspective(recording: &OpenRecording, actor: Option<&str>, at: Moment) -> Result<Perspective> {
    let Some(name) = actor else { return Ok(Perspective::World) };
    let actors = recording.source().actors()?;
    let Some(actor) = actors.iter().find(|actor| &*actor.name == name) else {
        let names: Vec<&str> = actors.iter().map(|actor| &*actor.name).take(MANY).collect();
        return Err(Error::new(ErrorKind::NotFound, format!("there is no actor {name:?} in the recording"))
            .hint(format!("the actors are {}", names.join(", "))));
    };
    let viewers = recording.source().viewers(recording.lineage(), actor.id)?;
    match viewers.iter().rev().find(|viewer| viewer.since < at || viewer.since == Moment::START) {
        Some(viewer) => Ok(Perspective::View(viewer.id)),
        None => Err(Error::new(ErrorKind::NotFound, format!("{name} had not begun at {at}"))),
    }
}
