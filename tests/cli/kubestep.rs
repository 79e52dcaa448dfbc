//! KubeStep's sample database, opened directly.

use std::fs;

use super::program::{Sandbox, real_inputs};

#[test]
fn all_four_sessions_open_and_the_file_does_not_change() {
    let Some(inputs) = real_inputs() else { return };
    let sandbox = Sandbox::new();
    let file = inputs.join("kubestep/sample_recordings.db");
    let before = fs::read(&file).expect("the sample reads");
    let name = file.to_str().expect("a plain path");
    let json = sandbox.run(&["sessions", name, "--format", "json"]).ok().json();
    let mut counts: Vec<(String, u64, u64)> = json
        .as_array()
        .unwrap()
        .iter()
        .map(|session| {
            (
                session["session_id"].as_str().unwrap().to_owned(),
                session["operations"].as_u64().unwrap(),
                session["spans"].as_u64().unwrap(),
            )
        })
        .collect();
    counts.sort();
    let counts: Vec<(&str, u64, u64)> =
        counts.iter().map(|(name, operations, spans)| (name.as_str(), *operations, *spans)).collect();
    assert_eq!(counts[0], ("fight-session-004", 48, 24));
    assert_eq!(
        counts[1..].iter().map(|count| (count.0, count.1)).collect::<Vec<_>>(),
        [("sample-session-001", 10), ("sample-session-002", 15), ("sample-session-003", 12)]
    );
    for (at, replicas) in [("1", 5), ("2", 3), ("3", 3), ("4", 5), ("6", 3)] {
        let json = sandbox
            .run(&[
                "show",
                "deploy/checkout",
                "-n",
                "shop",
                "-d",
                name,
                "--session",
                "fight-session-004",
                "--at",
                at,
                "--format",
                "json",
            ])
            .ok()
            .json();
        assert_eq!(json["spec"]["replicas"], replicas, "at #{at}");
    }
    let replay = sandbox.run(&["replay", "fight-session-004", "-d", name]).ok().out;
    assert_eq!(replay.lines().count(), 49, "{replay}");
    // Without --session, the error lists the sessions.
    let err = sandbox.run(&["show", "deploy/checkout", "-n", "shop", "-d", name]).code(2).err;
    assert!(err.contains("fight-session-004") && err.contains("sample-session-001"), "{err}");
    assert_eq!(fs::read(&file).expect("the sample reads"), before);
}

#[test]
fn verify_runs_kubesteps_own_checks_on_the_file() {
    let sandbox = Sandbox::new();
    let db = rusqlite::Connection::open(sandbox.path("bad.db")).unwrap();
    db.execute_batch(
        "CREATE TABLE operations (session_id TEXT, sequence_number INTEGER, timestamp INTEGER, operation_type TEXT, resource_kind TEXT,
             namespace TEXT, name TEXT, resource_data TEXT, error TEXT, duration_ms INTEGER);
         CREATE TABLE reconcile_spans (id TEXT, session_id TEXT, actor_id TEXT, start_ts INTEGER, end_ts INTEGER, duration_ms INTEGER);
         INSERT INTO operations VALUES
             ('s', 1, 100, 'GET', 'Pod', 'shop', 'p', '', '', 5),
             ('s', 2, 101, 'GET', 'Pod', 'shop', 'p', '', '', -7),
             ('s', 2, 102, 'GET', 'Pod', 'shop', 'p', '', '', 5),
             ('s', 6, 103, 'GET', 'Pod', 'shop', 'p', '', '', 5);
         INSERT INTO reconcile_spans VALUES ('r', 's', 'a', 103, 101, 5);",
    )
    .unwrap();
    drop(db);
    let ran = sandbox.run(&["verify", "bad.db"]).code(1);
    for line in [
        "sequence: session s has 2 operations with the number 2",
        "durations: operation 2 of session s has a negative duration: -7 ms",
        "spans: a reconcile of session s ends at 101, before it begins at 103 (Unix seconds)",
        "gap: session s lacks the numbers 3 to 5",
        "converted from a KubeStep database: operations are numbered from 1 in the order of their numbers",
    ] {
        assert!(ran.out.lines().any(|found| found == line), "{line}\n{}", ran.out);
    }
    assert!(ran.out.starts_with("3 errors: "), "{}", ran.out);
    let json = sandbox.run(&["verify", "-d", "bad.db", "--format", "json"]).code(1).json();
    assert_eq!((&json["sound"], &json["total"]), (&false.into(), &3.into()));
    assert_eq!(json["gaps"][0], "session s lacks the numbers 3 to 5");
}

#[test]
fn a_database_has_the_session_whatever_is_in_the_folder() {
    let Some(inputs) = real_inputs() else { return };
    let sandbox = Sandbox::new();
    fs::copy(inputs.join("kubestep/sample_recordings.db"), sandbox.path("sample.db")).unwrap();
    // A file and a folder with the names of sessions.
    fs::write(sandbox.path("sample-session-001"), "no recording").unwrap();
    fs::create_dir(sandbox.path("fight-session-004")).unwrap();
    for (session, operations) in [("sample-session-001", 10), ("fight-session-004", 48)] {
        let replay = sandbox.run(&["replay", session, "-d", "sample.db"]).ok().out;
        assert_eq!(replay.lines().count(), operations + 1, "{session}");
    }
}

#[test]
fn kubesteps_own_flags_are_accepted() {
    let Some(inputs) = real_inputs() else { return };
    let sandbox = Sandbox::new();
    let name = inputs.join("kubestep/sample_recordings.db");
    let name = name.to_str().expect("a plain path");
    let slow = |arguments: &[&str]| {
        let mut all =
            vec!["analyze", "sample-session-002", "-d", name, "--format", "json", "--storage", "sqlite", "--mongo-db", "x"];
        all.extend(arguments);
        sandbox.run(&all).ok().json()["slow_operations"].as_array().unwrap().len()
    };
    assert_eq!(slow(&["-l", "-s", "-e", "-w", "10", "-t", "1000"]), 5);
    assert_eq!(slow(&["--slow=false"]), 0);
    let longest =
        sandbox.run(&["sql", name, "select max(duration_ms) from operations where session_id = 'sample-session-002'"]).ok().out;
    let longest = longest.lines().nth(1).unwrap().to_owned();
    assert!(slow(&["-t", &longest]) >= 1, "a threshold of {longest} ms includes {longest} ms");
    sandbox.run(&["replay", "sample-session-001", "-d", name, "-q"]).ok();
    let all =
        sandbox.run(&["analyze", "causality", "-d", name, "--session", "fight-session-004", "--format", "json"]).ok().json();
    let window = [
        "analyze",
        "causality",
        "-d",
        name,
        "--session",
        "fight-session-004",
        "--format",
        "json",
        "--window",
        "0,1",
        "--include-payloads",
        "--max-depth",
        "5",
    ];
    let none = sandbox.run(&window).ok().json();
    assert!(!all["nodes"].as_array().unwrap().is_empty() && none["nodes"].as_array().unwrap().is_empty(), "{none}");
    assert!(sandbox.run(&["analyze", "sample-session-002", "-d", name, "--storage", "mongodb"]).code(2).err.contains("sqlite"));
}
