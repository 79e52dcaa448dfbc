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
