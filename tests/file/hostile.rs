//! Files whose schema or counters are not what they claim: they are refused or read in bounded time, and `verify` finds them unsound.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kuberewind_file::{NewSession, OpenOptions, Recording, SessionWriter, sql, verify};
use kuberewind_model::{Direction, ErrorKind, History, Lineage, Perspective, Seq, Sink, StepTarget, Timestamp, Verb};

use crate::events::{START, list, shows, state};
use crate::facts::story;

/// No answer about a recording of 60 operations takes longer, on a slow machine.
const LONG: Duration = Duration::from_secs(30);

fn recorded(folder: &Path) -> PathBuf {
    let file = folder.join("run.db");
    let mut new = NewSession::new("s1", START, 7);
    new.limits.segment_operations = 16;
    let mut writer = SessionWriter::begin(&file, new).unwrap();
    for event in story() {
        writer.take(event).unwrap();
    }
    for number in 5..=60 {
        let body = format!(r#"{{"spec":{{"replicas":{number},"why":"{}"}}}}"#, "long ".repeat(50));
        let item = state("checkout", "u1", &(number + 100).to_string(), &body);
        if number % 10 == 0 {
            for event in list("hpa", number, number, &(number + 100).to_string(), true, vec![item]) {
                writer.take(event).unwrap();
            }
        } else {
            writer.take(shows("hpa", Verb::Update, number, item)).unwrap();
        }
    }
    writer.finish().unwrap();
    file
}

fn edit(file: &Path, sql: &str) -> rusqlite::Result<()> {
    let db = rusqlite::Connection::open(file).unwrap();
    db.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false).unwrap();
    db.pragma_update(None, "writable_schema", true).unwrap();
    db.execute_batch(sql)
}

fn schema(file: &Path) -> Vec<(String, String)> {
    let db = rusqlite::Connection::open(file).unwrap();
    let mut query = db.prepare("SELECT type, name FROM sqlite_schema WHERE sql NOT NULL").unwrap();
    let rows = query.query_map([], |row| row.try_into()).unwrap();
    rows.map(Result::unwrap).collect()
}

/// Asks all that a debugger asks. Errors are fine.
fn ask_everything(recording: &Recording) {
    let Ok(sessions) = recording.sessions() else { return };
    for session in sessions.iter().take(10) {
        let Ok(lineage) = recording.lineage(session.no) else { continue };
        ask_about(recording, &lineage);
    }
}

fn ask_about(recording: &Recording, lineage: &Lineage) {
    let all = Seq(1)..=lineage.last();
    let operations = recording.operations(lineage, all.clone(), 100).unwrap_or_default();
    let seqs: Vec<Seq> = operations.iter().map(|operation| operation.seq).collect();
    drop((recording.operation_details(lineage, &seqs), recording.density(lineage, all.clone(), 120)));
    drop((recording.spans(lineage, all.clone(), 100), recording.log_lines(lineage, all.clone(), 100)));
    drop((recording.gaps(lineage, 100), recording.actors(), recording.kinds()));
    drop((recording.at_time(lineage, Timestamp(START.0 + 9)), recording.at_resource_version(lineage, "103")));
    for target in [StepTarget::Write, StepTarget::Error] {
        for direction in [Direction::Forward, Direction::Backward] {
            drop(recording.step(lineage, Seq(20), direction, &target));
        }
    }
    for operation in &operations {
        drop(recording.list_items(lineage, operation.seq, 0, 100));
        for from in [Perspective::World, Perspective::View(operation.viewer)] {
            drop(recording.objects_at(lineage, operation.seq, from, None, 100));
            if let Some(object) = operation.object {
                drop(recording.object_at(lineage, operation.seq, from, object));
            }
        }
        if let Some(object) = operation.object {
            drop(recording.versions(lineage, object, all.clone(), Direction::Backward, 100));
        }
        if let Some(version) = operation.version {
            drop(recording.previous_version(lineage, version));
        }
        operation.request_body.into_iter().chain(operation.response_body).for_each(|body| drop(recording.body(body)));
    }
}

