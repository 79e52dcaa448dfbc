//! Many objects of few versions cost little, and dictionaries survive what happens to a file.

use std::path::Path;

use kuberewind_file::{Keep, NewSession, OpenOptions, Recording, SessionWriter, verify};
use kuberewind_model::{History, Perspective, Seq, SessionNo, Sink, Timestamp};

use crate::events::START;
use crate::rollout::Rollout;

/// Writes the rollout of Deployments `from..to` as a session.
fn write(file: &Path, new: NewSession, deployments: std::ops::Range<u64>) -> Rollout {
    let mut rollout = Rollout::default();
    let mut writer = SessionWriter::begin(file, new).unwrap();
    for n in deployments {
        rollout.deployment(n);
        for event in rollout.take() {
            writer.take(event).unwrap();
        }
        writer.flush().unwrap();
    }
    writer.finish().unwrap();
    rollout
}

fn dictionaries(file: &Path) -> i64 {
    rusqlite::Connection::open(file).unwrap().query_row("SELECT count(*) FROM dictionary", [], |row| row.get(0)).unwrap()
}

#[track_caller]
fn assert_sound(file: &Path) {
    let report = verify(file, &OpenOptions::default(), true).unwrap();
    assert!(report.is_fine(), "{:?}", report.findings);
}

#[test]
fn a_rollout_of_many_deployments_is_small() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let rollout = write(&file, NewSession::new("s1", START, 7), 0..150);
    let size = std::fs::metadata(&file).unwrap().len();
    assert!(size * 7 <= rollout.delivered, "1/{:.1} of the delivered bytes", rollout.delivered as f64 / size as f64);
    assert!(size * 5 <= rollout.distinct, "1/{:.1} of the distinct bytes", rollout.distinct as f64 / size as f64);
    // The rest of the file are the rows of operations, versions and details.
    let stored =
        "SELECT (SELECT sum(bytes) FROM body), (SELECT sum(length(data)) FROM body) + (SELECT sum(length(data)) FROM dictionary)";
    let db = rusqlite::Connection::open(&file).unwrap();
    let (bodies, stored): (u64, u64) = db.query_row(stored, [], |row| row.try_into()).unwrap();
    assert!(stored * 15 <= bodies, "1/{:.1} of the bodies", bodies as f64 / stored as f64);
    assert_sound(&file);
}

#[test]
fn a_later_session_uses_the_dictionaries_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    write(&file, NewSession::new("s1", START, 7), 0..20);
    let before = (dictionaries(&file), std::fs::metadata(&file).unwrap().len());
    assert!(before.0 >= 3, "one at least for each of Deployment, ReplicaSet, Pod, Event: {}", before.0);
    let mut later = NewSession::new("s2", Timestamp(START.0 + 1_000_000_000_000), 7);
    later.limits.segment_operations = 256;
    write(&file, later, 20..40);
    let after = (dictionaries(&file), std::fs::metadata(&file).unwrap().len());
    assert!(after.0 - before.0 <= before.0, "{before:?} {after:?}");
    assert_sound(&file);
}

#[test]
fn a_ring_buffer_keeps_the_dictionaries_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut new = NewSession::new("s1", START, 7);
    new.limits.segment_operations = 200;
    new.limits.keep = Keep { operations: Some(600), ..Keep::default() };
    write(&file, new, 0..60);
    assert_sound(&file);
    // Every state at the end is readable, those of Deployments from before the ring's first number too.
    let recording = Recording::open(&file, &OpenOptions::default()).unwrap();
    let lineage = recording.lineage(SessionNo(0)).unwrap();
    let first = recording.sessions().unwrap()[0].first;
    assert!(first > Seq(1_000), "the ring has dropped: {first}");
    let mut states = 0;
    for (_, version) in recording.objects_at(&lineage, Seq::MAX, Perspective::World, None, 10_000).unwrap() {
        let body = recording.version(version).unwrap().unwrap().body.unwrap();
        assert!(recording.body(body).unwrap().is_some());
        states += 1;
    }
    assert!(states >= 60 * 5, "a Deployment, two ReplicaSets, three pods: {states}");
}

#[test]
fn bad_dictionaries_are_damage() {
    let planted = [
        "DELETE FROM dictionary",
        "UPDATE dictionary SET bytes = 9223372036854775807",
        "UPDATE dictionary SET bytes = -1",
        "UPDATE dictionary SET bytes = 65536",
        "UPDATE dictionary SET hash = zeroblob(16)",
        "UPDATE dictionary SET data = zeroblob(60000000)",
        "UPDATE dictionary SET data = x'28b52ffd'",
        "UPDATE body SET keyframe = NULL WHERE codec = 3",
        "UPDATE body SET keyframe = 9223372036854775807 WHERE codec = 3",
        "UPDATE body SET codec = 2 WHERE codec = 3",
        "UPDATE body SET codec = 4 WHERE codec = 3",
    ];
    for damage in planted {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("run.db");
        write(&file, NewSession::new("s1", START, 7), 0..4);
        rusqlite::Connection::open(&file).unwrap().execute_batch(damage).unwrap();
        let report = verify(&file, &OpenOptions::default(), false).unwrap();
        assert!(report.findings.iter().any(|finding| finding.check == "bodies" || finding.check == "file"), "{damage}");
    }
}

#[test]
fn a_file_of_format_2_opens_and_takes_a_new_session() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    write(&file, NewSession::new("s1", START, 7), 0..1);
    // Format 2 is format 3 without dictionaries.
    let db = rusqlite::Connection::open(&file).unwrap();
    db.execute_batch(
        "DELETE FROM body WHERE codec = 3 OR keyframe IN (SELECT id FROM body WHERE codec = 3); UPDATE version SET body = NULL;
         UPDATE op SET request = NULL, response = NULL; DROP TABLE dictionary; PRAGMA user_version = 2",
    )
    .unwrap();
    drop(db);
    let before = std::fs::read(&file).unwrap();
    assert_sound(&file);
    assert_eq!(Recording::open(&file, &OpenOptions::default()).unwrap().recording().unwrap().schema_version, 2);
    assert_eq!(std::fs::read(&file).unwrap(), before, "opening changes nothing");
    write(&file, NewSession::new("s2", Timestamp(START.0 + 1_000_000_000_000), 7), 1..6);
    assert!(dictionaries(&file) > 0);
    assert_sound(&file);
}

/// `KUBEREWIND_RECOMPRESS=FILE` writes the first session of an existing recording again, checks the result and prints the sizes.
#[test]
fn an_existing_recording_is_written_again() {
    let Some(from) = std::env::var_os("KUBEREWIND_RECOMPRESS") else { return };
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("again.db");
    let rewritten = crate::recompress::recompress(Path::new(&from), &to);
    let size = |file: &Path| std::fs::metadata(file).unwrap().len();
    let (before, after) = (size(Path::new(&from)), size(&to));
    println!(
        "{} operations: {before} bytes before, {after} now: 1/{:.1} of {} delivered, 1/{:.1} of {} distinct bytes",
        rewritten.operations,
        rewritten.delivered as f64 / after as f64,
        rewritten.delivered,
        rewritten.distinct as f64 / after as f64,
        rewritten.distinct,
    );
    let tables = "SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC LIMIT 12";
    let db = rusqlite::Connection::open(&to).unwrap();
    let mut query = db.prepare(tables).unwrap();
    for row in query.query_map([], |row| <(String, i64)>::try_from(row)).unwrap() {
        let (table, bytes) = row.unwrap();
        println!("  {bytes:>12} {table}");
    }
    assert_sound(&to);
}
