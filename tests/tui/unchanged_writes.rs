//! Writes that changed nothing say so, and writes that a watch event overtook do not.

use kuberewind_file::{OpenOptions, Recording};
use kuberewind_model::{History, Observations, Seq, SessionNo, Verb};
use kuberewind_report::{Names, operation_facts, operation_text};

use crate::recording::{OPERATOR, SCALER, Scribe, deployment};

struct Story {
    _folder: tempfile::TempDir,
    file: std::path::PathBuf,
    same: Seq,
    overtaken: Seq,
}

/// One patch repeats what is there. The watch event of another one arrives before its response.
fn story() -> Story {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut scribe = Scribe::begin(&file, "repeats");
    let known = scribe.shows(OPERATOR, Verb::Get, 3, None);
    scribe.shows(SCALER, Verb::Update, 3, None);
    let same = scribe.shows(OPERATOR, Verb::Patch, 3, None);
    scribe.rv += 1;
    let began = same;
    scribe.shows(SCALER, Verb::Modified, 5, None);
    let sight = scribe.sight("checkout", &deployment(5, scribe.rv));
    let overtaken = scribe.operation(OPERATOR, Verb::Patch, Observations::Object(Box::new(sight)), |operation| {
        operation.started_after = began;
    });
    scribe.writer.finish().unwrap();
    assert_eq!(known, Seq(1));
    Story { _folder: folder, file, same, overtaken }
}

#[test]
fn a_row_and_its_diff_say_that_nothing_changed() {
    let Story { _folder, file, same, overtaken } = story();
    let mut stage = crate::recording::stage(&file, (200, 50), "mono");
    stage.keys(&format!("{} G", same.0)).unwrap();
    let screen = stage.glyphs().unwrap();
    let row = |screen: &str| screen.lines().find(|line| line.contains("PATCH") && line.contains('∅')).map(str::to_owned);
    assert!(row(&screen).is_some(), "{screen}");
    assert!(screen.contains("changed nothing: the object has been in this state since #1"), "{screen}");
    stage.keys("alt-1 Z").unwrap();
    let wide = row(&stage.glyphs().unwrap()).unwrap();
    assert!(wide.contains("changed nothing, rv 101"), "{wide}");
    stage.keys("Z").unwrap();
    stage.keys(&format!("{} G", overtaken.0)).unwrap();
    let screen = stage.glyphs().unwrap();
    assert!(!screen.contains("changed nothing: "), "{screen}");
    assert!(screen.contains("replicas: 3 → 5"), "{screen}");
}

#[test]
fn a_filter_finds_and_counts_them() {
    let Story { _folder, file, .. } = story();
    let mut stage = crate::recording::stage(&file, (120, 24), "mono");
    stage.script("filter has:write not has:change").unwrap();
    let screen = stage.glyphs().unwrap();
    assert!(screen.contains("(2/5)"), "{screen}");
}

#[test]
fn the_command_line_says_so() {
    let Story { _folder, file, same, overtaken } = story();
    let recording = Recording::open(&file, &OpenOptions::default()).unwrap();
    let lineage = recording.lineage(SessionNo(0)).unwrap();
    let names = Names::read(&recording).unwrap();
    let facts = |seq| {
        let operation = recording.operation(&lineage, seq).unwrap().unwrap();
        operation_facts(&recording, &lineage, &names, &operation).unwrap()
    };
    assert_eq!(facts(same)["changed_nothing"], true);
    assert!(operation_text(&facts(same)).contains("changed nothing"));
    assert_eq!(facts(overtaken)["changed_nothing"], false);
    assert!(!operation_text(&facts(overtaken)).contains("changed nothing"));
}
