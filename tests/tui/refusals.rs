//! A refused write is shown with its base, what it sent, what was written meanwhile and its retry, and one key walks between them.

use kuberewind_model::{Observations, Outcome, Seq, Text, Verb};

use crate::recording::{OPERATOR, SCALER, Scribe, deployment, stage};

struct Story {
    _folder: tempfile::TempDir,
    file: std::path::PathBuf,
    winner: Seq,
    refused: Seq,
    retry: Seq,
}

/// The operator reads, the scaler writes, the operator's update is refused, and it tries again.
fn story() -> Story {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut scribe = Scribe::begin(&file, "conflict");
    scribe.shows(OPERATOR, Verb::Get, 3, None);
    let base = scribe.rv;
    scribe.shows(SCALER, Verb::Get, 3, None);
    scribe.rv += 1;
    let winner = scribe.shows(SCALER, Verb::Update, 4, None);
    let sent = deployment(5, base);
    let refused = scribe.operation(OPERATOR, Verb::Update, Observations::Nothing, |operation| {
        operation.target.name = "checkout".into();
        operation.outcome = Outcome::Refused;
        operation.status = 409;
        operation.error = "the object has been modified".into();
        operation.detail.reason = "Conflict".into();
        operation.detail.precondition = base.to_string().into();
        operation.request = Some(Text { bytes: sent.into_bytes().into(), cut: false });
    });
    scribe.shows(OPERATOR, Verb::Get, 4, None);
    scribe.rv += 1;
    let retry = scribe.shows(OPERATOR, Verb::Update, 5, None);
    scribe.writer.finish().unwrap();
    Story { _folder: folder, file, winner, refused, retry }
}

#[test]
fn the_detail_of_a_refused_write_has_three_sides_and_its_retry() {
    let Story { _folder, file, .. } = story();
    for size in [(80, 24), (120, 40), (200, 60)] {
        let mut screen = stage(&file, size, "mono");
        screen.keys("g g ] e").unwrap();
        screen.keys("alt-2 Z").unwrap();
        let glyphs = screen.glyphs().unwrap();
        for words in [
            "refused with 409 Conflict: the object has been modified",
            "made on rv 101, observed in #1",
            "its precondition names this resourceVersion",
            ".spec.replicas: 3 → 5",
            "written meanwhile",
            ".spec.replicas: 3 → 4",
            "retried",
        ] {
            assert!(glyphs.contains(words), "{words:?} at {size:?}:\n{glyphs}");
        }
    }
}

#[test]
fn one_key_walks_from_the_refusal_to_the_winner_and_to_the_retry() {
    let Story { _folder, file, winner, refused, retry } = story();
    let mut screen = stage(&file, (120, 40), "mono");
    screen.keys("g g !").unwrap();
    assert!(screen.glyphs().unwrap().contains("this is no refused write"), "{}", screen.glyphs().unwrap());
    screen.keys("] e").unwrap();
    assert_eq!(screen.state.cursor, refused);
    for to in [winner, retry, refused, winner] {
        screen.keys("!").unwrap();
        assert_eq!(screen.state.cursor, to);
    }
    // From the refusal, `leads to` names the retry.
    screen.keys("! ! V w").unwrap();
    let glyphs = screen.glyphs().unwrap();
    assert!(glyphs.contains("retried by") && !glyphs.contains("no recorded effect"), "{glyphs}");
}
