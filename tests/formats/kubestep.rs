//! KubeStep's databases are converted into recordings.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use kuberewind_file::{OpenOptions, Recording};
use kuberewind_formats::open_cached;
use kuberewind_model::{ErrorKind, History, ObjectKey, Perspective, Presence, Seq};

/// Returns a file of the folder of real inputs, if it exists.
fn real_input(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("KUBEREWIND_REAL_INPUTS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let file = folder.join(name);
    if !file.exists() {
        eprintln!("skipped: there is no {}", file.display());
        return None;
    }
    Some(file)
}

/// Opens a KubeStep database through the cache.
fn open(file: &Path, folder: &Path) -> Recording {
    let made = open_cached(file, &folder.join("cache"), [1; 32], &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(made.importer.name, "kubestep");
    Recording::open(&made.recording, &OpenOptions::default()).unwrap()
}

#[test]
fn the_sample_opens_with_its_four_sessions() {
    let Some(file) = real_input("kubestep/sample_recordings.db") else { return };
    let folder = tempfile::tempdir().unwrap();
    let before = std::fs::read(&file).unwrap();
    for _ in 0..2 {
        let recording = open(&file, folder.path());
        let sessions = recording.sessions().unwrap();
        let counts: Vec<_> = sessions.iter().map(|s| (s.session_id.as_str(), s.operations, s.spans)).collect();
        let samples = ["sample-session-001", "sample-session-002", "sample-session-003", "fight-session-004"];
        assert_eq!(counts, [(samples[0], 10, 0), (samples[1], 15, 0), (samples[2], 12, 0), (samples[3], 48, 24)]);
        let lineage = recording.lineage(sessions[3].no).unwrap();
        let checkout =
            ObjectKey { group: "apps".into(), resource: "deployments".into(), namespace: "shop".into(), name: "checkout".into() };
        let replicas = |seq: u64| {
            let seen = recording.key_at(&lineage, Seq(seq), Perspective::World, &checkout).unwrap();
            assert_eq!(seen.presence, Presence::Present);
            let body = recording.body(seen.version.unwrap().body.unwrap()).unwrap().unwrap();
            serde_json::from_str::<serde_json::Value>(&body).unwrap()["spec"]["replicas"].as_i64().unwrap()
        };
        let flips: Vec<i64> = (1..=48).map(replicas).collect();
        assert_eq!(flips[..6], [5, 3, 3, 5, 5, 3]);
        assert!(flips.chunks(4).all(|round| round == [5, 3, 3, 5]));
        let spans = recording.spans(&lineage, Seq(1)..=Seq(48), 100).unwrap();
        assert_eq!(spans.len(), 24);
        assert!(spans.iter().skip(1).all(|span| span.triggers[0].operation.is_some()), "all but the first have their trigger");
        assert!(spans.iter().all(|span| recording.operations_of_span(&lineage, span.id, 10).unwrap().len() == 2));
    }
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn missing_columns_and_nulls_are_survived() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("old.db");
    let db = rusqlite::Connection::open(&file).unwrap();
    db.execute_batch(
        "CREATE TABLE operations (id INTEGER PRIMARY KEY, session_id TEXT, sequence_number INTEGER, timestamp INTEGER,
           operation_type TEXT, resource_kind TEXT, namespace TEXT, name TEXT, resource_data TEXT);
         INSERT INTO operations VALUES (1, 's', 1, 1770200000, 'CREATE', 'Proxy', 'a', 'p', '{\"apiVersion\":\"x.io/v1\",\"metadata\":{}}');
         INSERT INTO operations VALUES (2, 's', 2, NULL, 'WATCH', NULL, NULL, NULL, NULL);
         INSERT INTO operations VALUES (3, 's', 2, 'soon', NULL, 'Pod', 'a', 'b', 'no JSON');
         INSERT INTO operations VALUES (4, NULL, NULL, 1, 'LIST', 'PodList', 'a', '', '{\"items\":[{\"metadata\":{\"name\":\"x\"}},{}]}');",
    )
    .unwrap();
    drop(db);
    let recording = open(&file, folder.path());
    let sessions = recording.sessions().unwrap();
    let counts: Vec<_> = sessions.iter().map(|s| (s.session_id.as_str(), s.operations, s.spans)).collect();
    assert_eq!(counts, [("s", 3, 0), ("unnamed", 1, 0)]);
    let lineage = recording.lineage(sessions[0].no).unwrap();
    let key = ObjectKey { group: "x.io".into(), resource: "proxies".into(), namespace: "a".into(), name: "p".into() };
    assert_eq!(recording.key_at(&lineage, Seq(3), Perspective::World, &key).unwrap().presence, Presence::Present);
    let lineage = recording.lineage(sessions[1].no).unwrap();
    let pod = ObjectKey { group: "".into(), resource: "pods".into(), namespace: "a".into(), name: "x".into() };
    assert_eq!(recording.key_at(&lineage, Seq(1), Perspective::World, &pod).unwrap().presence, Presence::Present);
}

#[test]
fn the_reader_refuses_it_as_no_recording() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("k.db");
    let db = rusqlite::Connection::open(&file).unwrap();
    db.execute_batch("CREATE TABLE operations (session_id, sequence_number, timestamp, operation_type, resource_kind)").unwrap();
    drop(db);
    let error = Recording::open(&file, &OpenOptions::default()).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::NotARecording);
}

