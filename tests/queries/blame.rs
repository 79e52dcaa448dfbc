use kuberewind_analysis::queries::blame::{BlameOptions, Field, blame};
use kuberewind_model::{Certainty, ErrorKind, Seq, Verb};
use serde_json::json;

use crate::tape::{CHECKOUT, Played, START, Tape, call, managed, replicas};

pub fn field(played: &Played, at: u64, pointer: &str) -> Field {
    let which = BlameOptions { below: pointer.into(), managed_fields: false };
    let blamed = blame(&played.recording, &played.lineage, played.id(CHECKOUT), Seq(at), &which).unwrap().unwrap();
    assert_eq!(blamed.fields.len(), 1, "{:?}", blamed.fields);
    blamed.fields.into_iter().next().unwrap()
}

fn summary(field: &Field) -> (Option<u64>, Option<&str>, Certainty) {
    let author = &field.author;
    (author.operation.map(|seq| seq.0), author.actor.as_deref(), author.certainty)
}

#[test]
fn blame_distinguishes_two_fighting_controllers() {
    let mut tape = Tape::new();
    tape.record(call("user", Verb::Create, CHECKOUT, "10", json!({"spec": {"replicas": 3, "paused": false}})));
    for round in 0..6_u32 {
        let (actor, count) = if round % 2 == 0 { ("hpa", 5) } else { ("checkout", 3) };
        let (base, rv) = ((10 + round).to_string(), (11 + round).to_string());
        tape.update(actor, CHECKOUT, &base, &rv, json!({"spec": {"replicas": count, "paused": false}}));
    }
    let played = tape.play();
    assert_eq!(summary(&field(&played, 1, "/spec/replicas")), (Some(1), Some("user"), Certainty::Exact));
    for at in 2..=7 {
        let who = if at % 2 == 0 { "hpa" } else { "checkout" };
        let found = field(&played, at, "/spec/replicas");
        assert_eq!(summary(&found), (Some(at), Some(who), Certainty::Exact), "at #{at}");
        assert_eq!(found.before, Some(json!(if at % 2 == 0 { 3 } else { 5 })));
    }
    let paused = field(&played, 7, "/spec/paused");
    assert_eq!(
        summary(&paused),
        (Some(1), Some("user"), Certainty::Exact),
        "the field that no write touched stays with its creator"
    );
    assert!(paused.author.evidence.contains("created"));
}

#[test]
fn a_write_is_not_blamed_for_an_unrecorded_write_before_it() {
    let mut tape = Tape::new();
    tape.record(call("watcher", Verb::Added, CHECKOUT, "10", json!({"spec": {"replicas": 3, "image": "a"}})));
    // An unrecorded writer sets replicas to 5 as version 12; then a patch of the image without a precondition.
    let patch = call("deployer", Verb::Patch, CHECKOUT, "14", json!({"spec": {"replicas": 5, "image": "b"}}));
    tape.record(patch.sends(&json!({"spec": {"image": "b"}})));
    let played = tape.play();
    let foreign = field(&played, 2, "/spec/replicas");
    assert_eq!(summary(&foreign), (None, None, Certainty::Guess));
    assert_eq!(foreign.author.evidence, "someone between #1 and #2; #2 is a write in between, but not of this value");
    assert_eq!(foreign.author.between, (Seq(1), Seq(2)));
    let own = field(&played, 2, "/spec/image");
    assert_eq!(summary(&own), (Some(2), Some("deployer"), Certainty::Guess), "it sent this value, but its base is not proven");
    assert!(own.author.evidence.starts_with("someone between #1 and #2; #2 sent"), "{}", own.author.evidence);
}

#[test]
fn a_precondition_on_another_base_proves_nothing() {
    let mut tape = Tape::new();
    tape.record(call("watcher", Verb::Added, CHECKOUT, "10", replicas(3)));
    tape.update("hpa", CHECKOUT, "12", "14", replicas(5));
    let found = field(&tape.play(), 2, "/spec/replicas");
    assert_eq!(summary(&found), (None, None, Certainty::Guess), "version 12 was never seen; nothing sent is kept");
}

#[test]
fn managed_fields_prove_a_patch_and_name_a_lost_write() {
    let time = |seconds: i64| kuberewind_model::Timestamp(START.0 + seconds * 1_000_000_000).rfc3339(0);
    let mut tape = Tape::new();
    tape.record(call("watcher", Verb::Added, CHECKOUT, "10", managed(3, "kubectl", &time(-100))));
    tape.record(call("hpa", Verb::Patch, CHECKOUT, "14", managed(5, "hpa", &time(0))).manager("hpa"));
    tape.wait(60_000);
    let began = tape.last();
    let seen = tape.record(call("watcher", Verb::Modified, CHECKOUT, "16", managed(3, "checkout", &time(60))));
    tape.record(call("shop/checkout", Verb::Update, CHECKOUT, "", replicas(3)).manager("checkout").begun_after(began).lost());
    tape.wait(60_000);
    tape.record(call("watcher", Verb::Modified, CHECKOUT, "18", managed(9, "argocd", &time(120))));
    let played = tape.play();
    let patched = field(&played, 2, "/spec/replicas");
    assert_eq!(summary(&patched), (Some(2), Some("hpa"), Certainty::Exact));
    assert!(patched.author.evidence.starts_with("managedFields name hpa"), "{}", patched.author.evidence);
    let lost = field(&played, seen.0, "/spec/replicas");
    assert_eq!(summary(&lost), (Some(4), Some("shop/checkout"), Certainty::Likely));
    assert!(lost.author.evidence.ends_with("the response of the write was lost"), "{}", lost.author.evidence);
    let outside = field(&played, 5, "/spec/replicas");
    assert_eq!(summary(&outside), (None, Some("argocd"), Certainty::Likely), "a manager none of whose calls was recorded");
    let first = field(&played, 1, "/spec/replicas");
    assert_eq!(summary(&first), (None, Some("kubectl"), Certainty::Likely));
}

