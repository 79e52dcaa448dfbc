//! Opens files of other formats.

use std::fs;
use std::ops::ControlFlow;

use kuberewind_file::{OpenOptions, Recording};
use kuberewind_formats::open_cached;
use kuberewind_model::{ErrorKind, History};
use serde_json::json;

use super::audit::{event, lines};

#[test]
fn a_file_is_converted_once_and_stays_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let (file, cache) = (folder.path().join("audit.log"), folder.path().join("cache"));
    fs::write(&file, lines(&[event("a", "get", "/api/v1/pods", (0, 10), json!({}))])).unwrap();
    let before = (fs::read(&file).unwrap(), fs::metadata(&file).unwrap().modified().unwrap());
    let mut steps = 0;
    let first = open_cached(&file, &cache, [1; 32], &mut |_| {
        steps += 1;
        ControlFlow::Continue(())
    });
    let first = first.unwrap();
    assert!(steps > 0, "the file was converted");
    // The second time nothing is converted, so there is no progress.
    let again = open_cached(&file, &cache, [2; 32], &mut |_| ControlFlow::Break(())).unwrap();
    assert_eq!((first.importer.name, &first.recording), ("audit", &again.recording));
    // The recording, and the link that leads to it.
    assert_eq!(fs::read_dir(&cache).unwrap().count(), 2);
    assert_eq!((fs::read(&file).unwrap(), fs::metadata(&file).unwrap().modified().unwrap()), before);
    let recording = Recording::open(&first.recording, &OpenOptions::default()).unwrap();
    assert_eq!(recording.sessions().unwrap()[0].operations, 1);
    // Another content gives another recording.
    fs::write(&file, lines(&[event("b", "get", "/api/v1/pods", (0, 20), json!({}))])).unwrap();
    let other = open_cached(&file, &cache, [1; 32], &mut |_| ControlFlow::Continue(())).unwrap();
    assert_ne!(other.recording, first.recording);
}

#[test]
fn a_cancelled_conversion_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (file, cache) = (folder.path().join("audit.log"), folder.path().join("cache"));
    fs::write(&file, lines(&[event("a", "get", "/api/v1/pods", (0, 10), json!({}))])).unwrap();
    let stopped = open_cached(&file, &cache, [1; 32], &mut |_| ControlFlow::Break(())).err().unwrap();
    assert_eq!(stopped.kind(), ErrorKind::Interrupted);
    assert_eq!(fs::read_dir(&cache).unwrap().count(), 0);
}

#[test]
fn an_unknown_format_is_refused_with_the_tried_formats() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    fs::write(&file, "hello\n").unwrap();
    let error = open_cached(&file, &folder.path().join("cache"), [1; 32], &mut |_| ControlFlow::Continue(())).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::NotARecording);
    assert!(error.hint_text().unwrap().contains("Kubernetes audit events"), "{error:?}");
}
