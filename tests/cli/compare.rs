//! `kuberewind compare`.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use super::events::{START, operation, state};
use super::program::Sandbox;
use kuberewind_file::{Branch, NewSession, SessionWriter};
use kuberewind_model::{Event, Observations, Origin, Seq, SessionNo, Sink, Verb};

/// A write of the Deployment `shop/checkout`: the actor, the verb, the replicas and the number in the annotation.
type Write = (&'static str, Verb, u64, u64);

/// Writes a session, from operation `first` on.
fn record(file: &Path, session: &str, branch: Option<Seq>, writes: &[Write]) {
    let origin = if branch.is_some() { Origin::Rerun } else { Origin::Recorded };
    let branch = branch.map(|at| Branch { parent: SessionNo(0), at });
    let first = branch.map_or(1, |branch| branch.at.0 + 1);
    let start = START.plus(kuberewind_model::Duration::from_millis(first * 1_000));
    let new = NewSession { origin, branch, ..NewSession::new(session, start, 7) };
    let mut writer = SessionWriter::begin(file, new).unwrap();
    for (number, (actor, verb, replicas, note)) in (first..).zip(writes) {
        // The time of the write, and its resourceVersion, differ from session to session.
        let rv = (number * 10 + u64::from(origin == Origin::Rerun)).to_string();
        let body = json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "checkout", "namespace": "shop", "uid": "u1", "resourceVersion": rv, "annotations": {"note": note.to_string()}},
            "spec": {"replicas": replicas}, "status": {"at": format!("2026-02-04T10:13:{:02}Z", number % 60)}});
        let mut seen = state("checkout", "u1", &rv, &body.to_string());
        seen.created = *verb == Verb::Create;
        let mut made = operation(actor, *verb, number, Observations::Object(Box::new(seen)));
        made.at = start.plus(kuberewind_model::Duration::from_millis(number * 5));
        writer.take(Event::Operation(Box::new(made))).unwrap();
    }
    Box::new(writer).close().unwrap();
}

/// A fight over `.spec.replicas`, and a branch at #1 in which `hpa` writes the annotation once.
fn fight(sandbox: &Sandbox) -> String {
    let file = sandbox.path("run.db");
    let mut writes = vec![("user", Verb::Create, 3, 0)];
    for _ in 0..20 {
        writes.extend([("hpa", Verb::Patch, 5, 0), ("checkout", Verb::Update, 3, 0)]);
    }
    record(&file, "run", None, &writes);
    record(&file, "rerun-1", Some(Seq(1)), &[("hpa", Verb::Patch, 3, 5)]);
    "run.db".to_owned()
}

fn operations(json: &Value) -> (&Value, &Value) {
    let first = &json["first_divergence"];
    (&first["old"]["operation"], &first["new"]["operation"])
}

#[test]
fn a_branch_is_compared_after_its_moment() {
    let sandbox = Sandbox::new();
    let file = fight(&sandbox);
    let ran = sandbox.run(&["compare", &format!("{file}:run"), &format!("{file}:rerun-1"), "--format", "json"]).code(1);
    let found = ran.json();
    assert_eq!(
        (&found["old"], &found["new"]),
        (&json!({"session": "run", "after": 1}), &json!({"session": "rerun-1", "after": 1}))
    );
    assert_eq!(found["writes"], json!({"same": 0, "new": 1, "missing": 40, "different": 0}));
    let first = &found["first_divergence"];
    assert_eq!(operations(&found), (&json!(2), &Value::Null), "#1 is common to both");
    assert_eq!((&first["old"]["verb"], &first["old"]["object"]), (&json!("PATCH"), &json!("Deployment/shop/checkout")));
    assert_eq!(first["fields"], json!(["/spec/replicas"]));
    let field = json!({"object": "Deployment/shop/checkout", "path": "/metadata/annotations/note", "old": "0", "new": "5"});
    assert_eq!(found["end"], json!({"same": false, "fields": [field]}), "the time in the status does not count");
    let gone = found["findings"]["gone"].as_array().unwrap();
    assert!(gone.contains(&json!({"detector": "two-writers", "object": "Deployment/shop/checkout"})), "{gone:?}");
    assert_eq!((&found["findings"]["still"], &found["findings"]["new"]), (&json!([]), &json!([])));
}