#[test]
fn a_database_of_another_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("other.db");
    rusqlite::Connection::open(&file).unwrap().execute_batch("CREATE TABLE operations (x)").unwrap();
    let cache = folder.path().join("cache");
    let error = open_cached(&file, &cache, [1; 32], &mut |_| ControlFlow::Continue(())).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::NotARecording);
    assert!(error.chain().contains("KubeStep"), "{}", error.chain());
    assert_eq!(std::fs::read_dir(&cache).unwrap().count(), 0, "no part of a conversion is left");
}

#[test]
fn no_secret_of_a_kubestep_database_reaches_the_recording() {
    const VALUE: &str = "S3cr3t/Value+Of=Them";
    let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, VALUE);
    let secret = format!(r#"{{"apiVersion":"v1","kind":"Secret","metadata":{{"name":"db"}},"data":{{"pw":"{encoded}"}}}}"#);
    let map = format!(
        r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"c","annotations":{{"a":"{encoded}"}}}},"data":{{"url":"postgres://app:hunter2hunter@db/x","v":"{VALUE}"}}}}"#
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("k.db");
    let db = rusqlite::Connection::open(&file).unwrap();
    db.execute_batch(
        "CREATE TABLE operations (id INTEGER PRIMARY KEY, session_id TEXT, sequence_number INTEGER, timestamp INTEGER,
           operation_type TEXT, resource_kind TEXT, namespace TEXT, name TEXT, resource_data TEXT, error TEXT, actor_id TEXT);
         CREATE TABLE reconcile_spans (id TEXT, session_id TEXT, actor_id TEXT, start_ts INTEGER, end_ts INTEGER, kind TEXT,
           namespace TEXT, name TEXT, trigger_uid TEXT, trigger_resource_version TEXT, trigger_reason TEXT, error TEXT);",
    )
    .unwrap();
    // The Secret comes last: what precedes it is cleaned afterwards.
    let insert = "INSERT INTO operations VALUES (?, 's', ?, 1770200000 + ?, ?, ?, 'shop', ?, ?, ?, ?)";
    for (number, verb, kind, name, data, error) in [
        (1, "UPDATE", "ConfigMap", "c", map.as_str(), format!("cannot log in with {VALUE}")),
        (2, "GET", "Pod", VALUE, "no JSON S3cr3t/Value+Of=Them", String::new()),
        (3, "CREATE", "Secret", "db", &secret, format!("Secret db is invalid: {encoded}")),
    ] {
        db.execute(insert, rusqlite::params![number, number, number, verb, kind, name, data, error, "op"]).unwrap();
    }
    let span =
        "INSERT INTO reconcile_spans VALUES ('a', 's', 'op', 1770200001, 1770200002, 'ConfigMap', 'shop', 'c', 'u', '1', ?1, ?1)";
    db.execute(span, [format!("because of {VALUE}")]).unwrap();
    drop(db);
    let made = open_cached(&file, &folder.path().join("cache"), [1; 32], &mut |_| ControlFlow::Continue(())).unwrap();
    let raw = std::fs::read(&made.recording).unwrap();
    let recording = Recording::open(&made.recording, &OpenOptions::default()).unwrap();
    let mut decoded = String::new();
    recording
        .visit_texts(&mut |_, text| {
            decoded.push_str(text);
            decoded.push('\n');
            true
        })
        .unwrap();
    assert!(decoded.matches("redacted:").count() >= 6, "{decoded}");
    for needle in [VALUE, &encoded, encoded.trim_end_matches('='), "hunter2hunter", "S3cr3t"] {
        assert!(memchr::memmem::find(&raw, needle.as_bytes()).is_none(), "{needle} is in the file");
        assert!(!decoded.contains(needle), "{needle} is in {decoded}");
    }
}
