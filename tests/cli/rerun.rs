//! `kuberewind rerun`: the demo's operators, fixed and unchanged, against a moment of the demo.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::events::{START, operation, state};
use super::goop_build;
use super::json_docs;
use super::program::{Finished, Sandbox};
use super::serve::server::has_kubectl;
use kuberewind_file::{NewSession, SessionWriter};
use kuberewind_model::{Event, KindRef, Observations, Sink, Target, Verb};

/// An example's executable, if it was built.
pub fn example(name: &str) -> Option<String> {
    let here = std::env::current_exe().expect("this test's own file");
    let file: PathBuf = here.parent()?.parent()?.join("examples").join(name);
    if !file.exists() {
        eprintln!("skipped: {} was not built (`cargo test` does)", file.display());
        return None;
    }
    Some(file.to_string_lossy().into_owned())
}

/// Runs a program against a moment of a recording.
fn rerun(sandbox: &Sandbox, arguments: &[&str], command: &[&str]) -> Finished {
    let all: Vec<&str> =
        ["rerun"].iter().chain(arguments).chain(&["--settle", "500ms", "--limit", "30s", "--"]).chain(command).copied().collect();
    sandbox.run(&all)
}

/// The detectors of a list of findings about an object.
fn detectors(findings: &Value, object: &str) -> Vec<String> {
    let list = findings.as_array().expect("a list");
    let about = list.iter().filter(|finding| finding["object"] == object);
    about.map(|finding| finding["detector"].as_str().expect("a name").to_owned()).collect()
}

const CHECKOUT: &str = "Deployment/shop/checkout";

#[test]
fn a_fixed_operator_settles_and_the_fight_is_gone() {
    let Some(hpa) = example("hpa") else { return };
    let sandbox = Sandbox::new();
    let file = sandbox.demo("tug-of-war");
    let arguments = [&*file, "--from", "#300", "--actor", "autoscaler/hpa", "--format", "json"];
    let ran = rerun(&sandbox, &arguments, &[&hpa, "--fixed"]).ok();
    let found = ran.json();
    let keys: Vec<&String> = found.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        ["parent", "session", "actor", "settled", "seconds", "others", "first_divergence", "writes", "end", "findings"]
    );
    assert_eq!(json_docs::keys(&found), json_docs::documented("rerun"));
    assert_eq!(found["parent"], json!({"session": "tug-of-war", "moment": 300}));
    assert_eq!(
        (&found["session"], &found["actor"], &found["settled"]),
        (&json!("rerun-1"), &json!("autoscaler/hpa"), &json!(true))
    );
    assert!(found["others"]["reactions_dropped"].as_u64() > Some(10), "{}", found["others"]);
    assert_eq!(found["others"]["reactions_matched"], 0);
    assert!(detectors(&found["findings"]["gone"], CHECKOUT).contains(&"two-writers".to_owned()), "{}", found["findings"]);
    assert_eq!((&found["findings"]["still"], &found["findings"]["new"]), (&json!([]), &json!([])));
    let first = &found["first_divergence"];
    assert_eq!(first["old"]["object"], CHECKOUT, "{first}");
    // The new session continues the numbers of its parent, under the same actor.
    let sessions = sandbox.run(&["sessions", &file, "--format", "json"]).ok().json();
    let new = sessions.as_array().unwrap().iter().find(|session| session["session_id"] == "rerun-1").unwrap().clone();
    assert_eq!(
        (&new["origin"], &new["first"], &new["actors"]),
        (&json!("rerun"), &json!(301), &json!(["autoscaler/hpa"])),
        "{new}"
    );
    // The text of the same comparison names both sessions.
    let text = sandbox.run(&["compare", &format!("{file}:tug-of-war"), &format!("{file}:rerun-1")]).code(1).out;
    assert!(text.contains("finding gone: two-writers"), "{text}");
    sandbox.run(&["verify", &file]).ok();
}

#[test]
fn the_unchanged_operator_still_fights() {
    let Some(hpa) = example("hpa") else { return };
    let sandbox = Sandbox::new();
    let file = sandbox.demo("tug-of-war");
    let arguments = [&*file, "--from", "#300", "--actor", "autoscaler/hpa", "--format", "json"];
    let found = rerun(&sandbox, &arguments, &[&hpa]).code(1).json();
    assert!(detectors(&found["findings"]["still"], CHECKOUT).contains(&"two-writers".to_owned()), "{}", found["findings"]);
    assert!(found["others"]["reactions_matched"].as_u64() > Some(10), "{}", found["others"]);
    assert!(found["writes"]["same"].as_u64() > Some(20), "{}", found["writes"]);
    // Nobody reacts.
    let found = rerun(&sandbox, &[&arguments[..], &["--others", "none"]].concat(), &[&hpa]).json();
    assert_eq!(found["session"], "rerun-2");
    assert_eq!(found["others"], json!({"replayed": 0, "reactions_matched": 0, "reactions_dropped": 0, "conflicts": 0}));
}

