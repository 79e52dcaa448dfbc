//! Reading a session while it is being written, through another connection, and the end of both.

use std::path::Path;

use kuberewind_file::{NewSession, OpenOptions, Recording, SessionWriter};
use kuberewind_model::{Direction, ErrorKind, GapReason, History, Seq, SessionNo, SessionState, Sink, StepTarget, Verb};

use crate::events::{START, shows, state};

fn begin(file: &Path, name: &str) -> SessionWriter {
    SessionWriter::begin(file, NewSession::new(name, START, 7)).unwrap()
}

fn write(writer: &mut SessionWriter, numbers: std::ops::RangeInclusive<u64>) {
    for number in numbers {
        let body = format!(r#"{{"spec":{{"replicas":{number}}}}}"#);
        writer.take(shows("hpa", Verb::Update, number, state("checkout", "u1", &number.to_string(), &body))).unwrap();
    }
    writer.flush().unwrap();
}

fn journal_mode(file: &Path) -> String {
    rusqlite::Connection::open(file).unwrap().query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap()
}

fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

#[test]
fn a_tail_sees_what_was_flushed_and_the_last_one_out_leaves_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut writer = begin(&file, "s1");
    write(&mut writer, 1..=3);
    let tail = Recording::open(&file, &OpenOptions::default()).unwrap();
    let other = Recording::open(&file, &OpenOptions::default()).unwrap();
    assert_eq!(tail.sessions().unwrap()[0].state, SessionState::Open);
    let before = tail.data_version().unwrap();
    assert_eq!(tail.lineage(SessionNo(0)).unwrap().last(), Seq(3));
    writer.take(shows("hpa", Verb::Update, 4, state("checkout", "u1", "4", "{}"))).unwrap();
    assert_eq!((tail.data_version().unwrap(), tail.lineage(SessionNo(0)).unwrap().last()), (before, Seq(3)));
    writer.flush().unwrap();
    assert_ne!(tail.data_version().unwrap(), before);
    let lineage = tail.lineage(SessionNo(0)).unwrap();
    assert_eq!(tail.step(&lineage, Seq(3), Direction::Forward, &StepTarget::Write).unwrap(), Some(Seq(4)));

    writer.finish().unwrap();
    assert_eq!(tail.sessions().unwrap()[0].state, SessionState::Closed);
    assert_eq!(tail.operation(&lineage, Seq(4)).unwrap().unwrap().seq, Seq(4));
    drop(other);
    assert_eq!(tail.operations(&lineage, Seq(1)..=Seq(9), 9).unwrap().len(), 4, "one that leaves does not disturb the other");
    drop(tail);
    assert_eq!(files(folder.path()), 1, "the last one out leaves one file");
    assert_eq!(journal_mode(&file), "delete");
}

#[test]
fn a_tail_that_leaves_early_leaves_the_recorder_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut writer = begin(&file, "s1");
    write(&mut writer, 1..=3);
    drop(Recording::open(&file, &OpenOptions::default()).unwrap());
    write(&mut writer, 4..=5);
    assert_eq!(journal_mode(&file), "wal");
    // A file that a crash left is not changed.
    drop(writer);
    let crashed = Recording::open(&file, &OpenOptions::default()).unwrap();
    assert_eq!((crashed.sessions().unwrap()[0].state, crashed.sessions().unwrap()[0].operations), (SessionState::Crashed, 5));
    drop(crashed);
    assert_eq!(journal_mode(&file), "wal");
}

#[test]
fn one_writer_at_a_time_and_a_name_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let first = begin(&file, "s1");
    let refused = SessionWriter::begin(&file, NewSession::new("s2", START, 8)).err().unwrap();
    assert_eq!(refused.kind(), ErrorKind::Busy);
    first.finish().unwrap();
    let taken = SessionWriter::begin(&file, NewSession::new("s1", START, 8)).err().unwrap();
    assert_eq!(taken.kind(), ErrorKind::Invalid);
    begin(&file, "s2").finish().unwrap();
    let recording = Recording::open(&file, &OpenOptions::default()).unwrap();
    assert_eq!(recording.recording().unwrap().id, format!("{:032x}", 7));
    assert_eq!(recording.sessions().unwrap().len(), 2);
}

#[test]
fn beyond_the_limit_operations_are_counted_in_one_gap_that_grows() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut new = NewSession::new("s1", START, 7);
    new.limits.max_operations = 3;
    let mut writer = SessionWriter::begin(&file, new).unwrap();
    write(&mut writer, 1..=5);
    assert_eq!(writer.last(), Seq(3));
    let tail = Recording::open(&file, &OpenOptions::default()).unwrap();
    let lineage = tail.lineage(SessionNo(0)).unwrap();
    assert_eq!(tail.gaps(&lineage, 10).unwrap()[0].count, 2);
    write(&mut writer, 6..=9);
    writer.finish().unwrap();
    let gaps = tail.gaps(&lineage, 10).unwrap();
    assert_eq!((gaps.len(), gaps[0].count, gaps[0].reason), (1, 6, GapReason::Limit));
    assert_eq!((gaps[0].first, tail.sessions().unwrap()[0].operations), (Seq(3), 3));
}
