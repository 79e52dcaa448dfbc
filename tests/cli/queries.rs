//! `show`, `diff`, `sessions`, `replay` and `sql` on a recording of the demo.

use std::io::Write;
use std::process::Stdio;

use rusqlite::Connection;

use super::program::Sandbox;

/// Returns the first successful writes to the Deployment: number, and the replicas in the response.
fn writes(sandbox: &Sandbox, file: &str) -> Vec<(i64, String)> {
    let query = "select sequence_number, body_id from operations where verb in ('update','patch') and status < 400 order by 1";
    let connection = Connection::open(sandbox.path(file)).expect("the file opens");
    let mut statement = connection.prepare(query).expect("the view is there");
    let found = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?))).expect("the query runs");
    found
        .map(|row| {
            let (number, body) = row.expect("the row reads");
            let query = format!("select body({body}) as body");
            let text = sandbox.run(&["sql", file, &query, "--format", "json"]).ok();
            let object: serde_json::Value =
                serde_json::from_str(text.json()[0]["body"].as_str().expect("a body is text")).expect("a body is JSON");
            (number, object["spec"]["replicas"].to_string())
        })
        .take(6)
        .collect()
}

#[test]
fn show_returns_the_state_after_the_last_write() {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("tug-of-war");
    let writes = writes(&sandbox, &file);
    assert!(writes.len() >= 4, "{writes:?}");
    let replicas = |at: i64| {
        let at = at.to_string();
        sandbox.run(&["show", "deploy/checkout", "-n", "shop", "-d", &file, "--at", &at, "--format", "json"]).ok().json()["spec"]
            ["replicas"]
            .to_string()
    };
    for pair in writes.windows(2) {
        let [(number, value), (next, _)] = pair else { unreachable!("windows of two") };
        assert_eq!(&replicas(*number), value, "at #{number}");
        assert_eq!(&replicas(next - 1), value, "just before #{next}");
    }
    let values: std::collections::BTreeSet<&str> = writes.iter().map(|(_, value)| value.as_str()).collect();
    assert_eq!(values.into_iter().collect::<Vec<_>>(), ["3", "5"]);
}

#[test]
fn an_object_is_unknown_before_its_first_observation() {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("tug-of-war");
    let ran = sandbox.run(&["show", "deploy/checkout", "-n", "shop", "-d", &file, "--at", "start"]).code(1);
    assert!(ran.out.contains("unknown"), "{}", ran.out);
    let json =
        sandbox.run(&["show", "Deployment/shop/checkout", "-d", &file, "--at", "start", "--format", "json"]).code(1).json();
    assert_eq!(json["presence"], "unknown");
    // Only a complete list proves absence.
    let json =
        sandbox.run(&["show", "deploy/missing", "-n", "shop", "-d", &file, "--at", "end", "--format", "json"]).code(1).json();
    assert_eq!(json["presence"], "unknown", "the lists had a selector, so they prove nothing about other objects");
}

#[test]
fn a_difference_names_the_field_and_exits_with_1() {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("tug-of-war");
    let writes = writes(&sandbox, &file);
    let (from, to) = (writes[0].0.to_string(), writes[1].0.to_string());
    let arguments = ["diff", "deploy/checkout", "-n", "shop", "-d", &file, "--from", &from, "--to", &to];
    let ran = sandbox.run(&arguments).code(1);
    assert!(ran.out.contains("replicas"), "{}", ran.out);
    let json = sandbox.run(&[&arguments[..], &["--format", "json"]].concat()).code(1).json();
    assert!(json.as_array().unwrap().iter().any(|change| change["path"] == "/spec/replicas"), "{json}");
    sandbox.run(&["diff", "deploy/checkout", "-n", "shop", "-d", &file, "--from", &from, "--to", &from]).ok();
}

#[test]
fn sessions_are_printed_as_text_and_json() {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("tug-of-war");
    let json = sandbox.run(&["sessions", &file, "--format", "json"]).ok().json();
    assert_eq!(json.as_array().unwrap().len(), 1);
    assert_eq!(json[0]["state"], "closed");
    assert_eq!(json[0]["origin"], "recorded");
    let mut keys: Vec<&str> = json[0].as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        ["actors", "end", "first", "gaps", "operations", "origin", "parent", "session_id", "spans", "start", "state"]
    );
    assert_eq!(json[0]["actors"], serde_json::json!(["autoscaler/hpa", "shop-operator/checkout"]));
    assert!(sandbox.run(&["sessions", &file]).ok().out.starts_with("SESSION"));
}

#[test]
fn replay_steps_with_n_b_r_s_q() {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("tug-of-war");
    let mut child = sandbox
        .command(&["replay", &file, "-i"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child.stdin.take().expect("stdin is piped").write_all(b"n\nn\nb\ns\nr\nn\nq\n").expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).expect("output is UTF-8");
    let numbers: Vec<&str> =
        text.lines().filter_map(|line| line.trim_start().strip_prefix('#')?.split_whitespace().next()).collect();
    assert_eq!(numbers, ["1", "2", "1", "1"], "{text}");
    assert!(text.contains("at #1 of #") && text.contains("at the start"), "{text}");
    let lines = sandbox.run(&["replay", &file]).ok().out;
    let operations = sandbox.run(&["sessions", &file, "--format", "json"]).ok().json()[0]["operations"].as_u64().unwrap();
    assert_eq!(lines.lines().count() as u64, operations + 1, "one heading, and one line per operation");
}

#[test]
fn sql_is_read_only() {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("hot-loop");
    let out = sandbox.run(&["sql", &file, "select operation_type, count(*) from operations group by 1"]).ok().out;
    assert!(out.contains("WATCH"), "{out}");
    for query in ["delete from op", "attach 'x.db' as x", "pragma journal_mode=delete", "create table t (a)"] {
        let err = sandbox.run(&["sql", &file, query]).code(2).err;
        assert!(err.contains("kuberewind:"), "{err}");
    }
}