#[test]
fn a_repaired_controller_of_a_custom_resource_stops_writing() {
    let Some(backup) = example("backup") else { return };
    let sandbox = Sandbox::new();
    let file = sandbox.demo("hot-loop");
    let arguments = [&*file, "--from", "50%", "-o", "both.db", "--format", "json"];
    let fixed = rerun(&sandbox, &arguments, &[&backup, "--fixed"]).ok();
    assert!(fixed.err.contains("the definition of backups.ops.example.com is not in the recording"), "{}", fixed.err);
    let found = fixed.json();
    assert!(!found["findings"]["gone"].as_array().unwrap().is_empty(), "{}", found["findings"]);
    assert_eq!(found["writes"]["new"], 0);
    assert_eq!(
        sandbox.run(&["sessions", &file, "--format", "json"]).ok().json().as_array().unwrap().len(),
        1,
        "FILE is as it was"
    );
    let arguments = ["both.db", "--from", "50%", "--format", "json", "--limit", "3s"];
    let all: Vec<&str> = ["rerun"].iter().chain(&arguments).chain(&["--", &*backup]).copied().collect();
    let broken = sandbox.run(&all).code(1).json();
    assert_eq!(broken["settled"], false, "it never comes to rest");
    assert!(!broken["findings"]["still"].as_array().unwrap().is_empty(), "{}", broken["findings"]);
}

#[test]
fn the_actor_and_the_program_must_be_there() {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("tug-of-war");
    let run = |arguments: &[&str], command: &[&str]| rerun(&sandbox, arguments, command).code(2).err;
    let error = run(&[&file, "--from", "#300", "--actor", "autoscaler/hpq"], &["true"]);
    assert!(error.contains("no actor \"autoscaler/hpq\"") && error.contains("did you mean autoscaler/hpa?"), "{error}");
    let error = run(&[&file, "--from", "#300"], &["true"]);
    assert!(error.contains("several made calls") && error.contains("shop-operator/checkout"), "{error}");
    let error = run(&[&file, "--actor", "autoscaler/hpa"], &["true"]);
    assert!(error.contains("no moment is given"), "{error}");
    let start = [&*file, "--from", "#300", "--actor", "autoscaler/hpa"];
    let error = run(&start, &["no-such-program"]);
    assert!(error.contains("no-such-program"), "{error}");
    let error = run(&start, &["sh", "-c", "exit 3"]);
    assert!(error.contains("the program ended with code 3 before the rerun had settled"), "{error}");
    let error = run(&[&start[..], &["--set", "Secret/shop/db:/data/password=x"]].concat(), &["true"]);
    assert!(error.contains("Secret/shop/db is not known at #300"), "{error}");
    let error = run(&[&start[..], &["--set", "nonsense"]].concat(), &["true"]);
    assert!(error.contains("\"nonsense\" sets no value"), "{error}");
}

#[test]
fn a_program_that_makes_no_call_is_reported_after_ten_seconds() {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("tug-of-war");
    let start = [&*file, "--from", "#300", "--actor", "autoscaler/hpa"];
    let error = rerun(&sandbox, &start, &["sh", "-c", "exec cat /dev/zero > /dev/null"]).code(2).err;
    assert!(error.contains("the program made no call within 10 s") && error.contains("KUBECONFIG"), "{error}");
}

/// The user's image change of the demo `rollout`, made again with kubectl, and what reacts to it.
#[test]
fn a_reaction_is_matched_dropped_or_made_by_controllers() {
    if !has_kubectl() {
        return;
    }
    let sandbox = Sandbox::new();
    let file = sandbox.demo("rollout");
    let operations = sandbox.run(&["timeline", &file, "--format", "json"]).ok().json();
    let is_patch = |operation: &&Value| operation["actor"] == "kubectl/alice" && operation["verb"] == "patch";
    let patch =
        operations.as_array().unwrap().iter().find(is_patch).expect("the image change")["sequence_number"].as_u64().unwrap();
    let moment = format!("#{}", patch - 1);
    let run = |image: &str, more: &[&str]| {
        let script = format!("kubectl set image -n shop deployment/web web={image} >&2 && exec sleep 60");
        let arguments = [&[&*file, "--from", &moment, "--actor", "kubectl/alice", "--format", "json"], more].concat();
        rerun(&sandbox, &arguments, &["sh", "-c", &script]).json()
    };
    let same = run("nginx:1.28", &[]);
    assert!(same["others"]["reactions_matched"].as_u64() > Some(5), "{same}");
    assert_eq!(same["others"]["reactions_dropped"], 0, "{same}");
    assert_eq!(same["writes"]["same"].as_u64().map(|count| count > 5), Some(true), "{same}");
    let other = run("nginx:1.29", &[]);
    assert_eq!(other["others"]["reactions_matched"], 0, "{other}");
    assert!(other["others"]["reactions_dropped"].as_u64() > Some(5), "{other}");
    let first = &other["first_divergence"];
    assert_eq!(
        (&first["old"]["operation"], &first["fields"]),
        (&json!(patch), &json!(["/spec/template/spec/containers/0/image"])),
        "{first}"
    );
    let made = run("nginx:1.28", &["--controllers"]);
    assert_eq!(made["others"]["reactions_matched"], 0, "{made}");
    let newest = made["session"].as_str().unwrap();
    let shown =
        sandbox.run(&["show", &file, "Deployment/shop/web", "--session", newest, "--at", "end", "--format", "json"]).ok().json();
    assert_eq!(shown["spec"]["template"]["spec"]["containers"][0]["image"], "nginx:1.28");
}

