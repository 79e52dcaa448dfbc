//! Verification: written recordings pass, and each kind of damage is found.

use std::path::{Path, PathBuf};

use kuberewind_file::{Branch, NewSession, OpenOptions, SessionWriter, VerifyReport, verify};
use kuberewind_model::{SessionNo, Sink, Verb};

use crate::events::{START, list, shows, state};

fn recorded(folder: &Path) -> PathBuf {
    let file = folder.join("run.db");
    for (name, branch) in [("s1", None), ("s2", Some(Branch { parent: SessionNo(0), at: kuberewind_model::Seq(20) }))] {
        let mut new = NewSession::new(name, START, 7);
        new.limits.segment_operations = 16;
        new.branch = branch;
        let mut writer = SessionWriter::begin(&file, new).unwrap();
        for number in branch.map_or(1, |branch| branch.at.0 + 1)..=40 {
            let body = format!(r#"{{"spec":{{"replicas":{number},"why":"{}"}}}}"#, "long ".repeat(50));
            let item = state("checkout", "u1", &number.to_string(), &body);
            if number % 10 == 0 {
                for event in list("hpa", number, number, &number.to_string(), true, vec![item]) {
                    writer.take(event).unwrap();
                }
            } else {
                writer.take(shows("hpa", Verb::Update, number, item)).unwrap();
            }
        }
        writer.finish().unwrap();
    }
    file
}

fn report(file: &Path, strict: bool) -> VerifyReport {
    verify(file, &OpenOptions::default(), strict).unwrap()
}

#[test]
fn written_recordings_pass() {
    let folder = tempfile::tempdir().unwrap();
    let report = report(&recorded(folder.path()), true);
    assert!(report.is_fine(), "{:?}", report.findings);
    assert_eq!((report.operations, report.remarks.len()), (60, 0));
    assert!(report.bodies >= 60, "each distinct body, once a segment at least: {}", report.bodies);
}

#[test]
fn each_kind_of_damage_is_found_by_its_check() {
    let planted = [
        ("sequence", "DELETE FROM op WHERE id = 7"),
        ("counters", "UPDATE session SET operations = 41 WHERE no = 0"),
        ("counters", "UPDATE session SET spans = 3 WHERE no = 0"),
        ("times", "UPDATE op SET at = at - 1000000000000 WHERE id = 9"),
        ("times", "UPDATE op SET at = 9223372036854775807 WHERE id = 40"),
        ("times", "UPDATE op SET duration = -1 WHERE id = 9"),
        ("words", "UPDATE op SET verb = 99 WHERE id = 9"),
        ("words", "UPDATE op SET outcome = 9 WHERE id = 9"),
        ("summaries", "UPDATE block SET writes = writes + 1 WHERE id = 0"),
        ("summaries", "DELETE FROM block"),
        ("bodies", "UPDATE body SET hash = zeroblob(16) WHERE id = 3"),
        ("bodies", "UPDATE body SET data = x'00112233' WHERE id = 3"),
        ("bodies", "UPDATE body SET bytes = 999999999999 WHERE id = 3"),
        ("rows", "DELETE FROM object"),
        ("rows", "DELETE FROM version WHERE id = 3"),
        ("rows", "DELETE FROM body WHERE id = 3"),
        ("rows", "DELETE FROM viewer"),
        ("segments", "UPDATE op SET version = 1 WHERE id = 39"),
        ("segments", "UPDATE version SET body = 1 WHERE op = 39"),
        ("segments", "UPDATE body SET keyframe = 1 WHERE id = (SELECT max(id) FROM body)"),
        ("segments", "UPDATE checkpoint SET heads = zeroblob(9)"),
        ("trails", "DELETE FROM trail WHERE viewer = 0"),
        ("trails", "UPDATE trail SET object = object + 1000"),
        ("trails", "UPDATE trail SET first = first + 1"),
        ("trails", "UPDATE trail SET showings = zeroblob(length(showings)) WHERE viewer <> 0"),
        ("spans", "INSERT INTO span (id, label, session, actor, grp, resource, kind_name, namespace, name, start_at, duration, started_after,
          ended_after, result, error, attempt) VALUES (1, 'l', 0, 1, '', '', '', 1, 1, 0, 5, 9, 4, 1, '', 1)"),
    ];
    for (check, damage) in planted {
        let folder = tempfile::tempdir().unwrap();
        let file = recorded(folder.path());
        rusqlite::Connection::open(&file).unwrap().execute_batch(damage).unwrap();
        let report = report(&file, false);
        // Damage that prevents reading is reported by the check of the file.
        let unreadable = ["segments", "trails"].contains(&check);
        let found = report.findings.iter().any(|finding| finding.check == check || (unreadable && finding.check == "file"));
        assert!(found, "{damage}: {:?}", report.findings);
    }
}

#[test]
fn strict_measures_lengths_as_kubestep_does() {
    let folder = tempfile::tempdir().unwrap();
    let file = recorded(folder.path());
    let db = rusqlite::Connection::open(&file).unwrap();
    db.execute("UPDATE object SET uid = ?", ["u".repeat(129)]).unwrap();
    db.execute("UPDATE actor SET name = ?", ["a".repeat(257)]).unwrap();
    drop(db);
    assert!(report(&file, false).is_fine());
    let findings = report(&file, true).findings;
    assert_eq!(findings.iter().map(|finding| finding.check).collect::<Vec<_>>(), ["lengths", "lengths"], "{findings:?}");
}

#[test]
fn a_session_that_ended_uncleanly_is_a_remark() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut writer = SessionWriter::begin(&file, NewSession::new("s1", START, 7)).unwrap();
    writer.take(shows("hpa", Verb::Update, 1, state("checkout", "u1", "1", "{}"))).unwrap();
    writer.flush().unwrap();
    drop(writer);
    let report = report(&file, true);
    assert!(report.is_fine(), "{:?}", report.findings);
    assert_eq!(report.remarks, ["session s1 ended uncleanly"]);
}

#[test]
fn gaps_that_touch_explain_what_one_alone_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = recorded(folder.path());
    let db = rusqlite::Connection::open(&file).unwrap();
    // As an older recorder left them after a full disk. Only the numbers are looked at here.
    let gap = "INSERT INTO gap (session, namespace, first, last, count, bytes, reason) VALUES (0, 1,";
    db.execute_batch(&format!("DELETE FROM op WHERE id BETWEEN 8 AND 20; {gap} 7, 12, 1, 0, 0); {gap} 12, 20, 1, 0, 0)"))
        .unwrap();
    drop(db);
    assert!(!report(&file, false).findings.iter().any(|finding| finding.check == "sequence"));
}