#[test]
fn a_response_after_its_deliveries_is_found() {
    let mut tape = Tape::new();
    tape.record(call("hpa", Verb::Get, CHECKOUT, "10", replicas(3)));
    let began = tape.last();
    tape.deliver("checkout", CHECKOUT, "11", replicas(5));
    tape.deliver("kubelet", CHECKOUT, "11", replicas(5));
    tape.record(call("hpa", Verb::Update, CHECKOUT, "11", replicas(5)).precondition("10").begun_after(began));
    // The response of a no-op write is the same version. It started later, so it is not the author.
    tape.update("noop", CHECKOUT, "11", "11", replicas(5));
    assert_eq!(summary(&field(&tape.play(), 5, "/spec/replicas")), (Some(4), Some("hpa"), Certainty::Exact));
}

#[test]
fn a_gap_prevents_findings() {
    let mut tape = Tape::new();
    let first = tape.record(call("watcher", Verb::Added, CHECKOUT, "10", replicas(3)));
    tape.gap(first, first);
    tape.record(call("hpa", Verb::Patch, CHECKOUT, "11", replicas(5)));
    let found = field(&tape.play(), 2, "/spec/replicas");
    assert_eq!(summary(&found), (None, None, Certainty::Guess));
    assert_eq!(found.author.evidence, "unknown across the gap between #1 and #2");
}

#[test]
fn items_of_lists_keep_their_authors_when_they_move() {
    let containers = |list: serde_json::Value| json!({"spec": {"containers": list}});
    let mut tape = Tape::new();
    tape.record(call("user", Verb::Create, CHECKOUT, "10", containers(json!([{"name": "app", "image": "a:1"}]))));
    tape.update("deployer", CHECKOUT, "10", "11", containers(json!([{"name": "app", "image": "a:2"}])));
    let injected = json!([{"name": "proxy", "image": "p"}, {"name": "app", "image": "a:2"}]);
    tape.update("injector", CHECKOUT, "11", "12", containers(injected));
    let played = tape.play();
    assert_eq!(summary(&field(&played, 3, "/spec/containers/1/image")).1, Some("deployer"));
    assert_eq!(summary(&field(&played, 3, "/spec/containers/1/name")).1, Some("user"));
    assert_eq!(summary(&field(&played, 3, "/spec/containers/0/image")).1, Some("injector"));
}

#[test]
fn a_branch_inherits_its_authors_and_adds_its_own() {
    let mut tape = Tape::new();
    tape.record(call("user", Verb::Create, CHECKOUT, "10", json!({"spec": {"replicas": 3, "image": "a"}})));
    tape.update("hpa", CHECKOUT, "10", "11", json!({"spec": {"replicas": 5, "image": "a"}}));
    tape.update("hpa", CHECKOUT, "11", "12", json!({"spec": {"replicas": 6, "image": "a"}}));
    let mut branch = tape.branch("fixed", Seq(2));
    branch.update("fixed", CHECKOUT, "11", "12", json!({"spec": {"replicas": 5, "image": "b"}}));
    let played = branch.play();
    assert_eq!(summary(&field(&played, 3, "/spec/replicas")), (Some(2), Some("hpa"), Certainty::Exact));
    assert_eq!(summary(&field(&played, 3, "/spec/image")), (Some(3), Some("fixed"), Certainty::Exact));
}

#[test]
fn unknown_objects_and_moments_are_errors() {
    let mut tape = Tape::new();
    tape.record(call("user", Verb::Create, CHECKOUT, "ten", replicas(3)));
    tape.update("hpa", CHECKOUT, "ten", "eleven", replicas(5));
    tape.record(call("user", Verb::Deleted, CHECKOUT, "twelve", replicas(5)));
    let played = tape.play();
    let ask = |object, at| blame(&played.recording, &played.lineage, object, Seq(at), &BlameOptions::default());
    let id = played.id(CHECKOUT);
    assert!(ask(id, 0).unwrap().is_none(), "before the first sight");
    assert_eq!(ask(id, 99).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(ask(kuberewind_model::ObjectId(99), 1).unwrap_err().kind(), ErrorKind::NotFound);
    let gone = ask(id, 3).unwrap().unwrap();
    assert!(gone.remarks[0].contains("gone"));
    let replicas = gone.fields.iter().find(|field| field.path == "/spec/replicas").unwrap();
    assert_eq!(summary(replicas), (Some(2), Some("hpa"), Certainty::Exact), "versions need not be numbers");
    let json = serde_json::to_value(replicas).unwrap();
    assert_eq!((&json["path"], &json["operation"], &json["certainty"]), (&json!("/spec/replicas"), &json!(2), &json!("exact")));
}
