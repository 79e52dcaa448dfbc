//! What must hold for any stream: no panic, and verdicts that depend on no name and no date.

use kuberewind::model::{Duration, Event, GapReason, NewGap, Seq, Shown, Verb};
use proptest::prelude::*;
use serde_json::json;

use crate::story::{START, Story, analyse};

#[derive(Debug, Clone, Copy)]
enum Deed {
    Put(u8, u8, u8),
    Patch(u8, u8, u8),
    Get(u8, u8),
    Recreate(u8, u8),
    Refuse(u8, u8, u16),
    Deliver,
    Relist(u8),
    Pause(u32),
    Reconcile(u8, u8),
    Gap,
}

fn deed() -> impl Strategy<Value = Deed> {
    let (actor, object, value) = (0..3_u8, 0..3_u8, 0..4_u8);
    prop_oneof![
        6 => (actor.clone(), object.clone(), value.clone()).prop_map(|(a, o, v)| Deed::Put(a, o, v)),
        6 => (actor.clone(), object.clone(), value).prop_map(|(a, o, v)| Deed::Patch(a, o, v)),
        3 => (actor.clone(), object.clone()).prop_map(|(a, o)| Deed::Get(a, o)),
        2 => (actor.clone(), object.clone()).prop_map(|(a, o)| Deed::Recreate(a, o)),
        2 => (actor.clone(), object.clone(), prop_oneof![Just(409_u16), Just(500), Just(404)]).prop_map(|(a, o, s)| Deed::Refuse(a, o, s)),
        6 => Just(Deed::Deliver),
        1 => actor.clone().prop_map(Deed::Relist),
        4 => (0..90_000_u32).prop_map(Deed::Pause),
        2 => (actor, object).prop_map(|(a, o)| Deed::Reconcile(a, o)),
        1 => Just(Deed::Gap),
    ]
}

/// Names for actors, objects and a field; and when it begins.
struct Names {
    actors: [&'static str; 3],
    objects: [&'static str; 3],
    field: &'static str,
    later: u64,
}

const ONE: Names = Names { actors: ["a", "b", "c"], objects: ["x", "y", "z"], field: "size", later: 0 };
const TWO: Names = Names {
    actors: ["shop/one", "hpa controller", "über"],
    objects: ["checkout", "front-end", "data.base"],
    field: "an~odd/name",
    later: 86_400_000 * 400,
};

fn tell(deeds: &[Deed], names: &Names) -> Story {
    let mut story = Story::new();
    story.after(names.later);
    for object in names.objects {
        story.create("kubectl", "backups", object, json!({"spec": {names.field: 0}, "status": {"phase": "a"}}));
    }
    for actor in names.actors {
        story.watch(actor, "backups");
    }
    for deed in deeds {
        match deed {
            Deed::Put(a, o, v) => {
                let body = json!({"spec": {names.field: v}, "status": {"phase": "b", "at": story.now()}});
                story.put(names.actors[usize::from(*a)], "backups", names.objects[usize::from(*o)], body);
            }
            Deed::Patch(a, o, v) => {
                let patch = json!({"status": {"phase": format!("phase {v}")}});
                story.patch(names.actors[usize::from(*a)], "backups", names.objects[usize::from(*o)], patch);
            }
            Deed::Get(a, o) => {
                story.get(names.actors[usize::from(*a)], "backups", names.objects[usize::from(*o)]);
            }
            Deed::Recreate(a, o) => {
                let (actor, object) = (names.actors[usize::from(*a)], names.objects[usize::from(*o)]);
                story.delete(actor, "backups", object);
                story.create(actor, "backups", object, json!({"spec": {names.field: 0}}));
            }
            Deed::Refuse(a, o, status) => {
                let at = ("backups", names.objects[usize::from(*o)]);
                story.refuse(names.actors[usize::from(*a)], Verb::Update, at, (*status, ""), "7");
            }
            Deed::Deliver => {
                story.deliver();
            }
            Deed::Relist(a) => {
                story.list(names.actors[usize::from(*a)], "backups");
            }
            Deed::Pause(millis) => {
                story.after(u64::from(*millis));
            }
            Deed::Reconcile(a, o) => {
                let (actor, object) = (names.actors[usize::from(*a)], names.objects[usize::from(*o)]);
                story.span(actor, "backups", object, "object updated");
                story.get(actor, "backups", object);
                story.end(actor);
            }
            Deed::Gap => {
                story.gap();
            }
        }
    }
    story
}

/// What a renaming must not change.
fn verdicts(story: Story) -> Vec<(String, String, Vec<u64>, u64, usize)> {
    let analysis = story.analysis();
    let mut verdicts: Vec<_> = analysis
        .findings
        .into_iter()
        .map(|finding| {
            (finding.detector, format!("{:?}", finding.severity), finding.operations, finding.rounds, finding.fields.len())
        })
        .collect();
    verdicts.sort();
    verdicts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn names_and_dates_change_no_verdict(deeds in prop::collection::vec(deed(), 1..160), repeats in 1..6_usize) {
        let deeds = deeds.repeat(repeats);
        prop_assert_eq!(verdicts(tell(&deeds, &ONE)), verdicts(tell(&deeds, &TWO)));
    }

    #[test]
    fn garbage_never_panics(deeds in prop::collection::vec(deed(), 1..120), garbage in prop::collection::vec(any::<(u8, u64, i64, String)>(), 1..120)) {
        let mut events = tell(&deeds, &ONE).events;
        for (event, (what, number, time, text)) in events.iter_mut().zip(garbage) {
            let Event::Operation(operation) = event else { continue };
            match what % 8 {
                0 => operation.at = kuberewind::model::Timestamp(time),
                1 => operation.duration = Duration(number),
                2 => operation.started_after = Seq(number),
                3 => operation.verb = Verb::ALL[usize::from(what / 8) % Verb::ALL.len()],
                4 => operation.status = u16::try_from(number % 700).unwrap_or(0),
                5 => if let Shown::Object(sight) = &mut operation.shown { sight.resource_version = text.as_str().into() },
                6 => if let Shown::Object(sight) = &mut operation.shown {
                    sight.body = Some(kuberewind::model::Text { bytes: text.into_bytes().into(), cut: true });
                },
                _ => operation.target.name = text.as_str().into(),
            }
        }
        events.push(Event::Gap(NewGap {
            actor: None, kind: None, namespace: "".into(), first: Seq(3), last: Seq(9), count: 1, bytes: 1, reason: GapReason::Disk,
        }));
        let analysis = analyse(events);
        prop_assert!(analysis.findings.iter().all(|finding| finding.first <= finding.last));
    }
}

#[test]
fn clocks_that_run_backwards_are_survived() {
    let mut events = crate::loops::tug_of_war(10).events;
    let mut back = START;
    for event in &mut events {
        if let Event::Operation(operation) = event {
            back = back.minus(Duration::from_millis(10));
            operation.at = back;
        }
    }
    let analysis = analyse(events);
    assert!(analysis.loops_detected.iter().any(|found| found.kind == "two-writers"));
}