#[test]
fn the_text_names_the_divergence_its_causes_and_how_to_open_both() {
    let sandbox = Sandbox::new();
    let file = fight(&sandbox);
    let text = sandbox.run(&["compare", &format!("{file}:run"), &format!("{file}:rerun-1")]).code(1).out;
    for part in [
        "run → rerun-1, after #1\n",
        "writes: 0 same, 1 new, 40 missing, 0 different\n",
        "first divergence: /spec/replicas\n  old: #2 hpa patch Deployment/shop/checkout rv 20\n",
        "  new: rerun-1 has no such write\n",
        "at the end 1 object differs:\n  Deployment/shop/checkout /metadata/annotations/note: \"0\" → \"5\"\n",
        "finding gone: two-writers ",
        "  kuberewind run.db --session run --at 2\n  kuberewind run.db --session rerun-1 --at 1\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let open = text.lines().find(|line| line.contains("--session rerun-1")).unwrap();
    let words: Vec<&str> = open.split_whitespace().skip(1).chain(["--exec", "quit"]).collect();
    // Without a terminal it prints the timeline.
    assert!(sandbox.run(&words).ok().out.contains("#1 "));
}

#[test]
fn the_same_writes_at_other_times_are_the_same() {
    let sandbox = Sandbox::new();
    let (one, other) = (sandbox.path("one.db"), sandbox.path("other.db"));
    let writes = [("user", Verb::Create, 3, 0), ("hpa", Verb::Patch, 5, 0), ("checkout", Verb::Update, 5, 1)];
    record(&one, "a", None, &writes);
    // An update with the effect of a patch is the same write.
    record(&other, "b", None, &[writes[0], ("hpa", Verb::Update, 5, 0), writes[2]]);
    let ran = sandbox.run(&["compare", "one.db", "other.db", "--format", "json"]).code(0);
    assert_eq!(ran.json()["writes"], json!({"same": 3, "new": 0, "missing": 0, "different": 0}));
    assert_eq!(ran.json()["end"], json!({"same": true, "fields": []}));
}

#[test]
fn the_same_fields_with_other_values_are_different_writes() {
    let sandbox = Sandbox::new();
    let (one, other) = (sandbox.path("one.db"), sandbox.path("other.db"));
    record(&one, "a", None, &[("user", Verb::Create, 3, 0), ("hpa", Verb::Patch, 5, 0), ("hpa", Verb::Patch, 6, 0)]);
    record(&other, "b", None, &[("user", Verb::Create, 3, 0), ("hpa", Verb::Patch, 4, 0), ("hpa", Verb::Patch, 6, 0)]);
    let ran = sandbox.run(&["compare", "one.db:a", "other.db:b", "--format", "json"]).code(1).json();
    assert_eq!(ran["writes"], json!({"same": 2, "new": 0, "missing": 0, "different": 1}));
    assert_eq!(operations(&ran), (&json!(2), &json!(2)));
}

#[test]
fn two_recordings_of_a_demo_are_the_same() {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("tug-of-war");
    std::fs::rename(sandbox.path(&file), sandbox.path("first.db")).unwrap();
    sandbox.demo("tug-of-war");
    let text = sandbox.run(&["compare", "first.db", &file]).ok().out;
    assert!(text.contains(" 0 new, 0 missing, 0 different\nboth sessions end in the same world\n"), "{text}");
    assert!(text.contains("finding still there: two-writers "), "{text}");
}

#[test]
fn a_session_that_is_not_there_is_an_error() {
    let sandbox = Sandbox::new();
    let file = fight(&sandbox);
    let run = |one: &str, other: &str| sandbox.run(&["compare", one, other]).code(2).err;
    assert!(run(&file, &file).contains("has 2"), "a session must be named");
    assert!(run("run.db:run", "run.db:none").contains("no session \"none\""));
    assert!(run("run.db:run", "gone.db:run").contains("cannot open gone.db:run: no such file"));
    let kinds: Arc<str> = run("run.db:run", "").into();
    assert!(kinds.contains("no such file"), "{kinds}");
}
