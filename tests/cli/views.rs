//! The commands that print the content of a view.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use super::program::Sandbox;

fn recorded() -> Sandbox {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("tug-of-war");
    std::fs::rename(sandbox.path(&file), sandbox.path("run.db")).unwrap();
    sandbox
}

#[test]
fn the_timeline_filters_as_the_debugger_does() {
    let sandbox = recorded();
    let all = sandbox.run(&["timeline", "run.db"]).ok().out;
    let json = sandbox.run(&["timeline", "run.db", "--format", "json"]).ok().json();
    assert_eq!(json.as_array().unwrap().len(), all.lines().count());
    let writes = sandbox.run(&["timeline", "run.db", "--filter", "has:write and actor ~ hpa", "--format", "json"]).ok().json();
    let writes = writes.as_array().unwrap();
    assert!(!writes.is_empty() && writes.len() < all.lines().count() / 3, "{}", writes.len());
    assert!(writes.iter().all(|write| write["actor"].as_str().unwrap().ends_with("hpa")), "{writes:?}");
    let touching =
        sandbox.run(&["timeline", "run.db", "--filter", "path=spec.replicas has:write", "--format", "json"]).ok().json();
    assert!(touching.as_array().unwrap().len() > 4, "{touching}");
    let looping = sandbox.run(&["timeline", "run.db", "--filter", "has:loop", "--limit", "3"]).ok().out;
    assert_eq!(looping.lines().count(), 3, "{looping}");
    let part = sandbox.run(&["timeline", "run.db", "--from", "3", "--to", "5"]).ok().out;
    assert_eq!(
        part.lines().map(|line| line.trim_start().split(' ').next().unwrap().to_owned()).collect::<Vec<_>>(),
        ["#4", "#5"]
    );
    // No match exits with 1.
    assert_eq!(sandbox.run(&["timeline", "run.db", "--filter", "name=missing"]).code(1).out, "");
    assert_eq!(sandbox.run(&["timeline", "run.db", "--filter", "name=missing", "--format", "json"]).code(1).out, "[]\n");
    let err = sandbox.run(&["timeline", "run.db", "--filter", "code >= "]).code(2).err;
    assert!(err.contains('^') || err.contains("code"), "{err}");
}

#[test]
fn operation_prints_request_and_response() {
    let sandbox = recorded();
    let writes = sandbox.run(&["timeline", "run.db", "--filter", "verb=patch", "--limit", "1", "--format", "json"]).ok().json();
    let number = writes[0]["sequence_number"].to_string();
    let json = sandbox.run(&["operation", &number, "-d", "run.db", "--format", "json"]).ok().json();
    assert_eq!((&json["verb"], &json["sequence_number"]), (&writes[0]["verb"], &writes[0]["sequence_number"]));
    assert!(json["uri"].as_str().unwrap().starts_with("/api") && json["response"]["kind"].is_string(), "{json}");
    let text = sandbox.run(&["operation", &format!("#{number}"), "-d", "run.db"]).ok().out;
    assert!(
        text.contains("\nrequest:\n") && text.contains("\nresponse:\napiVersion: ") && text.contains("\nduration   "),
        "{text}"
    );
    sandbox.run(&["operation", "start", "-d", "run.db"]).code(1);
}

#[test]
fn tree_and_lanes_print_text_and_json() {
    let sandbox = recorded();
    let json = sandbox.run(&["tree", "run.db", "--format", "json"]).ok().json();
    assert!(json.as_array().unwrap().iter().any(|leaf| leaf["object"] == "Deployment/shop/checkout"), "{json}");
    let text = sandbox.run(&["tree", "run.db", "-n", "shop"]).ok().out;
    assert!(text.contains("Deployment/shop/checkout  rv "), "{text}");
    assert_eq!(sandbox.run(&["tree", "run.db", "--at", "start"]).ok().out, "");
    assert_eq!(sandbox.run(&["tree", "run.db", "-n", "nowhere", "--format", "json"]).ok().json(), serde_json::json!([]));
    let lanes = sandbox.run(&["lanes", "run.db", "--width", "20"]).ok().out;
    assert!(lanes.lines().any(|line| line.contains("hpa") && line.contains('w')), "{lanes}");
    let json = sandbox.run(&["lanes", "run.db", "--objects", "--width", "7", "--format", "json"]).ok().json();
    let lane = json["lanes"].as_array().unwrap().iter().find(|lane| lane["lane"] == "Deployment/shop/checkout").unwrap();
    assert_eq!(lane["steps"].as_array().unwrap().len(), 7);
}

