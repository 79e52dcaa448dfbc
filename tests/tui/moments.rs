//! The notations of a moment, resolved in a recording of two sessions.

use kuberewind_file::{OpenOptions, Recording};
use kuberewind_model::{Bookmark, ErrorKind, MomentSpec, Notes, Seq, SessionNo};
use kuberewind_session::OpenRecording;

use crate::recording::{START, Scribe};

#[test]
fn every_form_finds_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    for session in ["one", "two"] {
        let mut scribe = Scribe::begin(&file, session);
        scribe.fight(3);
        scribe.writer.finish().unwrap();
    }
    let mut recording = Recording::open(&file, &OpenOptions::default()).unwrap();
    let bookmark = Bookmark { name: "stuck".into(), session: SessionNo(0), at: Seq(9), note: String::new(), created: START };
    recording.set_bookmark(&bookmark).unwrap();
    let mut open = OpenRecording::new(Box::new(recording), Some("two")).unwrap();
    open.move_to(Seq(10));
    let find = |text: &str, from_cursor| {
        let place = open.find(&MomentSpec::parse(text).unwrap(), from_cursor).unwrap();
        (place.session.0, place.at.0)
    };
    let last = open.lineage().last().0;
    for (text, place) in [
        ("#3", (1, 3)),
        ("999", (1, last)),
        ("start", (1, 0)),
        ("end", (1, last)),
        ("0%", (1, 0)),
        ("100%", (1, last)),
        ("stuck", (0, 9)),
        ("one:#4", (0, 4)),
        ("one:stuck", (0, 9)),
        ("one:end", (0, last)),
        ("10:13:20.036", (1, 3)),
        ("10:13:20", (1, 0)),
        ("2026-02-04T02:40:00.036Z", (1, 0)),
        ("+0.053s", (1, 4)),
        ("rv:103", (1, 8)),
    ] {
        assert_eq!(find(text, false), place, "{text}");
    }
    assert_eq!(find("+0.001s", true).1, 10, "from the cursor");
    assert!(find("-0.02s", true).1 < 10);
    for missing in ["nope", "three:#1", "rv:9999", "two:stuck"] {
        let error = open.find(&MomentSpec::parse(missing).unwrap(), false).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{missing}");
        assert!(!error.to_string().is_empty());
    }
}
