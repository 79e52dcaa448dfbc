//! A file exists under its name only once it is whole, has one writer whatever it is called, and is copied whole.

use std::path::{Path, PathBuf};

use kuberewind_file::{NewSession, OpenOptions, Recording, SessionWriter, copy, verify};
use kuberewind_model::{ErrorKind, Event, FindingsCache, FindingsKey, History, Seq, SessionNo, SessionState, Sink, Verb};

use crate::events::{START, shows, state};

fn event(number: u64) -> Event {
    shows("hpa", Verb::Update, number, state("checkout", "u1", &number.to_string(), &format!(r#"{{"replicas":{number}}}"#)))
}

fn begin(file: &Path, name: &str) -> kuberewind_model::Result<SessionWriter> {
    SessionWriter::begin(file, NewSession::new(name, START, 7))
}

/// A session that a crash left, with its log.
fn crashed(folder: &Path) -> PathBuf {
    let file = folder.join("live.db");
    let mut writer = begin(&file, "s1").unwrap();
    for number in 1..=20 {
        writer.take(event(number)).unwrap();
    }
    writer.flush().unwrap();
    // The files as a killed recorder leaves them.
    let left = folder.join("crashed.db");
    for ending in ["", "-wal"] {
        std::fs::copy(folder.join(format!("live.db{ending}")), folder.join(format!("crashed.db{ending}"))).unwrap();
    }
    writer.finish().unwrap();
    left
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_session_that_cannot_begin_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    assert!(begin(&file, "").is_err());
    assert_eq!(names(folder.path()), Vec::<String>::new());
    // What a killed recorder left of a draft has no meaning.
    std::fs::write(folder.path().join("run.db-new"), "half").unwrap();
    begin(&file, "s1").unwrap().finish().unwrap();
    assert_eq!(names(folder.path()), ["run.db"]);
    assert!(verify(&file, &OpenOptions::default(), true).unwrap().is_fine());
}

#[cfg(unix)]
#[test]
fn an_empty_file_made_before_is_replaced_by_a_private_one() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    std::fs::write(&file, "").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    begin(&file, "s1").unwrap().finish().unwrap();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_file_without_its_identity_is_refused_by_the_writer_and_unsound() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    begin(&file, "s1").unwrap().finish().unwrap();
    rusqlite::Connection::open(&file).unwrap().execute("DELETE FROM meta", []).unwrap();
    assert_eq!(begin(&file, "s2").err().unwrap().kind(), ErrorKind::Damaged);
    assert!(!verify(&file, &OpenOptions::default(), false).unwrap().is_fine());
}

#[cfg(unix)]
#[test]
fn a_second_recorder_is_refused_by_any_name() {
    let folder = tempfile::tempdir().unwrap();
    let (file, other) = (folder.path().join("run.db"), folder.path().join("other"));
    std::fs::create_dir(&other).unwrap();
    let link = |name: &str| other.join(name);
    std::os::unix::fs::symlink(&file, link("symlink.db")).unwrap();
    // Through the link the file is created where the link points.
    let mut writer = begin(&link("symlink.db"), "s1").unwrap();
    assert!(file.exists() && std::fs::symlink_metadata(link("symlink.db")).unwrap().is_symlink());
    std::fs::hard_link(&file, link("hard.db")).unwrap();
    std::os::unix::fs::symlink(&other, folder.path().join("folder")).unwrap();
    for name in [file.clone(), link("symlink.db"), link("hard.db"), folder.path().join("folder/symlink.db")] {
        assert_eq!(begin(&name, "s2").err().map(|error| error.kind()), Some(ErrorKind::Busy), "{}", name.display());
    }
    assert!(kuberewind_file::is_being_written(&link("symlink.db")));
    for number in 1..=5 {
        writer.take(event(number)).unwrap();
    }
    writer.finish().unwrap();
    assert_eq!(verify(&file, &OpenOptions::default(), true).unwrap().operations, 5);
}

#[test]
fn a_deleted_or_replaced_file_is_noticed_by_the_next_flush() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    for replace in [false, true] {
        let mut writer = begin(&file, "s1").unwrap();
        writer.take(event(1)).unwrap();
        writer.flush().unwrap();
        std::fs::remove_file(&file).unwrap();
        if replace {
            std::fs::write(&file, "something else").unwrap();
        }
        writer.take(event(2)).unwrap();
        let error = writer.flush().unwrap_err();
        assert!(error.chain().contains("deleted, moved or replaced"), "{}", error.chain());
        assert!(writer.take(event(3)).is_err());
        assert!(writer.finish().is_err(), "the end says that nothing was kept");
        assert_eq!(file.exists(), replace);
    }
}

#[test]
fn a_moved_file_keeps_what_was_written_until_then() {
    let folder = tempfile::tempdir().unwrap();
    let (file, moved) = (folder.path().join("run.db"), folder.path().join("moved.db"));
    let mut writer = begin(&file, "s1").unwrap();
    for number in 1..=5 {
        writer.take(event(number)).unwrap();
    }
    writer.flush().unwrap();
    std::fs::rename(&file, &moved).unwrap();
    assert!(writer.flush().is_err());
    assert!(writer.finish().is_err());
    let report = verify(&moved, &OpenOptions::default(), true).unwrap();
    assert!(report.is_fine(), "{:?}", report.findings);
    assert_eq!((report.operations, report.remarks), (5, vec!["session s1 ended uncleanly".to_owned()]));
    // Moved back in time, a session goes on, with a gap.
    let mut writer = begin(&file, "s1").unwrap();
    std::fs::rename(&file, folder.path().join("away.db")).unwrap();
    assert!(writer.flush().is_err() && writer.take(event(1)).is_err());
    std::fs::rename(folder.path().join("away.db"), &file).unwrap();
    writer.flush().unwrap();
    writer.take(event(2)).unwrap();
    writer.finish().unwrap();
    let report = verify(&file, &OpenOptions::default(), true).unwrap();
    assert!(report.is_fine() && report.operations == 1, "{:?}", report.findings);
}

#[test]
fn a_file_without_its_log_is_reported_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let file = crashed(folder.path());
    assert!(verify(&file, &OpenOptions::default(), true).unwrap().is_fine());
    let mailed = folder.path().join("mailed.db");
    std::fs::copy(&file, &mailed).unwrap();
    for _ in 0..2 {
        let report = verify(&mailed, &OpenOptions::default(), true).unwrap();
        assert!(report.findings.iter().any(|finding| finding.sentence.contains("mailed.db-wal is missing")), "{report:?}");
        let remark = Recording::open(&mailed, &OpenOptions::default()).unwrap().recording().unwrap().remark;
        assert!(remark.contains("mailed.db-wal is missing"), "{remark}");
    }
}