#[test]
fn without_a_terminal_the_debugger_prints_the_timeline() {
    let sandbox = recorded();
    let all = sandbox.run(&["timeline", "run.db"]).ok().out;
    assert_eq!(sandbox.run(&["run.db"]).ok().out, all);
    let some = sandbox.run(&["open", "run.db", "--at", "12", "--filter", "has:object"]).ok().out;
    assert!((1..=12).contains(&some.lines().count()) && some.lines().all(|line| all.contains(line)), "{some}");
    assert!(!all.contains('\u{1b}'));
}

#[test]
fn findings_is_an_alias_of_analyze() {
    let sandbox = recorded();
    assert_eq!(sandbox.run(&["findings", "run.db"]).ok().out, sandbox.run(&["analyze", "run.db"]).ok().out);
}

#[test]
fn logs_prints_filtered_log_lines() {
    let sandbox = recorded();
    // The tracing events of the demo's operators.
    let log = sandbox.run(&["logs", "run.db"]).ok().out;
    assert!(log.contains("info  scaling to the load name=\"checkout\" wanted=5 found=3"), "{log}");
    let quiet = sandbox.demo("hot-loop");
    assert_eq!(sandbox.run(&["logs", &quiet]).ok().out, "");
    assert_eq!(sandbox.run(&["logs", &quiet, "--format", "json"]).ok().json(), serde_json::json!([]));
    let console = "2025-02-21T11:06:58Z\tINFO\tsetup\tstarting\n\
        2025-02-21T11:06:58Z\tINFO\tsleevelog\t{\"controller_id\":\"C\",\"id\":\"1\",\"kind\":\"Pod\",\"object_id\":\"u\",\"op_type\":\"GET\",\
        \"reconcile_id\":\"r\",\"timestamp\":\"1740136018500\",\"version\":\"1\"}\t{\"LogType\": \"sleeve:controller-operation\"}\n\
        2025-02-21T11:06:58Z\tINFO\tsleevelog\t{\"object_id\":\"u\",\"reconcile_id\":\"r\",\"operation_id\":\"1\",\"op_type\":\"GET\",\
        \"kind\":\"Pod\",\"version\":\"1\",\"value\":\"{\\\"apiVersion\\\":\\\"v1\\\",\\\"kind\\\":\\\"Pod\\\",\\\"metadata\\\":{\\\"name\\\":\\\"p\\\"}}\"}\t{}\n\
        2025-02-21T11:06:59Z\tERROR\tit \u{1b}[31mbroke\n";
    std::fs::write(sandbox.path("run.log"), console).unwrap();
    let out = sandbox.run(&["logs", "run.log"]).ok().out;
    assert_eq!(out.lines().count(), 2, "{out}");
    assert!(out.contains("starting") && !out.contains('\u{1b}'), "{out:?}");
    assert_eq!(sandbox.run(&["logs", "run.log", "--level", "error"]).ok().out.lines().count(), 1);
    assert_eq!(sandbox.run(&["logs", "run.log", "--grep", "START"]).ok().out.lines().count(), 1);
    let both = sandbox.run(&["timeline", "run.log", "--logs"]).ok().out;
    assert_eq!(both.lines().count(), 3, "{both}");
}

#[test]
fn a_closed_pipe_ends_the_program_quietly() {
    let sandbox = recorded();
    for arguments in [&["timeline", "run.db"][..], &["replay", "run.db"], &["timeline", "run.db", "--format", "json"]] {
        let mut child = sandbox.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(!first.is_empty());
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn info_prints_folders_and_versions() {
    let sandbox = Sandbox::new();
    let json = sandbox.run(&["info", "--format", "json"]).ok().json();
    for folder in ["config", "themes", "data", "recordings", "state", "cache"] {
        assert!(json["paths"][folder].as_str().unwrap().contains("kuberewind"), "{folder}: {json}");
    }
    assert!(json["recording_format"].is_u64() && json["detectors"].is_u64());
    assert!(sandbox.run(&["info"]).ok().out.contains("reads audit"));
    let own = sandbox.command(&["info", "--format", "json"]).env("KUBEREWIND_CONFIG_DIR", "/somewhere/else").output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&own.stdout).unwrap();
    assert_eq!(
        (&json["paths"]["config"], &json["paths"]["themes"]),
        (&"/somewhere/else".into(), &"/somewhere/else/themes".into())
    );
}
