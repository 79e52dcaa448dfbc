//! Compares the worlds at the end of both sessions by normalised content.

use std::collections::BTreeMap;

use super::bookkeeping::is_bookkeeping;
use super::change::paths_between;
use super::contents::visit_pairs;
use super::names::ComparedName;
use super::result::{ObjectDifference, WorldDifference};
use super::side::Side;
use crate::normalise::Content;
use kuberewind_model::{BodyId, History, Perspective, Result, Seq, Version, VersionId};

/// Objects per read.
const PAGE: usize = 4_096;
/// The most objects that are listed.
const MAX_OBJECTS: usize = 1_000;

/// An object that is present at the end of a session.
struct Present {
    /// `Kind/namespace/name`.
    name: String,
    version: VersionId,
    body: Option<BodyId>,
    first_observed: Seq,
}

type World = BTreeMap<ComparedName, Vec<Present>>;

pub(super) fn world_difference(old: &Side<'_>, new: &Side<'_>) -> Result<WorldDifference> {
    let (mut before, after) = (world(old)?, world(new)?);
    // After a common past, both worlds share the versions of objects that nobody has changed since.
    let shared = old.history.recording()?.id == new.history.recording()?.id;
    let is_shared = |one: &Present, other: &Present| shared && one.version == other.version && one.first_observed <= old.after;
    let mut difference = WorldDifference::default();
    let mut pairs = Vec::new();
    for (key, present) in after {
        let (mut was, mut is) = (before.remove(&key).unwrap_or_default(), present);
        for one in take_pairs(&mut was, &mut is) {
            if !is_shared(&one.0, &one.1) {
                pairs.push(one);
            }
        }
        was.iter().for_each(|gone| list(&mut difference, only(Some(gone), None)));
        is.iter().for_each(|added| list(&mut difference, only(None, Some(added))));
    }
    before.values().flatten().for_each(|gone| list(&mut difference, only(Some(gone), None)));
    compare_pairs(old.history, new.history, &pairs, &mut difference)?;
    difference.objects.sort_by(|a, b| a.object.cmp(&b.object));
    Ok(difference)
}

fn world(side: &Side<'_>) -> Result<World> {
    let (mut world, mut after) = (World::new(), None);
    loop {
        let page = side.history.objects_at(side.lineage, side.lineage.last(), Perspective::World, after, PAGE)?;
        let Some((last, _)) = page.last() else { return Ok(world) };
        after = Some(*last);
        let mut ids: Vec<VersionId> = page.iter().map(|(_, version)| *version).collect();
        ids.sort_unstable();
        let versions: Vec<Version> = side.history.versions_of_ids(&ids)?;
        for (object, version) in &page {
            let Ok(at) = versions.binary_search_by_key(version, |found| found.id) else { continue };
            let Some(object) = side.history.object(*object)? else { continue };
            if is_bookkeeping(&object.key.group, &object.key.resource) {
                continue;
            }
            let (body, first_observed) = (versions[at].body, versions[at].first_observed);
            let present = Present { name: object.to_string(), version: *version, body, first_observed };
            world.entry(ComparedName::of(&object.key)).or_default().push(present);
        }
        if page.len() < PAGE {
            return Ok(world);
        }
    }
}

/// Takes the pairs of objects out of both lists: first those with the same name, then the others in the order of their names.
fn take_pairs(old: &mut Vec<Present>, new: &mut Vec<Present>) -> Vec<(Present, Present)> {
    let mut pairs = Vec::new();
    let mut others = Vec::new();
    for is in new.drain(..) {
        match old.iter().position(|was| was.name == is.name) {
            Some(at) => pairs.push((old.swap_remove(at), is)),
            None => others.push(is),
        }
    }
    old.sort_by(|a, b| a.name.cmp(&b.name));
    others.sort_by(|a, b| a.name.cmp(&b.name));
    let count = old.len().min(others.len());
    pairs.extend(old.drain(..count).zip(others.drain(..count)));
    *new = others;
    pairs
}

fn only(old: Option<&Present>, new: Option<&Present>) -> ObjectDifference {
    let name = new.or(old).map(|present| present.name.clone()).unwrap_or_default();
    ObjectDifference { object: name, old: old.map(|one| one.version), new: new.map(|one| one.version), paths: Vec::new() }
}

fn list(difference: &mut WorldDifference, object: ObjectDifference) {
    if difference.objects.len() < MAX_OBJECTS {
        difference.objects.push(object);
    } else {
        difference.more += 1;
    }
}

/// Compares objects that are present in both worlds.
fn compare_pairs(
    old: &dyn History,
    new: &dyn History,
    pairs: &[(Present, Present)],
    difference: &mut WorldDifference,
) -> Result<()> {
    for chunk in pairs.chunks(PAGE / 16) {
        let before = contents(old, chunk.iter().map(|(was, _)| was.body))?;
        let after = contents(new, chunk.iter().map(|(_, is)| is.body))?;
        for (at, (was, is)) in chunk.iter().enumerate() {
            let (Some(Some(one)), Some(Some(other))) = (before.get(at), after.get(at)) else { continue };
            let paths = paths_between(one, other);
            if !paths.is_empty() {
                list(difference, ObjectDifference { paths, ..only(Some(was), Some(is)) });
            }
        }
    }
    Ok(())
}

fn contents(history: &dyn History, bodies: impl Iterator<Item = Option<BodyId>>) -> Result<Vec<Option<Content>>> {
    let pairs: Vec<_> = bodies.map(|body| (None, body)).collect();
    let mut found = Vec::with_capacity(pairs.len());
    visit_pairs(history, &pairs, &mut |_, _, content| {
        found.push(content.cloned());
        Ok(())
    })?;
    Ok(found)
}
