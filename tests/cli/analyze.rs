//! `analyze`, `why` and `find`, as users and CI jobs run them.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::program::{Sandbox, interrupt};

#[test]
fn each_demo_has_exactly_its_own_finding() {
    for (scenario, sentence) in [
        ("tug-of-war", "keep undoing each other on /spec/replicas"),
        ("hot-loop", "is woken by its own write of Backup/ops/nightly"),
        ("conflict-storm", "fail with 409 Conflict"),
    ] {
        let sandbox = Sandbox::new();
        let file = sandbox.demo(scenario);
        let out = sandbox.run(&["analyze", &file]).ok().out;
        assert!(out.contains(sentence) && out.contains("\n1 finding"), "{scenario}: {out}");
        // The second run reads the findings from the recording.
        assert_eq!(sandbox.run(&["analyze", &file]).ok().out, out);
        sandbox.run(&["analyze", &file, "--fail-on", "loops"]).code(1);
        sandbox.run(&["analyze", &file, "--fail-on", "races,slow"]).ok();
    }
    let sandbox = Sandbox::new();
    let file = sandbox.demo("rollout");
    let out = sandbox.run(&["analyze", &file, "--fail-on", "loops,races,slow,errors"]).ok().out;
    assert!(out.contains("no findings"), "{out}");
}

#[test]
fn the_causes_of_a_write_lead_through_both_actors() {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("tug-of-war");
    let query = "select max(sequence_number) as last from operations where verb in ('update', 'patch') and status < 400";
    let last = sandbox.run(&["sql", &file, query, "--format", "json"]).ok().json()[0]["last"].to_string();
    let out = sandbox.run(&["why", &last, "-d", &file]).ok().out;
    assert!(out.contains("shop-operator/checkout") && out.contains("autoscaler/hpa"), "{out}");
    assert!(out.contains("exact: the same uid and resourceVersion") && out.contains("last saw"), "{out}");
    let json = sandbox.run(&["why", &last, "-d", &file, "--format", "json"]).ok().json();
    let links = json["links"].as_array().unwrap();
    assert!(links.len() > 10 && links.iter().skip(1).all(|link| link["evidence"] != ""), "{json}");
    // The effects of the first write.
    let first = sandbox.run(&["sql", &file, &query.replace("max", "min"), "--format", "json"]).ok().json()[0]["last"].to_string();
    let out = sandbox.run(&["why", &first, "-d", &file, "--effects"]).ok().out;
    assert!(out.contains("→ #") && out.contains("reconcile"), "{out}");
    sandbox.run(&["why", "99999", "-d", &file]).code(2);
}

#[test]
fn invariants_are_findings_of_their_own_class() {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("tug-of-war");
    let broken = ["analyze", &file, "--invariant", "Deployment: object.spec.replicas <= 4"];
    let out = sandbox.run(&broken).code(1).out;
    assert!(out.starts_with("Deployment: object.spec.replicas <= 4\nbroken"), "{out}");
    let json = sandbox.run(&[&broken[..], &["--format", "json"]].concat()).code(1).json();
    let classes: Vec<&str> = json["findings"].as_array().unwrap().iter().map(|one| one["class"].as_str().unwrap()).collect();
    assert!(!classes.is_empty() && classes.iter().all(|class| *class == "invariants"), "{json}");
    let junit = sandbox.run(&[&broken[..], &["--format", "junit"]].concat()).code(1).out;
    assert!(junit.contains("name=\"invariant\"") && junit.contains("violates `object.spec.replicas &lt;= 4`"), "{junit}");
    let sarif = sandbox.run(&[&broken[..], &["--format", "sarif"]].concat()).code(1).json();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "invariant");
    let out = sandbox.run(&["analyze", &file, "--invariant", "deploy: object.spec.replicas <= 10"]).ok().out;
    assert!(out.contains("holds over 1 object"), "{out}");
    // With another class: both are reported.
    let out = sandbox.run(&[&broken[..], &["--loops"]].concat()).code(1).out;
    assert!(out.contains("two-writers") && out.contains("invariants"), "{out}");
    let err = sandbox.run(&["analyze", &file, "--invariant", "Deployment: object.spec.replicas <= "]).code(2).err;
    assert!(err.contains("\n") && err.contains('^'), "a caret points at the mistake: {err}");
    let err = sandbox.run(&["find", "object.spec.replicas >", "deploy/checkout", "-n", "shop", "-d", &file]).code(2).err;
    assert!(err.contains('^'), "{err}");
}

