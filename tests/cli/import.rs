//! `import`, and opening what is no recording.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use serde_json::json;

use super::program::{Place, real_inputs};

/// A log of two healthy requests and one line that is none.
fn log(place: &Place) -> &'static str {
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
    fs::write(place.path("audit.log"), text).unwrap();
    "audit.log"
}

#[test]
fn a_log_becomes_a_recording_of_ones_own() {
    let place = Place::new();
    let file = log(&place);
    let ran = place.run(&["import", file, "-o", "run.db"]).ok();
    assert_eq!(ran.out, "2 operations from 2 records of Kubernetes audit events are in run.db\n");
    assert_eq!(ran.err.lines().count(), 1, "no progress is drawn where there is no terminal: {}", ran.err);
    assert!(ran.err.starts_with("kuberewind: 1 record could not be read; the first is line 2 of audit.log: "), "{}", ran.err);
    assert_eq!(place.files(), ["audit.log", "run.db"]);
    let replay = place.run(&["replay", "run.db"]).ok().out;
    assert!(replay.starts_with("audit: 2 operations, "), "{replay}");
    let json = place.run(&["show", "cm/settings", "-n", "shop", "-d", "run.db", "--format", "json"]).ok().json();
    assert_eq!(json["data"]["key"], "b");
    let json = place.run(&["sessions", "run.db", "--format", "json"]).ok().json();
    assert_eq!((&json[0]["origin"], &json[0]["gaps"], &json[0]["state"]), (&json!("imported"), &json!(1), &json!("closed")));
    let err = place.run(&["import", file, "-o", "run.db"]).code(2).err;
    assert!(err.contains("run.db exists already"), "{err}");
    let json = place.run(&["import", file, "-o", "other.db", "--session", "night", "--format", "json"]).ok().json();
    assert_eq!((&json["operations"], &json["unreadable"]), (&json!(2), &json!(1)));
    assert!(place.run(&["replay", "other.db"]).ok().out.starts_with("night: "));
}

#[test]
fn a_log_is_opened_as_it_is() {
    let place = Place::new();
    let file = log(&place);
    let before = fs::read(place.path(file)).unwrap();
    let ran = place.run(&["replay", file]).ok();
    assert_eq!(ran.out.lines().count(), 3, "{}", ran.out);
    assert!(ran.err.contains("converted from Kubernetes audit events, audit.log"), "{}", ran.err);
    assert!(place.run(&["show", "cm/settings", "-n", "shop", "-d", file, "--at", "#1"]).ok().out.contains("key: a"));
    assert!(place.run(&["verify", file]).ok().out.starts_with("sound"));
    assert_eq!(place.run(&["sql", file, "select count(*) from operations"]).ok().out, "count(*)\n2\n");
    assert_eq!((fs::read(place.path(file)).unwrap(), place.files()), (before, vec!["audit.log".to_owned()]));
    assert_eq!(fs::read_dir(place.path("cache").join("kuberewind")).unwrap().count(), 1, "it was converted once");
}

#[test]
fn bookmarks_of_an_opened_log_are_found_again() {
    let place = Place::new();
    let file = log(&place);
    place.run(&["bookmark", "add", "here", file, "--at", "#1"]).ok();
    fs::remove_dir_all(place.path("cache")).unwrap();
    let json = place.run(&["bookmark", "list", file, "--format", "json"]).ok().json();
    assert_eq!(json[0]["name"], "here", "it outlives the cache");
    assert!(place.run(&["replay", &format!("{file}#here")]).ok().out.lines().count() >= 2);
}

#[test]
fn standard_input_is_a_file_too() {
    let place = Place::new();
    let file = log(&place);
    let mut child = place.command(&["import", "-", "-o", "run.db"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&fs::read(place.path(file)).unwrap()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "2 operations from 2 records of Kubernetes audit events are in run.db\n");
    assert!(place.run(&["replay", "run.db"]).ok().out.starts_with("imported: "));
}

#[test]
fn what_is_nothing_is_refused_with_what_was_tried() {
    let place = Place::new();
    fs::write(place.path("notes.txt"), "apiVersion: v1\n").unwrap();
    for arguments in [&["import", "notes.txt", "-o", "run.db"][..], &["replay", "notes.txt"]] {
        let err = place.run(arguments).code(2).err;
        assert!(err.contains("notes.txt is neither a recording") && err.contains("Kubernetes audit events"), "{err}");
    }
    let err = place.run(&["import", "gone.log", "-o", "run.db"]).code(2).err;
    assert!(err.contains("there is no file gone.log"), "{err}");
    assert_eq!(place.files(), ["notes.txt"]);
}

#[test]
fn kubesteps_sample_becomes_a_recording() {
    let Some(inputs) = real_inputs() else { return };
    let place = Place::new();
    let file = inputs.join("kubestep/sample_recordings.db");
    let out = place.run(&["import", file.to_str().unwrap(), "-o", "run.db"]).ok().out;
    assert!(out.starts_with("85 operations "), "{out}");
    assert_eq!(place.run(&["sessions", "run.db", "--format", "json"]).ok().json().as_array().unwrap().len(), 4);
}

#[test]
fn the_healthy_log_is_healthy() {
    let Some(inputs) = real_inputs() else { return };
    let place = Place::new();
    let file = inputs.join("audit/microk8s-healthy.jsonl");
    place.run(&["analyze", file.to_str().unwrap(), "--fail-on", "loops,races"]).ok();
    place.run(&["analyze", inputs.join("k8shark/rolling-update.watch.jsonl").to_str().unwrap(), "--fail-on", "loops,races"]).ok();
}
