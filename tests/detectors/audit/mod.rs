//! The same story as a recording and as an audit log, at each level and for each policy.

mod encoder;

use std::collections::BTreeMap;

use kuberewind_analysis::Analysis;
use kuberewind_analysis::finding::{Class, Finding, Severity};
use kuberewind_analysis::queries::history::{HistoryLimits, history};
use kuberewind_analysis::settings::Settings;
use kuberewind_file::{OpenOptions, Recording};
use kuberewind_model::{Event, History, ObjectQuery, Verb};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::real::import_into;
use crate::story::{Story, analyse_session, record};
use encoder::{Level, Policy, user};

const LEVELS: [Level; 3] = [Level::Metadata, Level::Request, Level::RequestResponse];
const POLICIES: [Policy; 5] = [
    Policy::of(Level::Metadata),
    Policy::of(Level::Request),
    Policy::of(Level::RequestResponse),
    // The kube-up policy: a status at level Request.
    Policy { objects: Level::RequestResponse, status: Level::Request, reads: false },
    Policy { objects: Level::Metadata, status: Level::RequestResponse, reads: true },
];

fn imported(events: &[Event], policy: Policy) -> (tempfile::TempDir, Recording) {
    let folder = tempfile::tempdir().expect("a folder");
    let log = encoder::write(events, policy, folder.path());
    let output = folder.path().join("run.db");
    import_into(&log, &output);
    let recording = Recording::open(&output, &OpenOptions::default()).expect("it opens");
    (folder, recording)
}

fn as_audit_log(events: &[Event], policy: Policy) -> Analysis {
    let (_folder, recording) = imported(events, policy);
    let session = recording.sessions().expect("sessions")[0].no;
    analyse_session(&recording, session, &Settings::default())
}

fn work(analysis: &Analysis) -> Vec<&Finding> {
    let is_work = |finding: &&Finding| {
        matches!(finding.class, Class::Loops | Class::Races) && finding.severity >= Severity::Warning && finding.is_head()
    };
    analysis.findings.iter().filter(is_work).collect()
}

/// Irregular pauses, in milliseconds.
fn pause(round: u64, mean: u64) -> u64 {
    mean / 2 + (round * 7_919) % mean
}

fn backup() -> Story {
    let mut story = Story::new();
    let status = json!({"phase": "Ready", "lastChecked": "2026-02-04T10:00:00Z", "managed": ["a", "b", "c"], "token": "x"});
    story.create("kubectl", "backups", "nightly", json!({"spec": {"size": 1, "owner": "x"}, "status": status}));
    story
}

/// Two writers of one field.
fn fight() -> Story {
    let mut story = backup();
    for round in 0..24_u64 {
        let (actor, size) = if round % 2 == 0 { ("ops/backup", 1) } else { ("hpa", 5) };
        story.after(pause(round, 250));
        story.put(actor, "backups", "nightly", json!({"spec": {"size": size, "owner": "x"}, "status": {}}));
    }
    story
}

/// One writer that changes a field for its own reasons.
fn autoscaler() -> Story {
    let mut story = backup();
    for round in 0..24_u64 {
        story.after(45_000 + pause(round, 20_000));
        story.put("hpa", "backups", "nightly", json!({"spec": {"size": 1 + round % 3, "owner": "x"}, "status": {}}));
    }
    story
}

/// A write that is refused so many times, and then succeeds.
fn refused(times: u64) -> Story {
    let words = "User \"ops\" cannot update resource \"backups\"";
    let mut story = backup();
    for _ in 0..times {
        story.after(60_000).refuse_saying("ops/backup", Verb::Update, ("backups", "nightly"), 403, words);
    }
    story.after(60_000).put("ops/backup", "backups", "nightly", json!({"spec": {"size": 2, "owner": "x"}, "status": {}}));
    story
}

/// Trouble by name, the actors that must be named, and the healthy twin.
fn pairs() -> Vec<(&'static str, Vec<&'static str>, Story, Story)> {
    let status_every = |values: &dyn Fn(u64, String) -> Value, rounds: u64, gap: &dyn Fn(u64) -> u64| {
        let mut story = backup();
        for round in 1..rounds {
            story.after(gap(round));
            let now = story.now();
            story.status("ops/backup", "backups", "nightly", values(round, now));
        }
        story
    };
    let orders = [["a", "b", "c"], ["c", "a", "b"], ["b", "c", "a"]];
    let quick = |round: u64| pause(round, 250);
    let clock = |_: u64| 2_000 - 2;
    vec![
        (
            "self-trigger",
            vec!["ops/backup"],
            status_every(&|_, now| json!({"lastChecked": now}), 60, &quick),
            status_every(&|_, now| json!({"lastChecked": now}), 60, &clock),
        ),
        (
            "ever-changing status",
            vec!["ops/backup"],
            status_every(&|round, _| json!({"token": format!("t{}", (round * 7_919) % 65_521)}), 60, &quick),
            status_every(&|round, _| json!({"token": format!("t{round}")}), 5, &|_| 30_000),
        ),
        (
            "order of a list",
            vec!["ops/backup"],
            status_every(&|round, _| json!({"managed": orders[usize::try_from(round).unwrap() % 3]}), 60, &|_| 145),
            status_every(&|round, _| json!({"managed": orders[0][..usize::try_from(round.min(3)).unwrap()]}), 5, &|_| 1_500),
        ),
        ("two writers", vec!["ops/backup", "hpa"], fight(), autoscaler()),
        ("refused write", vec!["ops/backup"], refused(8), refused(1)),
    ]
}

