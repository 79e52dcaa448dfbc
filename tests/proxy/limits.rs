//! Limits of a recording: the ring buffer, the operation limit, rotation, `--save-on` and `--start-on`.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine;
use http_body_util::BodyExt;
use kuberewind_file::{OpenOptions, Recording, verify};
use kuberewind_model::{GapReason, History, Seq, Session, SessionState};
use rustix::process::Signal;

use super::program::{Program, ask, kuberewind, recordings, until};
use super::server::{Server, config_map, json};

const OBJECT: &str = "/api/v1/namespaces/shop/configmaps/a";
const DEPLOYMENT: &str = "/apis/apps/v1/namespaces/shop/deployments/checkout";

/// Answers every read with the next version of a ConfigMap whose text does not compress.
pub async fn ever_new() -> Server {
    let version = AtomicU32::new(0);
    Server::start(move |_| {
        let version = version.fetch_add(1, Ordering::Relaxed);
        let noise: String =
            (0..64_u64).map(|n| format!("{:016x}", (u64::from(version) * 61 + n).wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
        let body = config_map("a", version).replace("\"data\":{", &format!("\"data\":{{\"noise\":\"{noise}\","));
        async move { json(200, body) }
    })
    .await
}

/// Holds one object: the last one written.
async fn echo() -> Server {
    let state = Arc::new(Mutex::new((10, deployment(3))));
    Server::start(move |request: http::Request<hyper::body::Incoming>| {
        let state = state.clone();
        async move {
            let sent = request.into_body().collect().await.expect("a body").to_bytes();
            let mut state = state.lock().expect("lock");
            if let Ok(written) = serde_json::from_slice::<serde_json::Value>(&sent) {
                state.0 += 1;
                state.1 = written;
            }
            state.1["metadata"]["resourceVersion"] = state.0.to_string().into();
            json(200, state.1.to_string())
        }
    })
    .await
}

fn deployment(replicas: u32) -> serde_json::Value {
    serde_json::json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "checkout", "namespace": "shop", "uid": "u-1"}, "spec": {"replicas": replicas},
    })
}

fn only_session(file: &Path) -> Session {
    let report = verify(file, &OpenOptions::default(), true).expect("it opens");
    assert!(report.is_fine(), "{:?}", report.findings);
    let recording = Recording::open(file, &OpenOptions::default()).expect("it opens");
    recording.sessions().expect("sessions").pop().expect("a session")
}

