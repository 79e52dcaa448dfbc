//! Properties of any recording: no query panics, and blame names no wrong author.

use std::collections::HashMap;
use std::ops::ControlFlow;

use kuberewind_analysis::queries::blame::{BlameOptions, blame};
use kuberewind_analysis::queries::causality::{ChainLimits, Window, causality, chains, cycles, dot, mermaid};
use kuberewind_analysis::queries::change::change;
use kuberewind_analysis::queries::diff::between_moments;
use kuberewind_analysis::queries::find::find;
use kuberewind_analysis::queries::history::{HistoryLimits, history};
use kuberewind_analysis::queries::stale::stale;
use kuberewind_analysis::queries::why::why_operation;
use kuberewind_model::json::paths;
use kuberewind_model::*;
use kuberewind_query::cel::Expression;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::tape::{CHECKOUT, Played, START, Tape, Thing, because, by, call};

/// One event. The numbers select actors, objects, versions and values.
#[derive(Debug, Clone)]
struct Act {
    verb: Verb,
    actor: u8,
    object: u8,
    version: Option<u8>,
    base: Option<u8>,
    value: u8,
    second: u8,
    sends: bool,
    manager: bool,
    lost: bool,
    begun_before: u8,
    span: u8,
}

fn any_act() -> impl Strategy<Value = Act> {
    let verbs =
        vec![Verb::Create, Verb::Update, Verb::Patch, Verb::Delete, Verb::Get, Verb::Added, Verb::Modified, Verb::Deleted];
    let whom = (proptest::sample::select(verbs), 0..3_u8, 0..2_u8);
    let versions = (proptest::option::weighted(0.9, 0..20_u8), proptest::option::of(0..20_u8), 0..4_u8, 0..60_u8);
    let how = (any::<bool>(), any::<bool>(), proptest::bool::weighted(0.1), 0..4_u8, 0..4_u8);
    (whom, versions, how).prop_map(
        |((verb, actor, object), (version, base, value, second), (sends, manager, lost, begun_before, span))| Act {
            verb,
            actor,
            object,
            version,
            base,
            value,
            second,
            sends,
            manager,
            lost,
            begun_before,
            span,
        },
    )
}

const ACTORS: [&str; 3] = ["hpa", "checkout", "user"];

fn body(act: &Act) -> Value {
    let mut body = json!({"spec": {"replicas": act.value, "list": vec![act.value; usize::from(act.value)]}});
    if act.manager {
        let time = Timestamp(START.0 + i64::from(act.second) * 1_000_000_000).rfc3339(0);
        body["metadata"] = json!({"managedFields": [{
            "manager": ACTORS[usize::from(act.value) % 3], "operation": "Update", "time": time,
            "fieldsV1": {"f:spec": {"f:replicas": {}}}
        }]});
    }
    body
}

fn play(acts: &[Act]) -> Played {
    let things = [CHECKOUT, Thing { name: "other", uid: "u-other", ..CHECKOUT }];
    let mut tape = Tape::new();
    let mut spans = Vec::new();
    let mut held = HashMap::new();
    for act in acts {
        let (thing, actor) = (things[usize::from(act.object)], ACTORS[usize::from(act.actor)]);
        let rv = act.version.map_or_else(|| "opaque".to_owned(), |version| version.to_string());
        let last = held.insert(act.object, rv.clone());
        let mut recorded = call(actor, act.verb, thing, &rv, body(act)).manager(actor);
        if let Some(base) = act.base {
            // Half of the preconditions are correct.
            let honest = last.filter(|_| base < 10);
            recorded = recorded.precondition(&honest.unwrap_or_else(|| base.to_string()));
        }
        if act.sends {
            recorded = recorded.sends(&json!({"spec": {"replicas": act.value}}));
        }
        if act.lost && act.verb.is_write() {
            recorded = recorded.lost();
        }
        recorded = recorded.begun_after(Seq(tape.last().0.saturating_sub(u64::from(act.begun_before))));
        match act.span {
            1 => spans.push(tape.begin(actor, thing, vec![by(Seq(u64::from(act.second)))])),
            2 => spans.push(tape.begin(actor, thing, vec![because("requested retry")])),
            3 => {
                if let Some(span) = spans.last() {
                    recorded = recorded.within(*span);
                }
            }
            _ => {}
        }
        // Clocks may step back.
        tape.record_at(Timestamp(START.0 + i64::from(act.second) * 1_000_000_000), recorded);
    }
    tape.play()
}