#[test]
fn a_copy_of_a_live_and_of_a_crashed_recording_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut writer = begin(&file, "s1").unwrap();
    for number in 1..=20 {
        writer.take(event(number)).unwrap();
    }
    writer.flush().unwrap();
    let options = OpenOptions::default();
    let left = crashed(folder.path());
    for (from, to) in [(&file, "of-live.db"), (&left, "of-crashed.db")] {
        let to = folder.path().join(to);
        copy(from, &to, &options).unwrap();
        let report = verify(&to, &options, true).unwrap();
        assert!(report.is_fine(), "{:?}", report.findings);
        assert_eq!(report.operations, 20);
        let beside = names(folder.path()).into_iter().filter(|name| name.starts_with("of-")).all(|name| name.ends_with(".db"));
        assert!(beside, "one file, without a log: {:?}", names(folder.path()));
        assert_eq!(Recording::open(&to, &options).unwrap().sessions().unwrap()[0].state, SessionState::Crashed);
        assert_eq!(copy(from, &to, &options).unwrap_err().kind(), ErrorKind::Invalid, "a file that exists stays");
    }
    // The live one goes on, undisturbed.
    writer.take(event(21)).unwrap();
    writer.finish().unwrap();
    assert_eq!(verify(&file, &options, true).unwrap().operations, 21);
}

#[test]
fn opening_and_analysing_change_no_byte() {
    let folder = tempfile::tempdir().unwrap();
    let options = OpenOptions { cache: None, state: Some(folder.path().join("state")) };
    let left = crashed(folder.path());
    let closed = folder.path().join("live.db");
    for file in [left, closed] {
        let content = || {
            let mut log = file.clone().into_os_string();
            log.push("-wal");
            (std::fs::read(&file).unwrap(), std::fs::read(log).ok())
        };
        let before = content();
        {
            let recording = Recording::open(&file, &options).unwrap();
            let lineage = recording.lineage(SessionNo(0)).unwrap();
            assert_eq!(recording.operations(&lineage, Seq(1)..=Seq(20), 20).unwrap().len(), 20);
            let settings = "s".into();
            let key = FindingsKey { session: SessionNo(0), end: Seq(20), detectors_version: 1, settings };
            recording.keep_findings(&key, "[]").unwrap();
            assert_eq!(recording.findings(&key).unwrap().as_deref(), Some("[]"));
        }
        assert!(content() == before, "{}", file.display());
    }
}
