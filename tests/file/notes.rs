//! Bookmarks: in the recording if it can be written, else in the notes, and always read as one.

use std::path::Path;

use kuberewind_file::{NewSession, OpenOptions, Recording, SessionWriter};
use kuberewind_model::{Bookmark, ErrorKind, Notes, Seq, SessionNo, Sink};

use crate::events::{START, shows, state};

fn mark(name: &str, at: u64) -> Bookmark {
    Bookmark { name: name.into(), session: SessionNo(0), at: Seq(at), note: format!("note {at}"), created: START }
}

fn open(file: &Path, folder: &Path) -> Recording {
    Recording::open(file, &OpenOptions { cache: None, state: Some(folder.join("state")) }).unwrap()
}

fn names(recording: &Recording) -> Vec<(String, u64)> {
    recording.bookmarks().unwrap().into_iter().map(|bookmark| (bookmark.name, bookmark.at.0)).collect()
}

fn in_the_file(file: &Path) -> i64 {
    rusqlite::Connection::open(file).unwrap().query_row("SELECT count(*) FROM bookmark", [], |row| row.get(0)).unwrap()
}

#[test]
fn a_bookmark_of_the_recording_replaces_one_that_was_set_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut writer = SessionWriter::begin(&file, NewSession::new("s1", START, 7)).unwrap();
    for number in 1..=3 {
        writer.take(shows("hpa", kuberewind_model::Verb::Update, number, state("a", "u1", &number.to_string(), "{}"))).unwrap();
    }
    writer.flush().unwrap();

    // While a writer is alive, the recording is not changed.
    let mut recording = open(&file, folder.path());
    recording.set_bookmark(&mark("stuck", 1)).unwrap();
    recording.set_bookmark(&mark("other", 2)).unwrap();
    assert_eq!((names(&recording).len(), in_the_file(&file)), (2, 0));
    writer.finish().unwrap();
    drop(recording);

    let mut recording = open(&file, folder.path());
    assert_eq!(names(&recording), [("stuck".into(), 1), ("other".into(), 2)]);
    recording.set_bookmark(&mark("stuck", 3)).unwrap();
    assert_eq!(names(&recording), [("other".into(), 2), ("stuck".into(), 3)], "the newer one counts");
    assert_eq!(in_the_file(&file), 1);

    assert!(recording.remove_bookmark("other").unwrap());
    assert!(!recording.remove_bookmark("other").unwrap());
    assert!(recording.remove_bookmark("stuck").unwrap());
    assert_eq!((names(&recording), in_the_file(&file)), (vec![], 0));
    for refused in ["412", "end", "+2s", "a b", "", "rv:9", "50%"] {
        assert_eq!(recording.set_bookmark(&mark(refused, 1)).err().unwrap().kind(), ErrorKind::Invalid, "{refused:?}");
    }
}

#[test]
fn a_bookmark_of_the_recording_can_be_removed_while_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    SessionWriter::begin(&file, NewSession::new("s1", START, 7)).unwrap().finish().unwrap();
    open(&file, folder.path()).set_bookmark(&mark("here", 1)).unwrap();
    let writer = SessionWriter::begin(&file, NewSession::new("s2", START, 7)).unwrap();
    let mut recording = open(&file, folder.path());
    assert!(recording.remove_bookmark("here").unwrap());
    assert_eq!((names(&recording), in_the_file(&file)), (vec![], 1), "hidden, and still in the file");
    recording.set_bookmark(&mark("here", 2)).unwrap();
    assert_eq!(names(&recording), [("here".into(), 2)]);
    writer.finish().unwrap();
    // Without a folder for notes, only the recording takes bookmarks.
    let alone = Recording::open(&file, &OpenOptions::default()).unwrap();
    assert_eq!(names(&alone), [("here".into(), 1)]);
}