fn blame_is_just(played: &Played) {
    let (recording, lineage) = (&played.recording, &played.lineage);
    for object in played.ids(CHECKOUT) {
        for at in 0..=lineage.last().0 {
            let Some(blamed) = blame(recording, lineage, object, Seq(at), &BlameOptions::default()).unwrap() else { continue };
            for field in blamed.fields {
                let Some(seq) = field.author.operation else { continue };
                let write = recording.operation(lineage, seq).unwrap().unwrap();
                assert!(write.verb.is_write(), "{seq} is no write");
                if write.outcome == Outcome::MaybeApplied {
                    assert_ne!(field.author.certainty, Certainty::Exact);
                    continue;
                }
                if field.author.certainty == Certainty::Likely {
                    continue;
                }
                // List items may have moved since, so only fields outside lists are looked up.
                if field.path.split('/').any(|step| step.bytes().all(|b| b.is_ascii_digit()) && !step.is_empty()) {
                    continue;
                }
                let shown = recording.version(write.version.unwrap()).unwrap().unwrap();
                let text = recording.body(shown.body.unwrap()).unwrap().unwrap();
                let state: Value = serde_json::from_str(&text).unwrap();
                assert_eq!(paths::lookup(&state, &field.path), Some(&field.value), "{} is blamed on {seq}", field.path);
            }
        }
    }
}

fn nothing_panics(played: &Played) {
    let (recording, lineage) = (&played.recording, &played.lineage);
    let ids = played.ids(CHECKOUT);
    let last = lineage.last();
    let expression = Expression::compile("object.spec.replicas > 1").unwrap();
    for id in &ids {
        history(recording, lineage, *id, last, HistoryLimits::default()).unwrap();
        between_moments(recording, lineage, *id, (Seq(1), last), Perspective::World).unwrap();
    }
    for direction in [Direction::Forward, Direction::Backward] {
        for at in 0..=last.0 {
            change(recording, lineage, &ids, Seq(at), direction, Some("/spec/replicas")).unwrap();
            let mut go_on = |_| ControlFlow::Continue(());
            let found = find(recording, lineage, &ids, &expression, (Seq(at), direction), &mut go_on).unwrap();
            if let Some(found) = found.at {
                assert!(if direction == Direction::Forward { found > Seq(at) } else { found < Seq(at) });
            }
        }
    }
    for at in 1..=last.0 {
        let chain = why_operation(recording, lineage, Seq(at), 100).unwrap();
        assert!(!chain.links.is_empty() && !chain.end.is_empty());
    }
    for actor in recording.actors().unwrap() {
        stale(recording, lineage, actor.id, last).unwrap();
    }
    let graph = causality(recording, lineage, &Window::default()).unwrap();
    assert!(graph.edges.iter().all(|edge| graph.nodes[edge.ends.0].id == edge.from && graph.nodes[edge.ends.1].id == edge.to));
    let recorded = chains(&graph, ChainLimits::default());
    assert!(recorded.iter().all(|chain| chain.nodes.len() == chain.edges.len() + 1));
    assert!(cycles(&graph).iter().all(|cycle| cycle.steps > 0 && !cycle.members.is_empty()));
    assert!(dot(&graph).len() + mermaid(&graph).len() > 10);
}

/// All answers of queries that may skip versions, without the counts of skipped versions.
fn answers(played: &Played) -> Vec<String> {
    let (recording, lineage) = (&played.recording, &played.lineage);
    let ids = played.ids(CHECKOUT);
    let expressions = ["object.spec.replicas > 1", "has(object.metadata.managedFields)", "object.spec != oldObject.spec"];
    let mut recorded = Vec::new();
    for at in 0..=lineage.last().0 {
        for id in &ids {
            recorded.push(format!("{:?}", blame(recording, lineage, *id, Seq(at), &BlameOptions::default()).unwrap()));
        }
        for direction in [Direction::Forward, Direction::Backward] {
            for field in ["/spec/replicas", "/spec/list", "/spec/list/1", "/metadata", "/metadata/managedFields/0/time"] {
                recorded.push(format!("{:?}", change(recording, lineage, &ids, Seq(at), direction, Some(field)).unwrap()));
            }
            for expression in expressions {
                let expression = Expression::compile(expression).unwrap();
                let mut go_on = |_| ControlFlow::Continue(());
                let found = find(recording, lineage, &ids, &expression, (Seq(at), direction), &mut go_on).unwrap();
                recorded.push(format!("{:?} {} {} {:?}", found.at, found.versions, found.undecided, found.remark));
            }
        }
    }
    recorded
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_stream_can_be_asked_anything(acts in proptest::collection::vec(any_act(), 1..24)) {
        let played = play(&acts);
        blame_is_just(&played);
        nothing_panics(&played);
    }

    /// Stored changed paths save reads and change no answer.
    #[test]
    fn what_is_kept_changes_no_answer(acts in proptest::collection::vec(any_act(), 1..24)) {
        let played = play(&acts);
        let before = answers(&played);
        played.keep_what_changed();
        prop_assert_eq!(before, answers(&played));
    }
}
