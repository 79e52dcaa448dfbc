//! `import`, and opening files of other formats.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use serde_json::json;

use super::program::{Sandbox, real_inputs};

/// Writes an audit log with two requests and one invalid line.
fn log(sandbox: &Sandbox) -> &'static str {
    let event = |id: &str, verb: &str, second: u32| {
        json!({
            "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "RequestResponse", "auditID": id, "stage": "ResponseComplete",
            "requestURI": "/api/v1/namespaces/shop/configmaps/settings", "verb": verb, "user": {"username": "admin"},
            "userAgent": "kubectl/v1", "responseStatus": {"code": 200},
            "responseObject": {"kind": "ConfigMap", "apiVersion": "v1", "data": {"key": id},
                "metadata": {"name": "settings", "namespace": "shop", "uid": "u", "resourceVersion": second.to_string()}},
            "requestReceivedTimestamp": format!("2026-03-01T10:00:0{second}.000000Z"),
            "stageTimestamp": format!("2026-03-01T10:00:0{second}.250000Z"),
        })
    };
    let text = format!("{}\nI0301 no json\n{}\n", event("b", "update", 2), event("a", "get", 1));
    fs::write(sandbox.path("audit.log"), text).unwrap();
    "audit.log"
}

#[test]
fn import_converts_a_log_to_a_recording() {
    let sandbox = Sandbox::new();
    let file = log(&sandbox);
    let ran = sandbox.run(&["import", file, "-o", "run.db"]).ok();
    assert_eq!(ran.out, "imported 2 operations from 2 records of Kubernetes audit events into run.db\n");
    assert_eq!(ran.err.lines().count(), 1, "no progress without a terminal: {}", ran.err);
    assert!(ran.err.starts_with("kuberewind: cannot read 1 record; the first: line 2 of audit.log: "), "{}", ran.err);
    assert_eq!(sandbox.files(), ["audit.log", "run.db"]);
    let replay = sandbox.run(&["replay", "run.db"]).ok().out;
    assert!(replay.starts_with("audit: 2 operations, "), "{replay}");
    let json = sandbox.run(&["show", "cm/settings", "-n", "shop", "-d", "run.db", "--format", "json"]).ok().json();
    assert_eq!(json["data"]["key"], "b");
    let json = sandbox.run(&["sessions", "run.db", "--format", "json"]).ok().json();
    assert_eq!((&json[0]["origin"], &json[0]["gaps"], &json[0]["state"]), (&json!("imported"), &json!(1), &json!("closed")));
    let err = sandbox.run(&["import", file, "-o", "run.db"]).code(2).err;
    assert!(err.contains("run.db exists already"), "{err}");
    let json = sandbox.run(&["import", file, "-o", "other.db", "--session", "night", "--format", "json"]).ok().json();
    assert_eq!((&json["operations"], &json["unreadable"]), (&json!(2), &json!(1)));
    assert!(sandbox.run(&["replay", "other.db"]).ok().out.starts_with("night: "));
}

#[test]
fn a_log_opens_directly() {
    let sandbox = Sandbox::new();
    let file = log(&sandbox);
    let before = fs::read(sandbox.path(file)).unwrap();
    let ran = sandbox.run(&["replay", file]).ok();
    assert_eq!(ran.out.lines().count(), 3, "{}", ran.out);
    assert!(ran.err.contains("converted from Kubernetes audit events, audit.log"), "{}", ran.err);
    assert!(sandbox.run(&["show", "cm/settings", "-n", "shop", "-d", file, "--at", "#1"]).ok().out.contains("key: a"));
    assert!(sandbox.run(&["verify", file]).ok().out.starts_with("sound"));
    assert_eq!(sandbox.run(&["sql", file, "select count(*) from operations"]).ok().out, "count(*)\n2\n");
    assert_eq!((fs::read(sandbox.path(file)).unwrap(), sandbox.files()), (before, vec!["audit.log".to_owned()]));
    let cached = fs::read_dir(sandbox.path("cache").join("kuberewind")).unwrap();
    let recordings = cached.filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|ending| ending == "db"));
    assert_eq!(recordings.count(), 1, "the log was converted once");
}

#[test]
fn bookmarks_of_a_log_outlive_the_cache() {
    let sandbox = Sandbox::new();
    let file = log(&sandbox);
    sandbox.run(&["bookmark", "add", "here", file, "--at", "#1"]).ok();
    fs::remove_dir_all(sandbox.path("cache")).unwrap();
    let json = sandbox.run(&["bookmark", "list", file, "--format", "json"]).ok().json();
    assert_eq!(json[0]["name"], "here", "the bookmark is not in the cache");
    assert!(sandbox.run(&["replay", &format!("{file}#here")]).ok().out.lines().count() >= 2);
}

#[test]
fn import_reads_standard_input() {
    let sandbox = Sandbox::new();
    let file = log(&sandbox);
    let mut child =
        sandbox.command(&["import", "-", "-o", "run.db"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&fs::read(sandbox.path(file)).unwrap()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "imported 2 operations from 2 records of Kubernetes audit events into run.db\n"
    );
    assert!(sandbox.run(&["replay", "run.db"]).ok().out.starts_with("imported: "));
}

#[test]
fn an_unknown_format_is_refused_with_the_known_formats() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("notes.txt"), "apiVersion: v1\n").unwrap();
    for arguments in [&["import", "notes.txt", "-o", "run.db"][..], &["replay", "notes.txt"]] {
        let err = sandbox.run(arguments).code(2).err;
        assert!(err.contains("notes.txt is neither a recording") && err.contains("Kubernetes audit events"), "{err}");
    }
    let err = sandbox.run(&["import", "gone.log", "-o", "run.db"]).code(2).err;
    assert!(err.contains("there is no file gone.log"), "{err}");
    assert_eq!(sandbox.files(), ["notes.txt"]);
}

#[test]
fn import_converts_a_kubestep_database() {
    let Some(inputs) = real_inputs() else { return };
    let sandbox = Sandbox::new();
    let file = inputs.join("kubestep/sample_recordings.db");
    let out = sandbox.run(&["import", file.to_str().unwrap(), "-o", "run.db"]).ok().out;
    assert!(out.starts_with("imported 85 operations "), "{out}");
    assert_eq!(sandbox.run(&["sessions", "run.db", "--format", "json"]).ok().json().as_array().unwrap().len(), 4);
}

#[test]
fn a_healthy_log_has_no_findings() {
    let Some(inputs) = real_inputs() else { return };
    let sandbox = Sandbox::new();
    let file = inputs.join("audit/microk8s-healthy.jsonl");
    sandbox.run(&["analyze", file.to_str().unwrap(), "--fail-on", "loops,races"]).ok();
    sandbox
        .run(&["analyze", inputs.join("k8shark/rolling-update.watch.jsonl").to_str().unwrap(), "--fail-on", "loops,races"])
        .ok();
}
