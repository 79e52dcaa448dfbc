//! A small session, written and read back.

use kuberewind_file::{NewSession, OpenOptions, Recording, SessionWriter};
use kuberewind_model::{
    Direction, History, ObjectKey, ObservationKind, Perspective, Presence, Seq, SessionNo, SessionState, Sink, StepTarget, Verb,
};

use crate::events::{START, list, says, shows, state};

fn checkout() -> ObjectKey {
    ObjectKey { group: "apps".into(), resource: "deployments".into(), namespace: "shop".into(), name: "checkout".into() }
}

#[test]
fn an_object_is_unknown_then_present_then_gone_and_its_past_stays_readable() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut writer = SessionWriter::begin(&file, NewSession::new("s1", START, 7)).unwrap();
    let three = r#"{"spec":{"replicas":3}}"#;
    let five = r#"{"spec":{"replicas":5}}"#;
    for event in list("shop/checkout", 1, 1, "10", true, vec![]) {
        writer.take(event).unwrap();
    }
    writer.take(shows("shop/checkout", Verb::Added, 2, state("checkout", "u1", "11", three))).unwrap();
    writer.take(shows("hpa", Verb::Update, 3, state("checkout", "u1", "12", five))).unwrap();
    writer.take(shows("shop/checkout", Verb::Modified, 4, state("checkout", "u1", "12", five))).unwrap();
    writer.take(shows("shop/checkout", Verb::Deleted, 5, says(ObservationKind::Gone, "checkout", "u1", "13"))).unwrap();
    writer.finish().unwrap();

    let recording = Recording::open(&file, &OpenOptions::default()).unwrap();
    let sessions = recording.sessions().unwrap();
    assert_eq!((sessions[0].operations, sessions[0].state), (5, SessionState::Closed));
    let lineage = recording.lineage(SessionNo(0)).unwrap();
    let at = |seq| recording.key_at(&lineage, Seq(seq), Perspective::World, &checkout()).unwrap();
    let body = |seq: u64| {
        at(seq).version.and_then(|version| version.body).map(|body| recording.body(body).unwrap().unwrap().to_string())
    };
    assert_eq!(at(0).presence, Presence::Unknown);
    assert_eq!(at(1).presence, Presence::Absent);
    assert_eq!((at(2).presence, body(2).as_deref()), (Presence::Present, Some(three)));
    assert_eq!((at(4).presence, body(4).as_deref()), (Presence::Present, Some(five)));
    assert_eq!(at(5).presence, Presence::Absent);
    assert_eq!(at(5).before.unwrap().resource_version.as_ref(), "12");

    // The watching actor saw the change one operation later; hpa never saw the deletion.
    let actors = recording.actors().unwrap();
    let viewer = |name: &str| {
        let actor = actors.iter().find(|actor| actor.name.as_ref() == name).unwrap().id;
        Perspective::View(recording.viewers(&lineage, actor).unwrap()[0].id)
    };
    let seen = |name: &str, seq| recording.key_at(&lineage, Seq(seq), viewer(name), &checkout()).unwrap();
    let rv = |name: &str, seq| seen(name, seq).version.map(|version| version.resource_version.to_string());
    assert_eq!(rv("shop/checkout", 3).as_deref(), Some("11"));
    assert_eq!(rv("shop/checkout", 4).as_deref(), Some("12"));
    assert_eq!(seen("shop/checkout", 5).presence, Presence::Absent);
    assert_eq!((seen("hpa", 2).presence, seen("hpa", 5).presence), (Presence::Unknown, Presence::Present));

    let step = |from, step_target: &StepTarget| recording.step(&lineage, Seq(from), Direction::Forward, step_target).unwrap();
    assert_eq!(step(0, &StepTarget::Write), Some(Seq(3)));
    assert_eq!(step(3, &StepTarget::Write), None);
    let density = recording.density(&lineage, Seq(1)..=Seq(5), 1).unwrap();
    assert_eq!((density[0].reads, density[0].writes, density[0].watch_events), (1, 1, 3));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "a clean end leaves one file");
}