#[test]
fn each_trouble_is_named_at_each_level_and_each_twin_is_silent() {
    let mut failures = Vec::new();
    for (name, actors, trouble, twin) in pairs() {
        for policy in POLICIES {
            let analysis = as_audit_log(&trouble.events, policy);
            let found = work(&analysis);
            // Two writers without bodies only repeat their writes.
            let blind = name == "two writers" && policy.objects == Level::Metadata;
            let names_all = found
                .first()
                .is_some_and(|first| actors.iter().all(|actor| first.actors.iter().any(|known| *known == user(actor))));
            if !names_all && !blind {
                failures.push(format!("{name} at {policy:?}: {:?}", found.iter().map(|one| &one.sentence).collect::<Vec<_>>()));
            }
            let silent = as_audit_log(&twin.events, policy);
            if let Some(wrong) = work(&silent).first() {
                failures.push(format!("the twin of {name} at {policy:?}: {}", wrong.sentence));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// More evidence never finds less: what is found at a level is found at the fuller ones, about the same object.
#[test]
fn a_fuller_log_finds_no_less() {
    for (name, _, trouble, _) in pairs() {
        let found: Vec<bool> =
            LEVELS.iter().map(|level| !work(&as_audit_log(&trouble.events, Policy::of(*level))).is_empty()).collect();
        assert!(found.windows(2).all(|two| two[1] || !two[0]), "{name}: {found:?}");
    }
}

/// A version of an object: who wrote it, and what it changed, where that is known.
type Known = (Option<String>, Option<Vec<(String, Option<Value>, Option<Value>)>>);

/// Versions by object and resourceVersion, as the history says it.
fn versions(recording: &Recording) -> BTreeMap<(String, String), Known> {
    let session = recording.sessions().expect("sessions")[0].no;
    let lineage = recording.lineage(session).expect("a lineage");
    let objects =
        recording.find_objects(&ObjectQuery { kind: "backups".into(), namespace: None, name: None }, 16).expect("readable");
    let mut known = BTreeMap::new();
    for object in objects {
        let found = history(recording, &lineage, object.id, lineage.last(), HistoryLimits::default()).expect("a history");
        for version in found.versions.iter().filter(|version| !version.resource_version.is_empty()) {
            let author = version.writer.operation.and(version.writer.actor.clone()).map(|actor| user(&actor));
            let changed = version.remark.is_empty().then(|| {
                version.changed.iter().map(|change| (change.path.clone(), change.before.clone(), change.after.clone())).collect()
            });
            known.insert((found.object.clone(), version.resource_version.clone()), (author, changed));
        }
    }
    known
}

#[derive(Debug, Clone, Copy)]
enum Deed {
    Put(u8, u8, u8),
    Patch(u8, u8, u8),
    Get(u8, u8),
    Refuse(u8, u8),
    Deliver,
}

fn deed() -> impl Strategy<Value = Deed> {
    let (actor, object, value) = (0..3_u8, 0..2_u8, 0..4_u8);
    prop_oneof![
        4 => (actor.clone(), object.clone(), value.clone()).prop_map(|(a, o, v)| Deed::Put(a, o, v)),
        4 => (actor.clone(), object.clone(), value).prop_map(|(a, o, v)| Deed::Patch(a, o, v)),
        2 => (actor.clone(), object.clone()).prop_map(|(a, o)| Deed::Get(a, o)),
        1 => (actor, object).prop_map(|(a, o)| Deed::Refuse(a, o)),
        2 => Just(Deed::Deliver),
    ]
}

fn tell(deeds: &[Deed]) -> Story {
    let (actors, objects) = (["ops/backup", "hpa", "kubectl"], ["nightly", "weekly"]);
    let mut story = Story::new();
    for name in objects {
        story.create("kubectl", "backups", name, json!({"spec": {"size": 0}, "status": {"phase": "a"}}));
    }
    story.watch("ops/backup", "backups");
    for deed in deeds {
        story.after(50);
        let at = |actor: u8, object: u8| (actors[usize::from(actor)], objects[usize::from(object)]);
        match *deed {
            Deed::Put(a, o, v) => {
                story.put(at(a, o).0, "backups", at(a, o).1, json!({"spec": {"size": v}, "status": {"phase": "b"}}));
            }
            Deed::Patch(a, o, v) => {
                story.patch(at(a, o).0, "backups", at(a, o).1, json!({"status": {"phase": v.to_string()}}));
            }
            Deed::Get(a, o) => {
                story.get(at(a, o).0, "backups", at(a, o).1);
            }
            Deed::Refuse(a, o) => {
                story.refuse(at(a, o).0, Verb::Update, ("backups", at(a, o).1), (409, "Conflict"), "7");
            }
            Deed::Deliver => {
                story.deliver();
            }
        }
    }
    story
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// A recording and its encoding as an audit log never contradict each other.
    #[test]
    fn a_recording_and_its_audit_log_agree(deeds in proptest::collection::vec(deed(), 1..40), policy in 0..POLICIES.len()) {
        let story = tell(&deeds);
        let (_log, from_log) = imported(&story.events, POLICIES[policy]);
        let (_recorded, recording) = record(story.events);
        let (one, two) = (versions(&recording), versions(&from_log));
        for (version, (author, changed)) in &two {
            let Some((known, known_changes)) = one.get(version) else { continue };
            if let (Some(author), Some(known)) = (author, known) {
                prop_assert_eq!(author, known, "the author of {:?}", version);
            }
            // A log that lacks a version compares the next one with an older one.
            let whole = POLICIES[policy].objects == Level::RequestResponse && POLICIES[policy].status == Level::RequestResponse;
            if whole
                && let (Some(changed), Some(known)) = (changed, known_changes) {
                prop_assert!(changed.is_empty() || changed == known, "the changes of {:?}: {:?}, not {:?}", version, changed, known);
            }
        }
    }
}
