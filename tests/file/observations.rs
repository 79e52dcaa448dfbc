//! The effect of lists under selectors, deletions, partial shapes and unusual resourceVersions on the world and on a view.

use std::path::Path;

use kuberewind_file::{NewSession, OpenOptions, Recording, SessionWriter};
use kuberewind_model::{
    Direction, Event, History, ListKey, ObjectKey, Observation, ObservationKind, Observations, Page, Perspective, Presence, Seq,
    SessionNo, Shape, Sink, Verb,
};

use crate::events::{START, list, operation, says, shows, state};

struct Asked {
    recording: Recording,
    _folder: tempfile::TempDir,
}

fn recorded(events: Vec<Event>) -> Asked {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    write(&file, events);
    Asked { recording: Recording::open(&file, &OpenOptions::default()).unwrap(), _folder: folder }
}

fn write(file: &Path, events: Vec<Event>) {
    let mut writer = SessionWriter::begin(file, NewSession::new("s1", START, 7)).unwrap();
    for event in events {
        writer.take(event).unwrap();
    }
    writer.finish().unwrap();
}

fn key(name: &str) -> ObjectKey {
    ObjectKey { group: "apps".into(), resource: "deployments".into(), namespace: "shop".into(), name: name.into() }
}

impl Asked {
    fn world(&self, seq: u64, name: &str) -> (Presence, Option<String>) {
        self.ask(seq, name, Perspective::World)
    }

    fn view(&self, actor: &str, seq: u64, name: &str) -> Presence {
        let lineage = self.recording.lineage(SessionNo(0)).unwrap();
        let actor = self.recording.actors().unwrap().into_iter().find(|row| &*row.name == actor).unwrap().id;
        let viewer = self.recording.viewers(&lineage, actor).unwrap()[0].id;
        self.ask(seq, name, Perspective::View(viewer)).0
    }

    fn ask(&self, seq: u64, name: &str, from: Perspective) -> (Presence, Option<String>) {
        let lineage = self.recording.lineage(SessionNo(0)).unwrap();
        let seen = self.recording.key_at(&lineage, Seq(seq), from, &key(name)).unwrap();
        (seen.presence, seen.version.map(|version| version.resource_version.to_string()))
    }
}

/// A complete list under a selector.
fn narrowed(actor: &str, number: u64, rv: &str, items: Vec<Observation>) -> Vec<Event> {
    let mut events = list(actor, number, number, rv, true, items);
    if let Some(Event::Operation(operation)) = events.last_mut() {
        let page =
            Page { list: ListKey(number), resource_version: rv.into(), selector: "labelSelector=app%3Da".into(), complete: true };
        operation.observations = Observations::List(page);
    }
    events
}

#[test]
fn a_list_under_a_selector_proves_no_absence() {
    let mut events = vec![shows("one", Verb::Get, 1, state("b", "u2", "5", "{}"))];
    events.extend(narrowed("one", 2, "6", vec![state("a", "u1", "4", "{}")]));
    events.extend(narrowed("one", 3, "7", vec![]));
    let asked = recorded(events);
    assert_eq!(asked.world(2, "b").0, Presence::Present);
    assert_eq!(asked.world(2, "c").0, Presence::Unknown, "what a selector leaves out may be there");
    assert_eq!(asked.view("one", 3, "b"), Presence::Present, "got another way, it stays in the view");
    // Only the objects observed under that selector left the view.
    assert_eq!((asked.view("one", 2, "a"), asked.view("one", 3, "a")), (Presence::Present, Presence::Absent));
    assert_eq!(asked.world(3, "a").0, Presence::Present);
}

#[test]
fn leaving_a_selector_is_no_end() {
    let asked = recorded(vec![
        shows("one", Verb::Added, 1, state("a", "u1", "4", "{}")),
        shows("two", Verb::Added, 2, state("a", "u1", "4", "{}")),
        shows("one", Verb::Deleted, 3, says(ObservationKind::LeftView, "a", "u1", "5")),
    ]);
    assert_eq!((asked.view("one", 3, "a"), asked.view("two", 3, "a")), (Presence::Absent, Presence::Present));
    assert_eq!(asked.world(3, "a").0, Presence::Present);
}

