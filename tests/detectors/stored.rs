//! Findings are computed once, stored with the recording, and computed again when their inputs change.

use std::ops::ControlFlow;
use std::path::Path;

use kuberewind_analysis::Analysis;
use kuberewind_analysis::findings;
use kuberewind_analysis::settings::Settings;
use kuberewind_file::{NewSession, OpenOptions, Recording, SessionWriter};
use kuberewind_model::{Duration, ErrorKind, History, Sink};

use crate::loops::tug_of_war;
use crate::story::START;

/// Returns the findings, and true if they were computed.
fn ask(file: &Path, state: Option<&Path>, settings: &Settings) -> (Analysis, bool) {
    let options = OpenOptions { cache: None, state: state.map(Path::to_owned) };
    let recording = Recording::open(file, &options).unwrap();
    let session = recording.sessions().unwrap().remove(0);
    let lineage = recording.lineage(session.no).unwrap();
    let mut looked = false;
    let found = findings(&recording, &recording, (&session, &lineage), settings, &mut |_| {
        looked = true;
        ControlFlow::Continue(())
    });
    (found.unwrap(), looked)
}

fn tell(writer: &mut SessionWriter, rounds: u64) {
    for event in tug_of_war(rounds).events {
        writer.take(event).unwrap();
    }
    writer.flush().unwrap();
}

fn recorded(file: &Path) {
    let mut writer = SessionWriter::begin(file, NewSession::new("story", START, 7)).unwrap();
    tell(&mut writer, 10);
    writer.finish().unwrap();
}

fn rows(file: &Path) -> i64 {
    rusqlite::Connection::open(file)
        .unwrap()
        .query_row("SELECT count(*) FROM finding WHERE content <> ''", [], |row| row.get(0))
        .unwrap()
}

fn change(file: &Path, sql: &str) {
    assert_eq!(rusqlite::Connection::open(file).unwrap().execute(sql, []).unwrap(), 1, "{sql}");
}

#[test]
fn the_second_analysis_reads_the_stored_findings() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    recorded(&file);
    let settings = Settings::default();
    let (first, looked) = ask(&file, None, &settings);
    assert!(looked && first.loops_detected.len() == 1);
    let (second, looked) = ask(&file, None, &settings);
    assert!(!looked, "kept in the recording");
    assert_eq!(second, first);
    assert!(second.findings.iter().any(|finding| finding.rounds == 10), "with what its JSON leaves out");
}

#[test]
fn other_settings_or_detectors_are_computed_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    recorded(&file);
    let impatient = Settings { slow_threshold: Duration::from_millis(1), ..Settings::default() };
    assert!(ask(&file, None, &Settings::default()).1);
    let (found, looked) = ask(&file, None, &impatient);
    assert!(looked && !found.slow_operations.is_empty());
    assert!(!ask(&file, None, &impatient).1 && !ask(&file, None, &Settings::default()).1, "both are kept");
    assert_eq!(rows(&file), 2);
    let other =
        "UPDATE finding SET cache_key = replace(cache_key, 'detectors=', 'detectors=9') WHERE cache_key LIKE '%=1000000ns%'";
    change(&file, other);
    assert!(ask(&file, None, &impatient).1, "other detectors made it");
    assert_eq!(rows(&file), 2, "one per settings: the old one is gone");
    change(&file, "UPDATE finding SET content = '{}' WHERE cache_key LIKE '%=1000000ns%'");
    assert_eq!(ask(&file, None, &impatient), (found, true), "what is no result is made anew");
}

#[test]
fn findings_of_a_growing_session_are_not_stored() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    recorded(&file);
    let mut writer = SessionWriter::begin(&file, NewSession::new("second", START, 7)).unwrap();
    tell(&mut writer, 3);
    // The recording has a live writer, so the findings of its finished session go to the notes database.
    let state = folder.path().join("state");
    let settings = Settings::default();
    assert!(ask(&file, Some(&state), &settings).1);
    assert!(!ask(&file, Some(&state), &settings).1);
    assert_eq!(rows(&file), 0);
    let recording = Recording::open(&file, &OpenOptions { cache: None, state: Some(state.clone()) }).unwrap();
    for _ in 0..2 {
        let growing = recording.sessions().unwrap().remove(1);
        let lineage = recording.lineage(growing.no).unwrap();
        let mut looked = false;
        let found = findings(&recording, &recording, (&growing, &lineage), &settings, &mut |_| {
            looked = true;
            ControlFlow::Continue(())
        });
        assert!(looked && found.unwrap().total_operations == lineage.len(), "a growing session is looked at each time");
        tell(&mut writer, 3);
    }
    writer.finish().unwrap();
}

#[test]
fn a_cancelled_analysis_stores_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    recorded(&file);
    let recording = Recording::open(&file, &OpenOptions::default()).unwrap();
    let session = recording.sessions().unwrap().remove(0);
    let lineage = recording.lineage(session.no).unwrap();
    let stop = &mut |_| ControlFlow::Break(());
    let error = findings(&recording, &recording, (&session, &lineage), &Settings::default(), stop).unwrap_err();
    assert_eq!((error.kind(), rows(&file)), (ErrorKind::Interrupted, 0));
}
