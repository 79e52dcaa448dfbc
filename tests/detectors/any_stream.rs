//! Properties of any stream: no panic, and findings that depend on no name and no date.

use kuberewind_model::{Duration, Event, GapReason, NewGap, Observations, Seq, Verb};
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

/// Names of actors, objects and a field, and the start time.
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

fn begin(names: &Names) -> Story {
    let mut story = Story::new();
    story.after(names.later);
    for object in names.objects {
        story.create("kubectl", "backups", object, json!({"spec": {names.field: 0}, "status": {"phase": "a"}}));
    }
    for actor in names.actors {
        story.watch(actor, "backups");
    }
    story
}

fn tell(deeds: &[Deed], names: &Names) -> Story {
    let mut story = begin(names);
    deeds.iter().for_each(|deed| act(&mut story, *deed, names));
    story
}

fn act(story: &mut Story, deed: Deed, names: &Names) {
    let actor = |number: u8| names.actors[usize::from(number)];
    let object = |number: u8| names.objects[usize::from(number)];
    match deed {
        Deed::Put(a, o, v) => {
            let body = json!({"spec": {names.field: v}, "status": {"phase": "b", "at": story.now()}});
            story.put(actor(a), "backups", object(o), body);
        }
        Deed::Patch(a, o, v) => {
            story.patch(actor(a), "backups", object(o), json!({"status": {"phase": format!("phase {v}")}}));
        }
        Deed::Get(a, o) => {
            story.get(actor(a), "backups", object(o));
        }
        Deed::Recreate(a, o) => {
            story.delete(actor(a), "backups", object(o));
            story.create(actor(a), "backups", object(o), json!({"spec": {names.field: 0}}));
        }
        Deed::Refuse(a, o, status) => {
            story.refuse(actor(a), Verb::Update, ("backups", object(o)), (status, ""), "7");
        }
        Deed::Deliver => {
            story.deliver();
        }
        Deed::Relist(a) => {
            story.list(actor(a), "backups");
        }
        Deed::Pause(millis) => {
            story.after(u64::from(millis));
        }
        Deed::Reconcile(a, o) => {
            story.span(actor(a), "backups", object(o), "object updated");
            story.get(actor(a), "backups", object(o));
            story.end(actor(a));
        }
        Deed::Gap => {
            story.gap();
        }
    }
}

/// The parts of a finding that a renaming must not change.
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

    /// Other actors' operations on other objects hide no fight, wherever they are interleaved.
    #[test]
    fn what_goes_on_beside_it_hides_no_fight(deeds in prop::collection::vec(deed(), 1..80)) {
        let mut story = begin(&ONE);
        story.create("kubectl", "deployments", "checkout", json!({"spec": {"replicas": 5}}));
        story.watch("shop", "deployments").watch("hpa", "deployments");
        let mut noise = deeds.into_iter().filter(|deed| !matches!(deed, Deed::Gap));
        for _ in 0..10 {
            for (actor, replicas) in [("shop", 3), ("hpa", 5)] {
                noise.by_ref().take(4).for_each(|deed| act(&mut story, deed, &ONE));
                story.after(20).put(actor, "deployments", "checkout", json!({"spec": {"replicas": replicas}}));
                story.deliver();
            }
        }
        let analysis = story.analysis();
        let fight = analysis.findings.iter().find(|finding| finding.detector == "two-writers");
        prop_assert!(fight.is_some_and(|fight| fight.rounds == 10 && fight.object == "Deployment/shop/checkout"), "{:#?}", analysis.loops_detected);
    }

    /// With a gap after every operation, no loop and no race is reported.
    #[test]
    fn nobody_is_accused_where_anything_may_be_missing(deeds in prop::collection::vec(deed(), 1..100)) {
        let mut story = begin(&ONE);
        for deed in deeds {
            act(&mut story, deed, &ONE);
            story.gap();
        }
        let analysis = story.analysis();
        prop_assert!(analysis.loops_detected.is_empty() && analysis.races.is_empty(), "{:#?}", (analysis.loops_detected, analysis.races));
    }

    #[test]
    fn garbage_never_panics(deeds in prop::collection::vec(deed(), 1..120), garbage in prop::collection::vec(any::<(u8, u64, i64, String)>(), 1..120)) {
        let mut events = tell(&deeds, &ONE).events;
        for (event, (what, number, time, text)) in events.iter_mut().zip(garbage) {
            let Event::Operation(operation) = event else { continue };
            match what % 8 {
                0 => operation.at = kuberewind_model::Timestamp(time),
                1 => operation.duration = Duration(number),
                2 => operation.started_after = Seq(number),
                3 => operation.verb = Verb::ALL[usize::from(what / 8) % Verb::ALL.len()],
                4 => operation.status = u16::try_from(number % 700).unwrap_or(0),
                5 => if let Observations::Object(sight) = &mut operation.observations { sight.resource_version = text.as_str().into() },
                6 => if let Observations::Object(sight) = &mut operation.observations {
                    sight.body = Some(kuberewind_model::Text { bytes: text.into_bytes().into(), cut: true });
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
fn clocks_may_step_back() {
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

#[test]
fn opaque_resource_versions_hide_no_fight() {
    let mut events = crate::loops::tug_of_war(10).events;
    let opaque = |rv: &str| -> std::sync::Arc<str> { if rv.is_empty() { "".into() } else { format!("v-{rv}").into() } };
    for event in &mut events {
        match event {
            Event::Operation(operation) => {
                operation.detail.precondition = opaque(&operation.detail.precondition);
                if let Observations::Object(sight) = &mut operation.observations {
                    sight.resource_version = opaque(&sight.resource_version);
                }
            }
            Event::ListItem { observation: sight, .. } => sight.resource_version = opaque(&sight.resource_version),
            _ => {}
        }
    }
    let analysis = analyse(events);
    assert!(analysis.loops_detected.iter().any(|found| found.kind == "two-writers"), "{:#?}", analysis.loops_detected);
}