/// A controller of controller-runtime makes its objects in the recorded world.
#[test]
fn a_manager_of_controller_runtime_runs() {
    let Some((_folder, program)) = goop_build::manager() else { return };
    let sandbox = Sandbox::new();
    let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "goop", "namespace": "default", "uid": "u1", "resourceVersion": "7"}});
    let kind = KindRef { group: "".into(), version: "v1".into(), resource: "configmaps".into() };
    let mut seen = state("goop", "u1", "7", &body.to_string());
    (seen.kind, seen.kind_name, seen.api_version, seen.namespace) =
        (kind.clone(), "ConfigMap".into(), "v1".into(), "default".into());
    let mut read = operation("goop", Verb::Get, 1, Observations::Object(Box::new(seen)));
    read.target = Target::object(kind, "default", "goop");
    let mut writer = SessionWriter::begin(&sandbox.path("goop.db"), NewSession::new("goop", START, 7)).unwrap();
    writer.take(Event::Operation(Box::new(read))).unwrap();
    Box::new(writer).close().unwrap();
    let ran = rerun(&sandbox, &["goop.db", "--from", "end", "--format", "json"], &[program.to_str().unwrap()]).ok();
    let found = ran.json();
    assert_eq!(found["settled"], true, "{found}");
    assert!(found["writes"]["new"].as_u64() >= Some(5), "{found}");
    let pod = sandbox.run(&["show", "goop.db", "Pod/default/goop", "--session", "rerun-1", "--format", "json"]).ok().json();
    assert_eq!(pod["metadata"]["ownerReferences"][0]["uid"], "u1", "the object of the recording is the owner");
}

/// A recording of `shop-operator`, which holds a Lease and reads a Secret.
fn with_secret_and_lease(sandbox: &Sandbox) {
    let mut writer = SessionWriter::begin(&sandbox.path("run.db"), NewSession::new("run", START, 7)).unwrap();
    let hash = "cmVkYWN0ZWQ6MDEyMzQ1Njc4OWFiY2RlZg==";
    let objects = [
        ("", "v1", "secrets", "Secret", "db", json!({"data": {"password": hash, "user": "YWRtaW4="}, "type": "Opaque"})),
        (
            "coordination.k8s.io",
            "v1",
            "leases",
            "Lease",
            "leader",
            json!({"spec": {"holderIdentity": "pod-1", "leaseDurationSeconds": 15}}),
        ),
    ];
    for (number, (group, version, resource, kind, name, mut body)) in (1..).zip(objects) {
        let api_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
        (body["apiVersion"], body["kind"]) = (json!(api_version), json!(kind));
        body["metadata"] =
            json!({"name": name, "namespace": "shop", "uid": format!("u{number}"), "resourceVersion": number.to_string()});
        let mut seen = state(name, &format!("u{number}"), &number.to_string(), &body.to_string());
        let of = KindRef { group: group.into(), version: version.into(), resource: resource.into() };
        (seen.kind, seen.kind_name, seen.api_version) = (of.clone(), kind.into(), api_version.as_str().into());
        let verb = if kind == "Lease" { Verb::Update } else { Verb::Get };
        let mut made = operation("shop-operator", verb, number, Observations::Object(Box::new(seen)));
        made.target = Target::object(of, "shop", name);
        writer.take(Event::Operation(Box::new(made))).unwrap();
    }
    Box::new(writer).close().unwrap();
}

#[test]
fn redacted_values_are_named_or_set_and_leases_are_released() {
    if !has_kubectl() {
        return;
    }
    let sandbox = Sandbox::new();
    with_secret_and_lease(&sandbox);
    let script = "kubectl get secret -n shop db -o 'jsonpath=[{.data.password}]' >&2; kubectl get lease -n shop leader -o 'jsonpath=({.spec.holderIdentity})' >&2; exec sleep 60";
    let run = |more: &[&str]| rerun(&sandbox, &[&["run.db", "--from", "end"], more].concat(), &["sh", "-c", script]).ok().err;
    let sentence = "Secret/shop/db /data/password is redacted: its hash is served";
    let hashed = run(&[]);
    assert!(hashed.contains("[cmVkYWN0ZWQ6MDEyMzQ1Njc4OWFiY2RlZg==]()") && hashed.contains(sentence), "{hashed}");
    assert!(hashed.contains("released Lease/shop/leader"), "{hashed}");
    let set = run(&["--set", "Secret/shop/db:/data/password=hunter2"]);
    assert!(set.contains("[aHVudGVyMg==]()") && !set.contains(sentence), "{set}");
    assert!(
        !String::from_utf8_lossy(&std::fs::read(sandbox.path("run.db")).unwrap()).contains("aHVudGVyMg=="),
        "it is not recorded"
    );
}