/// Runs on another thread, as a client that blocks.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("no panic")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ring_buffer_keeps_the_newest_and_the_file_stays_small() {
    let server = ever_new().await.address.to_string();
    blocking(move || {
        for (keep, least, most, bytes) in [("1000", 1_000, 1_300, 3 << 20), ("1MiB", 200, 2_500, 3 << 20)] {
            let folder = tempfile::tempdir().expect("a folder");
            let program = Program::start(folder.path(), &server, &["--keep", keep], &[]);
            let mut client = program.client();
            let mut largest = 0;
            for call in 0..6_000 {
                assert_eq!(client.call("GET", OBJECT, "op/1", "").expect("an answer").0, 200);
                if call % 100 == 0 {
                    largest = largest.max(std::fs::metadata(folder.path().join("r.db")).expect("there").len());
                }
            }
            assert_eq!(program.end(), Some(0));
            let session = only_session(&folder.path().join("r.db"));
            assert_eq!((session.last, session.state), (Seq(6_000), SessionState::Closed), "{keep}: the numbering stays");
            assert!((least..=most).contains(&session.operations), "{keep}: {} operations", session.operations);
            assert!(largest < bytes, "{keep}: {largest} bytes");
            let ran = ask(folder.path(), &["verify", "--strict", "r.db"]);
            assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_the_limit_recording_stops_and_a_gap_counts_on() {
    let server = ever_new().await.address.to_string();
    blocking(move || {
        let folder = tempfile::tempdir().expect("a folder");
        let program = Program::start(folder.path(), &server, &["--max-operations", "3"], &[]);
        let mut client = program.client();
        for _ in 0..10 {
            assert_eq!(client.call("GET", OBJECT, "op/1", "").expect("the client is still served").0, 200);
        }
        assert_eq!(program.end(), Some(0));
        let session = only_session(&folder.path().join("r.db"));
        assert_eq!((session.operations, session.last), (3, Seq(3)));
        let recording = Recording::open(&folder.path().join("r.db"), &OpenOptions::default()).expect("it opens");
        let gaps = recording.gaps(&recording.lineage(session.no).expect("a lineage"), 10).expect("gaps");
        assert_eq!(gaps.len(), 1, "{gaps:?}");
        assert_eq!((gaps[0].reason, gaps[0].count), (GapReason::Limit, 7));
        // The same by environment variable, with a ring buffer: recording never stops, and more is dropped.
        let child = ["sh", "-c", "test \"$REPLAY_MAX_OPS\" = 2000"];
        let mut record = kuberewind(folder.path(), "http://127.0.0.1:1", &["--keep", "9000"], &child);
        assert!(record.env("REPLAY_MAX_OPS", "2000").output().expect("it runs").status.success());
    })
    .await;
}

/// Two writers that disagree.
fn fight(program: &Program, rounds: u32) {
    let (mut checkout, mut hpa) = (program.client(), program.client());
    for _ in 0..rounds {
        for (client, agent, replicas) in [(&mut checkout, "checkout/1", 3), (&mut hpa, "hpa/1", 5)] {
            client.call("GET", DEPLOYMENT, agent, "").expect("an answer");
            client.call("PUT", DEPLOYMENT, agent, &deployment(replicas).to_string()).expect("an answer");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_loop_keeps_the_recording() {
    let server = echo().await.address.to_string();
    blocking(move || {
        for (rounds, kept) in [(1, false), (12, true)] {
            let folder = tempfile::tempdir().expect("a folder");
            let program = Program::start(folder.path(), &server, &["--save-on", "loop"], &[]);
            fight(&program, rounds);
            assert_eq!(program.end(), Some(0));
            let run = std::fs::read_to_string(folder.path().join("stderr")).expect("text");
            assert_eq!(run.contains("the recording will be kept:"), kept, "{run}");
            assert_eq!(recordings(folder.path()).len(), usize::from(kept), "{run}");
            if kept {
                assert!(run.contains("/spec/replicas"), "the reason names the field: {run}");
                only_session(&folder.path().join("r.db"));
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_the_decision_the_ring_buffer_drops_nothing() {
    let server = Server::start(|request: http::Request<hyper::body::Incoming>| {
        let refused = request.uri().path().ends_with("/forbidden");
        async move {
            if refused {
                json(403, r#"{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403}"#)
            } else {
                json(200, config_map("a", 1))
            }
        }
    })
    .await;
    let server = server.address.to_string();
    blocking(move || {
        let folder = tempfile::tempdir().expect("a folder");
        let program = Program::start(folder.path(), &server, &["--save-on", "error", "--keep", "200"], &[]);
        let mut client = program.client();
        let calls = |client: &mut super::program::Client, path: &str, times| {
            (0..times).for_each(|_| drop(client.call("GET", path, "op/1", "")));
        };
        calls(&mut client, OBJECT, 1_000);
        calls(&mut client, "/api/v1/namespaces/shop/configmaps/forbidden", 1);
        calls(&mut client, OBJECT, 1_000);
        assert_eq!(program.end(), Some(0));
        let session = only_session(&folder.path().join("r.db"));
        assert_eq!(session.last, Seq(2_001));
        assert!(session.first <= Seq(1_001 - 200), "the operations before the failure are kept: {}", session.first);
        assert!(session.first > Seq(500), "older operations are dropped: {}", session.first);
        // The next one neither overwrites it nor fails: the time is in its name.
        let program = Program::start(folder.path(), &server, &["--save-on", "error"], &[]);
        calls(&mut program.client(), "/api/v1/namespaces/shop/configmaps/forbidden", 1);
        assert_eq!(program.end(), Some(0));
        let files = recordings(folder.path());
        assert_eq!(files.len(), 2, "{files:?}");
        assert_eq!(only_session(&files[0]).operations, 1);
    })
    .await;
}

#[test]
fn conditions_on_a_program_need_one() {
    let folder = tempfile::tempdir().expect("a folder");
    for options in [["--start-on", "log:x"], ["--save-on", "exit"], ["--save-on", "log:x"]] {
        let ran = kuberewind(folder.path(), "http://127.0.0.1:1", &options, &[]).output().expect("it runs");
        assert_eq!(ran.status.code(), Some(125), "{options:?}");
        assert!(String::from_utf8_lossy(&ran.stderr).contains("after --"), "{options:?}");
    }
    for (options, words) in [(["--rotate", "often"], "24h"), (["--keep", "much"], "2GiB"), (["--save-on", "never"], "loop")] {
        let ran = kuberewind(folder.path(), "http://127.0.0.1:1", &options, &["true"]).output().expect("it runs");
        assert_eq!(ran.status.code(), Some(125), "{options:?}");
        assert!(String::from_utf8_lossy(&ran.stderr).contains(words), "{options:?}");
    }
    assert!(recordings(folder.path()).is_empty());
}

#[test]
fn rotation_each_second_gives_complete_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "while [ $(ls r-*.db | wc -l) -lt 3 ]; do echo tick; sleep 0.02; done";
    let ran =
        kuberewind(folder.path(), "http://127.0.0.1:1", &["--rotate", "1s"], &["sh", "-c", script]).output().expect("it runs");
    assert!(ran.status.success());
    let run = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(run.contains("recording into r-") && run.contains("recording continues in r-"), "{run}");
    let files = recordings(folder.path());
    assert!(files.len() >= 3, "{files:?}");
    let mut lines = 0;
    for file in &files {
        let session = only_session(file);
        assert_eq!(session.state, SessionState::Closed);
        assert!(session.log_lines > 0, "no file is empty");
        lines += session.log_lines;
    }
    // Plus the recorder's own last line.
    let printed = ran.stdout.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(lines - 1, printed as u64, "every line is in one file");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_is_seen_in_a_later_file_leaves_the_earlier_ones() {
    const VALUE: &str = "Tr0ub4dor-and-3-horses";
    let answer = |request: http::Request<hyper::body::Incoming>| async move {
        if !request.uri().path().contains("/secrets/") {
            return json(200, config_map("a", 1).replace("\"a\":\"1\"", &format!("\"note\":\"the login is {VALUE}\"")));
        }
        let metadata = r#"{"name":"login","namespace":"shop","uid":"u-9","resourceVersion":"9"}"#;
        let data = base64::engine::general_purpose::STANDARD.encode(VALUE);
        json(200, format!(r#"{{"kind":"Secret","apiVersion":"v1","metadata":{metadata},"data":{{"login":"{data}"}}}}"#))
    };
    let server = Server::start(answer).await.address.to_string();
    blocking(move || {
        let folder = tempfile::tempdir().expect("a folder");
        let program = Program::start(folder.path(), &server, &["--rotate", "1s"], &[]);
        let mut client = program.client();
        until("it records into another file", || {
            client.call("GET", OBJECT, "op/1", "").expect("an answer");
            recordings(folder.path()).len() >= 3
        });
        client.call("GET", "/api/v1/namespaces/shop/secrets/login", "op/1", "").expect("an answer");
        assert_eq!(program.end(), Some(0));
        for file in recordings(folder.path()) {
            let session = only_session(&file);
            let recording = Recording::open(&file, &OpenOptions::default()).expect("it opens");
            let mut texts = 0;
            let visited = recording.visit_texts(&mut |_, text| {
                texts += 1;
                assert!(!text.contains(VALUE), "{}: {text}", file.display());
                true
            });
            visited.expect("all texts");
            assert!(texts > session.operations, "the bodies were searched");
            let raw = std::fs::read(&file).expect("there");
            assert!(!raw.windows(VALUE.len()).any(|bytes| bytes == VALUE.as_bytes()), "{}", file.display());
        }
    })
    .await;
}

#[test]
fn recording_starts_with_the_matching_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "echo early; echo 'now: go'; echo late";
    let ran = kuberewind(folder.path(), "http://127.0.0.1:1", &["--start-on", "log:now: g."], &["sh", "-c", script]).output();
    assert!(ran.expect("it runs").status.success());
    let file = folder.path().join("r.db");
    let session = only_session(&file);
    let recording = Recording::open(&file, &OpenOptions::default()).expect("it opens");
    let lineage =
        kuberewind_model::Lineage::new([kuberewind_model::SessionRange { session: session.no, from: Seq(0), to: Seq::MAX }]);
    let lines = recording.log_lines(&lineage, Seq(0)..=Seq::MAX, 10).expect("lines");
    let printed = lines.iter().map(|line| &*line.text).filter(|text| !text.starts_with("kuberewind: "));
    assert_eq!(printed.collect::<Vec<_>>(), ["now: go", "late"]);
    assert_eq!(session.gaps, 1, "the time before is a gap");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signals_and_the_control_endpoint_switch_recording() {
    let server = Server::start(|_| async { json(200, config_map("a", 1)) }).await.address.to_string();
    blocking(move || {
        let folder = tempfile::tempdir().expect("a folder");
        let program = Program::start(folder.path(), &server, &[], &[]);
        let mut client = program.client();
        let on = |program: &Program| {
            program.client().call("GET", "/.kuberewind/status", "x", "").expect("an answer").1.contains("\"recording\":true")
        };
        client.call("GET", OBJECT, "op/1", "");
        program.signal(Signal::USR2);
        until("it is off", || !on(&program));
        client.call("GET", OBJECT, "op/1", "");
        program.signal(Signal::USR1);
        until("it is on", || on(&program));
        client.call("GET", OBJECT, "op/1", "");
        assert_eq!(client.call("POST", "/.kuberewind/disable", "x", "").expect("an answer").0, 200);
        client.call("GET", OBJECT, "op/1", "");
        assert_eq!(client.call("POST", "/.kuberewind/enable", "x", "").expect("an answer").0, 200);
        client.call("GET", OBJECT, "op/1", "");
        assert_eq!(client.call("POST", "/.kuberewind/explode", "x", "").expect("an answer").0, 404);
        assert_eq!(program.end(), Some(0));
        let session = only_session(&folder.path().join("r.db"));
        assert_eq!((session.operations, session.gaps), (3, 2));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redact_rule_hides_a_value_and_the_key_id_is_stored() {
    let server =
        Server::start(|_| async { json(200, config_map("a", 1).replace("\"a\":\"1\"", "\"password\":\"hush-hush-value\"")) })
            .await;
    let server = server.address.to_string();
    blocking(move || {
        let folder = tempfile::tempdir().expect("a folder");
        let program = Program::start(folder.path(), &server, &["--redact", "configmaps:/data/password"], &[]);
        let answer = program.client().call("GET", OBJECT, "op/1", "").expect("an answer").1;
        assert!(answer.contains("hush-hush-value"), "the client gets the server's response");
        assert_eq!(program.end(), Some(0));
        let raw = std::fs::read(folder.path().join("r.db")).expect("there");
        assert!(memchr::memmem::find(&raw, b"hush-hush").is_none());
        let query = "select (select length(redaction_key) from session) as length, body(body_id) as body from operations";
        let ran = ask(folder.path(), &["sql", "r.db", query, "--format", "json"]);
        let bodies: serde_json::Value = serde_json::from_slice(&ran.stdout).expect("JSON");
        assert_eq!(bodies[0]["length"], 16);
        assert!(bodies[0]["body"].as_str().is_some_and(|body| body.contains("\"password\":\"redacted:")), "{bodies}");
    })
    .await;
}