#[test]
fn a_deletecollection_ends_each_of_its_items() {
    let mut events: Vec<Event> = ["a", "b", "c"]
        .into_iter()
        .zip(1..)
        .map(|(name, number)| shows("one", Verb::Added, number, state(name, &format!("u{number}"), &number.to_string(), "{}")))
        .collect();
    for (name, uid) in [("a", "u1"), ("b", "u2")] {
        let sight = state(name, uid, "9", "{}");
        events.push(Event::ListItem { list: ListKey(9), actor: "one".into(), observation: sight });
    }
    events.push(Event::Operation(Box::new(operation("one", Verb::DeleteCollection, 4, Observations::Removed(ListKey(9))))));
    let asked = recorded(events);
    let at = |seq| ["a", "b", "c"].map(|name| asked.world(seq, name).0);
    assert_eq!(at(3), [Presence::Present; 3]);
    assert_eq!(at(4), [Presence::Absent, Presence::Absent, Presence::Present]);
    assert_eq!(asked.view("one", 4, "a"), Presence::Absent);
}

#[test]
fn a_version_has_its_fullest_known_shape() {
    let metadata = Observation { shape: Shape::Metadata, ..state("a", "u1", "4", r#"{"metadata":{}}"#) };
    let asked = recorded(vec![
        shows("one", Verb::Added, 1, metadata.clone()),
        shows("two", Verb::Get, 2, state("a", "u1", "4", r#"{"metadata":{},"spec":{}}"#)),
        shows("one", Verb::Modified, 3, Observation { resource_version: "5".into(), ..metadata }),
    ]);
    let lineage = asked.recording.lineage(SessionNo(0)).unwrap();
    let shape = |seq| {
        let seen = asked.recording.key_at(&lineage, Seq(seq), Perspective::World, &key("a")).unwrap();
        (seen.version.as_ref().unwrap().shape, seen.version.unwrap().resource_version.to_string(), seen.object.unwrap().id)
    };
    assert_eq!((shape(1).0, shape(2).0), (Shape::Metadata, Shape::Full));
    assert_eq!((shape(3).0, shape(3).1.as_str()), (Shape::Metadata, "5"));
    let object = shape(3).2;
    let versions = |direction, limit| -> Vec<(String, Shape)> {
        let versions = asked.recording.versions(&lineage, object, Seq(1)..=Seq(3), direction, limit).unwrap();
        versions.into_iter().map(|version| (version.resource_version.to_string(), version.shape)).collect()
    };
    let (four, five) = (("4".to_owned(), Shape::Full), ("5".to_owned(), Shape::Metadata));
    assert_eq!(versions(Direction::Forward, 10), [four.clone(), five.clone()]);
    assert_eq!(versions(Direction::Backward, 10), [five.clone(), four.clone()]);
    assert_eq!((versions(Direction::Forward, 1), versions(Direction::Backward, 1)), (vec![four], vec![five]));
}

#[test]
fn resource_versions_that_are_no_numbers_rank_by_arrival() {
    let body = |n: u64| format!(r#"{{"spec":{{"replicas":{n}}}}}"#);
    let asked = recorded(vec![
        shows("one", Verb::Added, 1, state("a", "u1", "zz-9", &body(1))),
        shows("one", Verb::Modified, 2, state("a", "u1", "aa-1", &body(2))),
        shows("two", Verb::Get, 3, state("a", "u1", "zz-9", &body(1))),
        shows("two", Verb::Get, 4, state("a", "u1", "99999999999999999999999", &body(4))),
        shows("two", Verb::Get, 5, state("a", "u1", "", &body(5))),
    ]);
    let rv = |seq| asked.world(seq, "a").1.unwrap();
    assert_eq!([rv(1), rv(2), rv(3), rv(4), rv(5)], ["zz-9", "aa-1", "aa-1", "99999999999999999999999", ""]);
    let lineage = asked.recording.lineage(SessionNo(0)).unwrap();
    assert_eq!(asked.recording.at_resource_version(&lineage, "aa-1").unwrap(), Some(Seq(2)));
    assert_eq!(asked.recording.at_resource_version(&lineage, "nowhere").unwrap(), None);
}

#[test]
fn a_list_that_shows_an_older_state_than_it_should_makes_nothing_absent() {
    // As of 100 the list still contains the state of 50. The response to the write that made 70 arrives only then.
    let mut events = list("hpa", 1, 1, "100", true, vec![state("checkout", "u1", "50", r#"{"spec":{"replicas":3}}"#)]);
    events.push(shows("hpa", Verb::Update, 2, state("checkout", "u1", "70", r#"{"spec":{"replicas":5}}"#)));
    // An object that the list lacks, and that is as old, was already deleted.
    events.push(shows("hpa", Verb::Update, 3, state("basket", "u2", "80", "{}")));
    let asked = recorded(events);
    assert_eq!(asked.world(1, "checkout"), (Presence::Present, Some("50".into())));
    assert_eq!(asked.world(2, "checkout"), (Presence::Present, Some("70".into())), "it was there all along");
    assert_eq!(asked.world(3, "basket").0, Presence::Absent);
}
