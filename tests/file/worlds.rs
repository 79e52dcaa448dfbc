//! The differences of worlds and the objects of a kind, compared with the worlds at every moment.

use std::collections::BTreeMap;

use kuberewind_file::Recording;
use kuberewind_model::{History, Lineage, Object, ObjectId, Perspective, Seq, VersionId, WorldChange};

/// The objects that are present at a moment.
type World = BTreeMap<ObjectId, VersionId>;

/// Compares the answers for all pairs of moments with what a walk from one world to the next finds.
pub fn check(recording: &Recording, lineage: &Lineage, moments: impl Iterator<Item = u64>) {
    let worlds: Vec<(Seq, World)> = moments.map(|seq| (Seq(seq), world(recording, lineage, Seq(seq)))).collect();
    for (first, (a, old)) in worlds.iter().enumerate() {
        for (last, (b, new)) in worlds.iter().enumerate().skip(first) {
            let mut expected = Vec::new();
            for object in old.keys().chain(new.keys().filter(|object| !old.contains_key(object))) {
                let (before, after) = (old.get(object).copied(), new.get(object).copied());
                if before != after {
                    let changed = |pair: &&[(Seq, World)]| pair[0].1.get(object) != pair[1].1.get(object);
                    let last = worlds[first..=last].windows(2).rev().find(changed).expect("something changed it")[1].0;
                    expected.push(WorldChange { object: *object, before, after, last });
                }
            }
            expected.sort_by_key(|change| (change.last, change.object));
            let found = recording.changed_between(lineage, *a, *b, usize::MAX).unwrap();
            assert_eq!(found, expected, "from {a} to {b}");
            assert_eq!(
                recording.changed_between(lineage, *a, *b, 1).unwrap(),
                expected.iter().take(1).copied().collect::<Vec<_>>()
            );
            let undone = |change: &WorldChange| WorldChange { before: change.after, after: change.before, ..*change };
            let back: Vec<WorldChange> = expected.iter().rev().map(undone).collect();
            assert_eq!(recording.changed_between(lineage, *b, *a, usize::MAX).unwrap(), back, "from {b} back to {a}");
        }
    }
    for (at, world) in &worlds {
        kinds(recording, lineage, *at, world);
    }
}

fn world(recording: &Recording, lineage: &Lineage, at: Seq) -> World {
    recording.objects_at(lineage, at, Perspective::World, None, 1_000).unwrap().into_iter().collect()
}

/// The objects of all kinds together are the world and each view, whole and in pages, and each has its own name.
fn kinds(recording: &Recording, lineage: &Lineage, at: Seq, world: &World) {
    let mut views = vec![(Perspective::World, world.clone())];
    for actor in recording.actors().unwrap() {
        for viewer in recording.viewers(lineage, actor.id).unwrap() {
            let from = Perspective::View(viewer.id);
            views.push((from, recording.objects_at(lineage, at, from, None, 1_000).unwrap().into_iter().collect()));
        }
    }
    for (from, view) in views {
        let mut all = World::new();
        for kind in recording.kinds().unwrap() {
            let kind = kind.id.unwrap();
            let ask =
                |namespace, after, limit| recording.objects_of_kind_at(lineage, at, from, kind, namespace, after, limit).unwrap();
            let found = ask(None, None, 1_000);
            let mut pages: Vec<(Object, VersionId)> = Vec::new();
            loop {
                let page = ask(None, pages.last().map(|(object, _)| object.id), 1);
                if page.is_empty() {
                    break;
                }
                pages.extend(page);
            }
            assert_eq!(pages, found, "{from:?} at {at}");
            assert_eq!(ask(Some("shop"), None, 1_000), found, "all objects of the story are in one namespace");
            assert!(ask(Some("nowhere"), None, 1_000).is_empty() && ask(Some(""), None, 1_000).is_empty());
            for (object, version) in found {
                assert_eq!(recording.object(object.id).unwrap().as_ref(), Some(&object));
                assert_eq!(object.kind, kind);
                all.insert(object.id, version);
            }
        }
        assert_eq!(all, view, "{from:?} at {at}");
    }
}