#[track_caller]
fn assert_refused(file: &Path, what: &str) {
    let begun = Instant::now();
    let error = Recording::open(file, &OpenOptions::default()).err().unwrap_or_else(|| panic!("opened: {what}"));
    assert_eq!(error.kind(), ErrorKind::Damaged, "{what}: {}", error.chain());
    assert!(!verify(file, &OpenOptions::default(), true).is_ok_and(|report| report.is_fine()), "sound: {what}");
    assert!(SessionWriter::begin(file, NewSession::new("later", START, 7)).is_err(), "recorded into: {what}");
    let asked = sql::query(file, &OpenOptions::default(), "SELECT 1", &LONG.into(), |_| Ok(()), |_| Ok(true));
    assert!(asked.is_err(), "queried: {what}");
    assert!(begun.elapsed() < LONG, "{:?}: {what}", begun.elapsed());
}

#[test]
fn a_view_in_the_place_of_a_table_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = recorded(folder.path());
    let whole = std::fs::read(&file).unwrap();
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)";
    for (kind, name) in schema(&file) {
        std::fs::write(&file, &whole).unwrap();
        let planted = match kind.as_str() {
            "table" => format!(
                "UPDATE sqlite_schema SET type = 'view', rootpage = 0, sql = 'CREATE VIEW {name} AS {endless} SELECT i AS id FROM n'
                 WHERE name = '{name}'; DELETE FROM sqlite_schema WHERE tbl_name = '{name}' AND type = 'index'"
            ),
            _ => format!("DELETE FROM sqlite_schema WHERE name = '{name}'"),
        };
        edit(&file, &planted).unwrap();
        assert_refused(&file, &format!("{kind} {name}"));
    }
}

#[test]
fn what_does_not_belong_into_the_schema_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = recorded(folder.path());
    let whole = std::fs::read(&file).unwrap();
    for planted in [
        "CREATE TRIGGER t AFTER INSERT ON bookmark BEGIN DELETE FROM op; END",
        "CREATE TABLE own (x); CREATE TRIGGER t AFTER INSERT ON own BEGIN DELETE FROM op; END",
        "CREATE INDEX op_by_verb ON op (verb)",
        "ALTER TABLE op ADD COLUMN more",
        "DROP VIEW operations; CREATE VIEW operations AS SELECT 1",
        "DROP INDEX version_late; CREATE INDEX version_late ON version (object)",
        "DROP TABLE dictionary; PRAGMA user_version = 2; CREATE VIEW dictionary AS SELECT 1 AS id",
        "UPDATE sqlite_schema SET sql = 'CREATE TABLE op (id)' WHERE name = 'op'",
        "UPDATE sqlite_schema SET sql = 'nonsense' WHERE name = 'op'",
        "UPDATE sqlite_schema SET name = 'op' WHERE name = 'log'",
    ] {
        std::fs::write(&file, &whole).unwrap();
        edit(&file, planted).unwrap();
        assert_refused(&file, planted);
    }
    // A table of the user's own is no harm.
    std::fs::write(&file, &whole).unwrap();
    edit(&file, "CREATE TABLE mine (x); CREATE INDEX mine_by_x ON mine (x); CREATE VIEW my_view AS SELECT x FROM mine").unwrap();
    ask_everything(&Recording::open(&file, &OpenOptions::default()).unwrap());
    assert!(verify(&file, &OpenOptions::default(), true).unwrap().is_fine());
}

