//! Files in read-only folders, left by a crash, newer, damaged, foreign.

use std::path::{Path, PathBuf};

use kuberewind_file::sql::{self, Value};
use kuberewind_file::{NewSession, OpenOptions, Recording, SCHEMA_VERSION, SessionWriter, verify};
use kuberewind_model::{ErrorKind, History, Perspective, Seq, SessionNo, SessionState, Sink, Verb};
use proptest::prelude::*;

use crate::events::{START, shows, state};
use crate::unprivileged;

const BODY: &str = r#"{"metadata":{"name":"checkout"},"spec":{"replicas":3,"text":"long enough that it is not stored as it is, but compressed, as most bodies are"}}"#;

fn write(file: &Path, operations: u64) -> SessionWriter {
    let mut writer = SessionWriter::begin(file, NewSession::new("s1", START, 7)).unwrap();
    for number in 1..=operations {
        let body = BODY.replace("3,", &format!("{number},"));
        writer.take(shows("hpa", Verb::Update, number, state("checkout", "u1", &number.to_string(), &body))).unwrap();
    }
    writer.flush().unwrap();
    writer
}

fn options(folder: &Path) -> OpenOptions {
    OpenOptions { cache: Some(folder.join("cache")), state: Some(folder.join("state")) }
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// The replicas at a moment, and through `body()` of every operation.
fn answers(file: &Path, options: &OpenOptions) -> (Recording, Vec<String>) {
    let recording = Recording::open(file, options).unwrap();
    let lineage = recording.lineage(SessionNo(0)).unwrap();
    assert_eq!(recording.objects_at(&lineage, Seq(3), Perspective::World, None, 10).unwrap().len(), 1);
    let mut texts = Vec::new();
    let limit = std::time::Duration::from_secs(20);
    let sql = "SELECT body(body_id) FROM operations ORDER BY sequence_number";
    sql::query(
        file,
        options,
        sql,
        &limit.into(),
        |_| Ok(()),
        |row| {
            texts.extend(row.iter().filter_map(|value| if let Value::Text(text) = value { Some(text.clone()) } else { None }));
            Ok(true)
        },
    )
    .unwrap();
    (recording, texts)
}

#[test]
fn a_folder_that_cannot_be_written_opens_whatever_was_left_in_it() {
    unprivileged::run("files::a_folder_that_cannot_be_written_opens_whatever_was_left_in_it", || {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("mailed");
        std::fs::create_dir(&place).unwrap();
        let (clean, walled, crashed) = (place.join("clean.db"), place.join("walled.db"), place.join("crashed.db"));
        write(&clean, 5).finish().unwrap();
        write(&walled, 5).finish().unwrap();
        rusqlite::Connection::open(&walled).unwrap().query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).unwrap();
        let source = folder.path().join("live.db");
        let writer = write(&source, 5);
        for ending in ["", "-wal"] {
            std::fs::copy(beside(&source, ending), beside(&crashed, ending)).unwrap();
        }
        drop(writer);
        unprivileged::write_protect(&place, true);
        assert!(std::fs::write(place.join("probe"), "").is_err(), "the folder cannot be written");
        let before: Vec<_> = std::fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        for (file, remark) in [(&clean, ""), (&walled, ""), (&crashed, "a copy")] {
            let (recording, texts) = answers(file, &options(folder.path()));
            assert_eq!(texts.len(), 5, "{}", file.display());
            assert!(texts[4].contains(r#""replicas":5,"#));
            let said = recording.recording().unwrap().remark;
            assert!(said.contains(remark) && said.is_empty() == remark.is_empty(), "{said:?}");
            let crashed = recording.sessions().unwrap()[0].state == SessionState::Crashed;
            assert_eq!(crashed, !remark.is_empty());
            assert!(verify(file, &options(folder.path()), true).unwrap().is_fine());
        }
        let after: Vec<_> = std::fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(before, after);
        let error = Recording::open(&crashed, &OpenOptions::default()).err().unwrap();
        assert!(error.chain().contains("crashed.db"), "{}", error.chain());
        unprivileged::write_protect(&place, false);
    });
}

/// The kind and the sentence of the error of opening a file.
fn refusal(file: &Path) -> (ErrorKind, String) {
    let error = Recording::open(file, &OpenOptions::default()).err().unwrap();
    (error.kind(), format!("{} ({:?})", error.chain(), error.hint_text()))
}

#[test]
fn other_files_are_refused_and_stay_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("empty.db"), "").unwrap();
    std::fs::write(at("text.db"), "some text that is no database\n".repeat(100)).unwrap();
    std::fs::create_dir(at("folder.db")).unwrap();
    rusqlite::Connection::open(at("foreign.db")).unwrap().execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (1)").unwrap();
    write(&at("newer.db"), 1).finish().unwrap();
    rusqlite::Connection::open(at("newer.db")).unwrap().pragma_update(None, "user_version", SCHEMA_VERSION + 1).unwrap();
    let expected = [
        ("missing.db", ErrorKind::NotFound, "there is no file"),
        ("empty.db", ErrorKind::NotARecording, "is empty"),
        ("text.db", ErrorKind::NotARecording, "not a recording"),
        ("folder.db", ErrorKind::NotARecording, "is a directory"),
        ("foreign.db", ErrorKind::NotARecording, "not a recording"),
        ("newer.db", ErrorKind::Newer, "newer version"),
    ];
    for (name, kind, words) in expected {
        let before = std::fs::read(at(name)).ok();
        let (said_kind, said) = refusal(&at(name));
        assert_eq!(said_kind, kind, "{name}: {said}");
        assert!(said.contains(words), "{name}: {said}");
        assert!(said.contains("Some("), "{name} has a hint: {said}");
        assert_eq!(std::fs::read(at(name)).ok(), before, "{name}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 5, "nothing was written beside them");
}

/// Runs all queries. Errors are fine, panics are not.
fn ask_everything(file: &Path) -> Result<(), kuberewind_model::Error> {
    let recording = Recording::open(file, &OpenOptions::default())?;
    for session in recording.sessions()? {
        let lineage = recording.lineage(session.no)?;
        for operation in recording.operations(&lineage, Seq(1)..=Seq(100), 100)? {
            recording.operation_detail(&lineage, operation.seq)?;
            if let Some(object) = operation.object {
                let seen = recording.object_at(&lineage, operation.seq, Perspective::World, object)?;
                recording.object_at(&lineage, operation.seq, Perspective::View(operation.viewer), object)?;
                if let Some(body) = seen.version.and_then(|version| version.body) {
                    recording.body(body)?;
                }
            }
        }
        recording.objects_at(&lineage, Seq(50), Perspective::World, None, 100)?;
        recording.density(&lineage, Seq(1)..=Seq(100), 10)?;
        recording.spans(&lineage, Seq(1)..=Seq(100), 100)?;
        recording.at_resource_version(&lineage, "7")?;
    }
    verify(file, &OpenOptions::default(), true).map(|_| ())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn truncated_and_bit_flipped_files_give_errors_or_answers(cut in prop::option::of(0..1000usize), flips in prop::collection::vec((0..100_000usize, 0..8u32), 0..40)) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("run.db");
        write(&file, 60).finish().unwrap();
        let mut bytes = std::fs::read(&file).unwrap();
        if let Some(cut) = cut {
            bytes.truncate(bytes.len() * cut / 1000);
        }
        for (at, bit) in flips {
            if !bytes.is_empty() {
                let at = bytes.len() * at / 100_000;
                bytes[at] ^= 1 << bit;
            }
        }
        std::fs::write(&file, &bytes).unwrap();
        if let Err(error) = ask_everything(&file) {
            prop_assert!(!error.chain().is_empty());
        }
        prop_assert_eq!(std::fs::read(&file).unwrap(), bytes);
    }
}

#[test]
fn a_truncated_file_is_reported_as_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    write(&file, 200).finish().unwrap();
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let error = ask_everything(&file).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Damaged, "{}", error.chain());
    assert!(error.hint_text().unwrap().contains(".recover"));
}
