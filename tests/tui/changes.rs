//! A row of the timeline shows the change, as much as fits.

use kuberewind_model::Verb;

use crate::recording::{OPERATOR, SCALER, Scribe, stage};

/// The operator reads, the scaler writes, and the operator receives the event.
fn story() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut scribe = Scribe::begin(&file, "changes");
    scribe.shows(OPERATOR, Verb::Get, 3, None);
    scribe.rv += 1;
    scribe.shows(SCALER, Verb::Update, 5, None);
    scribe.shows(OPERATOR, Verb::Modified, 5, None);
    scribe.writer.finish().unwrap();
    (folder, file)
}

/// The row of an operation, without the frames of the panes.
fn row(screen: &str, seq: u64) -> String {
    let number = format!("#{seq} ");
    let line = screen.lines().find(|line| line.contains(&number) && line.contains("ms ") | line.contains("s "));
    line.unwrap_or_else(|| panic!("no row {seq}:\n{screen}")).to_owned()
}

#[test]
fn a_write_and_its_delivery_name_the_field_and_both_values() {
    let (_folder, file) = story();
    for size in [(80, 24), (120, 40), (200, 60)] {
        let mut screen = stage(&file, size, "mono");
        screen.keys("G").unwrap();
        let glyphs = screen.glyphs().unwrap();
        for seq in [2, 3] {
            assert!(row(&glyphs, seq).contains("replicas 3→5"), "{size:?}:\n{glyphs}");
        }
        assert!(!row(&glyphs, 1).contains('→'), "a read changes nothing: {glyphs}");
        // The timeline alone has room for the path, the count of the other fields and the version.
        screen.keys("alt-1 Z").unwrap();
        let glyphs = screen.glyphs().unwrap();
        assert!(row(&glyphs, 2).contains(if size.0 == 80 { "replicas 3→5" } else { "rv 102" }), "{size:?}:\n{glyphs}");
    }
}