/// The integer columns of all tables.
fn integers(file: &Path) -> Vec<(String, String)> {
    let db = rusqlite::Connection::open(file).unwrap();
    let mut query = db
        .prepare(
            "SELECT s.name, c.name FROM sqlite_schema s, pragma_table_info(s.name) c WHERE s.type = 'table' AND c.type = 'INTEGER'
             ORDER BY 1, 2",
        )
        .unwrap();
    let rows = query.query_map([], |row| row.try_into()).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn numbers_at_their_extremes_are_survived() {
    let folder = tempfile::tempdir().unwrap();
    let file = recorded(folder.path());
    let whole = std::fs::read(&file).unwrap();
    let columns = integers(&file);
    assert!(columns.len() > 80, "{}", columns.len());
    // All of them take minutes: a nightly run sets the variable.
    let numbers = match std::env::var_os("KUBEREWIND_EXTREMES") {
        Some(_) => vec![i64::MIN, -1, 0, 1 << 40, i64::MAX - 1, i64::MAX],
        None => vec![i64::MAX],
    };
    for (table, column) in columns {
        for number in &numbers {
            std::fs::write(&file, &whole).unwrap();
            let one = format!("SELECT max({column}) FROM {table}");
            let planted = format!("UPDATE {table} SET {column} = {number} WHERE {column} = ({one})");
            if edit(&file, &planted).is_err() {
                continue;
            }
            let begun = Instant::now();
            if let Ok(recording) = Recording::open(&file, &OpenOptions::default()) {
                ask_everything(&recording);
            }
            drop(verify(&file, &OpenOptions::default(), true));
            assert!(begun.elapsed() < LONG, "{:?}: {planted}", begun.elapsed());
        }
    }
}

#[test]
fn counters_beyond_the_rows_are_unsound() {
    let folder = tempfile::tempdir().unwrap();
    let file = recorded(folder.path());
    let whole = std::fs::read(&file).unwrap();
    for planted in [
        "UPDATE session SET last = 1099511627775",
        "UPDATE session SET last = 61",
        "UPDATE session SET last = 9223372036854775807",
        "UPDATE session SET first = 0",
        "UPDATE session SET first = -9223372036854775808",
        "UPDATE session SET first = 1099511627776",
        "UPDATE session SET operations = 61",
        "UPDATE session SET operations = -1",
        "UPDATE session SET no = -1",
        "UPDATE session SET no = 4194304",
        "UPDATE session SET parent = 0, parent_seq = 9",
        "UPDATE session SET parent = -1, parent_seq = 9",
        "UPDATE session SET parent = 7, parent_seq = 9",
    ] {
        std::fs::write(&file, &whole).unwrap();
        edit(&file, planted).unwrap();
        let error = Recording::open(&file, &OpenOptions::default()).err().unwrap_or_else(|| panic!("opened: {planted}"));
        assert_eq!(error.kind(), ErrorKind::Damaged, "{planted}: {}", error.chain());
        let report = verify(&file, &OpenOptions::default(), false).unwrap();
        assert!(report.findings.iter().any(|finding| finding.check == "counters"), "{planted}: {:?}", report.findings);
    }
}

#[test]
fn special_files_are_refused_and_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.db");
    if !std::process::Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
        eprintln!("no mkfifo here: nothing is tested");
        return;
    }
    let socket = folder.path().join("socket.db");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    for special in [pipe.as_path(), &socket, Path::new("/dev/null"), Path::new("/dev/zero"), folder.path()] {
        let error = Recording::open(special, &OpenOptions::default()).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::NotARecording, "{}", error.chain());
        assert!(SessionWriter::begin(special, NewSession::new("s", START, 7)).is_err(), "{}", special.display());
    }
    // A pipe in the place of the lock, and of the log.
    let file = recorded(folder.path());
    for ending in ["-lock", "-wal"] {
        let beside = folder.path().join(format!("run.db{ending}"));
        assert!(std::process::Command::new("mkfifo").arg(&beside).status().unwrap().success());
        assert!(!kuberewind_file::is_being_written(&file));
        drop(Recording::open(&file, &OpenOptions::default()));
        assert!(SessionWriter::begin(&file, NewSession::new("s2", START, 7)).is_err());
        // SQLite removes what lies in the place of a log that a file does not need.
        drop(std::fs::remove_file(&beside));
    }
    ask_everything(&Recording::open(&file, &OpenOptions::default()).unwrap());
}

#[test]
fn a_name_of_ten_megabytes_is_cut_wherever_it_is_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let file = recorded(folder.path());
    let db = rusqlite::Connection::open(&file).unwrap();
    let long = "ä".repeat(5_000_000);
    db.execute("UPDATE text SET value = ? WHERE id = (SELECT name FROM object LIMIT 1)", [&long]).unwrap();
    db.execute("UPDATE actor SET name = ? || id", [&long]).unwrap();
    drop(db);
    let recording = Recording::open(&file, &OpenOptions::default()).unwrap();
    let session = recording.sessions().unwrap().remove(0);
    let lineage = recording.lineage(session.no).unwrap();
    let operations = recording.operations(&lineage, Seq(1)..=Seq(100), 100).unwrap();
    let named: Vec<_> = operations.iter().filter(|operation| operation.name.ends_with("ä… (10000000 bytes)")).collect();
    assert!(!named.is_empty() && operations.iter().all(|operation| operation.name.len() < 300));
    for operation in named {
        assert_eq!(recording.operation(&lineage, operation.seq).unwrap().unwrap().name, operation.name);
        let object = recording.object(operation.object.unwrap()).unwrap().unwrap();
        assert_eq!(object.key.name, operation.name);
    }
    assert!(recording.actors().unwrap().iter().all(|actor| actor.name.len() < 300));
}