#[test]
fn causality_has_its_flags_and_formats() {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("tug-of-war");
    let out = sandbox
        .run(&["analyze", "causality", &file, "--session", "tug-of-war", "--max-depth", "4", "--max-chains", "1"])
        .ok()
        .out;
    assert!(out.contains("cycle") && out.matches("\nchain of").count() == 1 && out.contains("… "), "{out}");
    let json = sandbox.run(&["analyze", "causality", &file, "--payloads", "--format", "json"]).ok().json();
    assert!(json["nodes"].as_array().unwrap().iter().any(|node| !node["payload"].is_null()), "payloads");
    let bounded = sandbox.run(&["analyze", "causality", &file, "--from", "20", "--to", "40", "--format", "json"]).ok().json();
    let count = |json: &serde_json::Value| json["nodes"].as_array().unwrap().len();
    assert!(count(&bounded) > 0 && count(&bounded) < count(&json) / 4, "{}", count(&bounded));
    assert!(sandbox.run(&["analyze", "causality", &file, "--format", "dot"]).ok().out.starts_with("digraph"));
    assert!(sandbox.run(&["analyze", "causality", &file, "--format", "mermaid"]).ok().out.starts_with("flowchart"));
    sandbox.run(&["analyze", "causality", &file, "--session", "missing"]).code(2);
}

#[test]
fn the_environment_sets_the_threshold() {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("rollout");
    let slow = |threshold: &str| {
        let output =
            sandbox.command(&["analyze", &file, "--slow", "--format", "json"]).env("REPLAY_SLOW_THRESHOLD", threshold).output();
        let json: serde_json::Value = serde_json::from_slice(&output.expect("it runs").stdout).expect("JSON");
        json["slow_operations"].as_array().unwrap().len()
    };
    assert!(slow("3") > 0 && slow("5000") == 0);
}

#[test]
fn watch_prints_new_findings_until_ctrl_c_or_the_end_of_the_session() {
    let sandbox = Sandbox::new();
    let mut recorder = sandbox.live("tug-of-war").until_there(&sandbox);
    let watch = |arguments: &[&str]| {
        sandbox
            .command(&[&["analyze", "t.db", "--watch"][..], arguments].concat())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts")
    };
    let mut one = watch(&[]);
    let mut two = watch(&["--format", "json", "--fail-on", "loops"]);
    let mut printed = BufReader::new(one.stdout.take().expect("a pipe")).lines();
    let first = printed.next().expect("a line").expect("text");
    assert!(first.contains("two-writers"), "{first}");
    interrupt(&one);
    assert_eq!(one.wait().expect("it ends").code(), Some(130));
    let rest: Vec<String> = printed.map(|line| line.expect("text")).collect();
    assert!(rest.last().is_some_and(|line| line.starts_with("1 finding")), "the totals follow: {rest:?}");
    assert!(!rest.contains(&first), "no line is printed twice: {rest:?}");
    let mut printed = BufReader::new(two.stdout.take().expect("a pipe")).lines();
    let first: serde_json::Value = serde_json::from_str(&printed.next().expect("a line").expect("text")).expect("JSON");
    assert_eq!((first["detector"].as_str(), first["fields"][0].as_str()), (Some("two-writers"), Some("/spec/replicas")));
    recorder.interrupt();
    assert_eq!(two.wait().expect("it ends with the session").code(), Some(1));
    sandbox.run(&["analyze", "t.db", "--watch", "--format", "sarif"]).code(2);
    // Of a session that has ended, the findings are final when they appear.
    let out = sandbox.run(&["analyze", "t.db", "--watch"]).out;
    assert_eq!(out.matches("keep undoing each other").count(), 1, "{out}");
}

#[cfg(target_os = "linux")]
#[test]
fn watch_waits_for_the_first_session_of_a_new_recording() {
    let sandbox = Sandbox::new();
    let file = sandbox.path(&sandbox.demo("tug-of-war"));
    // The state just before a recorder begins its session: the file exists and its lock is held.
    let recorder = rusqlite::Connection::open(&file).expect("it opens");
    recorder.execute_batch("CREATE TABLE aside AS SELECT * FROM session; DELETE FROM session").expect("it is written");
    let lock = std::fs::File::create(sandbox.path("tug-of-war.db-lock")).expect("it is made");
    lock.lock().expect("the lock is free");
    let mut watch = sandbox.command(&["analyze", "tug-of-war.db", "--watch"]).stdout(Stdio::piped()).spawn().expect("it starts");
    let opened = || {
        let open = std::fs::read_dir(format!("/proc/{}/fd", watch.id())).expect("it runs");
        open.filter_map(Result::ok).filter_map(|one| std::fs::read_link(one.path()).ok()).any(|one| one == file)
    };
    let begin = Instant::now();
    while !opened() && begin.elapsed() < Duration::from_secs(60) {}
    recorder.execute_batch("INSERT INTO session SELECT * FROM aside").expect("it is written");
    let first = BufReader::new(watch.stdout.take().expect("a pipe")).lines().next().expect("a line").expect("text");
    assert!(first.contains("two-writers"), "{first}");
    drop(lock);
    watch.wait().expect("it ends");
    // Without a writer, the command does not wait.
    recorder.execute_batch("DELETE FROM session").expect("it is written");
    let err = sandbox.run(&["analyze", "tug-of-war.db", "--watch"]).code(2).err;
    assert!(err.contains("the recording has no session"), "{err}");
}
