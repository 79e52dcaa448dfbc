//! Queries in SQL.

use std::path::Path;
use std::time::Duration;

use kuberewind_file::sql::{self, Value};
use kuberewind_file::{NewSession, OpenOptions, SessionWriter};
use kuberewind_model::{ErrorKind, Result, Sink, Verb};

use crate::events::{START, shows, state};

fn recorded(file: &Path) {
    let mut writer = SessionWriter::begin(file, NewSession::new("s1", START, 7)).unwrap();
    for number in 1..=3 {
        let body = format!(r#"{{"spec":{{"replicas":{number},"why":"{}"}}}}"#, "long ".repeat(50));
        writer.take(shows("hpa", Verb::Update, number, state("checkout", "u1", &number.to_string(), &body))).unwrap();
    }
    writer.finish().unwrap();
}

fn ask(file: &Path, sql: &str, limit: Duration) -> Result<(Vec<String>, Vec<Vec<Value>>)> {
    let (mut names, mut rows) = (Vec::new(), Vec::new());
    let heading = |columns: &[&str]| {
        names = columns.iter().map(|name| (*name).to_owned()).collect();
        Ok(())
    };
    sql::query(file, &OpenOptions::default(), sql, &limit.into(), heading, |row| {
        rows.push(row.to_vec());
        Ok(rows.len() < 1000)
    })?;
    Ok((names, rows))
}

#[test]
fn a_select_is_answered_with_the_texts_of_bodies() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    recorded(&file);
    let sql =
        "SELECT sequence_number AS n, resource_data = '' AS hidden, json_extract(body(body_id), '$.spec.replicas') AS replicas
               FROM operations ORDER BY n DESC LIMIT 2";
    let (names, rows) = ask(&file, sql, Duration::from_secs(20)).unwrap();
    assert_eq!(names, ["n", "hidden", "replicas"]);
    let number = Value::Integer;
    assert_eq!(rows, [vec![number(3), number(1), number(3)], vec![number(2), number(1), number(2)]]);
    let (_, rows) = ask(&file, "SELECT body(NULL), body(999999), 1.5, x'00ff'", Duration::from_secs(20)).unwrap();
    assert_eq!(rows, [[Value::Null, Value::Null, Value::Real(1.5), Value::Blob(vec![0, 255])]]);
}

#[test]
fn only_a_select_runs_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    recorded(&file);
    let before = std::fs::read(&file).unwrap();
    let attach = format!("ATTACH '{}' AS other", folder.path().join("other.db").display());
    let refused = [
        "DELETE FROM op",
        "INSERT INTO meta VALUES ('a', 'b')",
        "DROP TABLE op",
        "CREATE TABLE x (y)",
        "PRAGMA query_only = OFF",
        "PRAGMA writable_schema = ON",
        "VACUUM",
        "BEGIN",
        "SELECT load_extension('x')",
        "SELECT nothing FROM nowhere",
        "",
        "not SQL",
        attach.as_str(),
    ];
    for sql in refused {
        let error = ask(&file, sql, Duration::from_secs(20)).err().unwrap_or_else(|| panic!("{sql:?} was answered"));
        assert_eq!(error.kind(), ErrorKind::Invalid, "{sql:?}: {}", error.chain());
    }
    assert_eq!(std::fs::read(&file).unwrap(), before);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_query_that_never_ends_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    recorded(&file);
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    let error = ask(&file, endless, Duration::from_millis(100)).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Interrupted);
}

#[test]
fn a_stopped_query_is_interrupted() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    recorded(&file);
    let unwanted = Arc::new(AtomicBool::new(false));
    let asked = unwanted.clone();
    // The query would take hours; the test checks that it ends.
    let limit = sql::Limit { time: Duration::from_secs(3_600), stopped: Arc::new(move || asked.load(Ordering::SeqCst)) };
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";
    let row = |_: &[Value]| {
        unwanted.store(true, Ordering::SeqCst);
        Ok(true)
    };
    let error = sql::query(&file, &OpenOptions::default(), endless, &limit, |_| Ok(()), row).unwrap_err();
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Interrupted, "the query was stopped"));
    assert_eq!(error.hint_text(), None, "the hint is for queries that take too long");
}
