//! A range that is longer than the screen is exported as a whole.

use kuberewind_model::{Observations, Sink, Verb};
use kuberewind_tui::headless::Headless;

use crate::recording::{OPERATOR, Scribe, fight, stage};

fn said(stage: &Headless) -> &str {
    stage.state.screen.message.as_ref().map_or("", |(_, text)| text)
}

#[test]
fn a_whole_range_is_copied_exported_and_piped() {
    let (folder, file) = fight(70);
    let mut stage = stage(&file, (80, 24), "dark");
    let total = usize::try_from(stage.state.snapshot.lineage.len()).unwrap();
    assert!(total > 400, "far more than is kept around a screen of 24 rows");
    stage.keys("G v g g y y").unwrap();
    let lines: Vec<&str> = stage.copied[0].lines().collect();
    assert_eq!(lines.len(), total);
    for (line, number) in lines.iter().zip(1..) {
        assert!(line.starts_with(&format!("#{number} 2026-")), "{line} is not of #{number}");
    }
    assert!(said(&stage).ends_with(&format!(": {total} operations")), "{}", said(&stage));
    let path = folder.path().join("range.json");
    stage.keys("e").unwrap();
    stage.text(path.to_str().unwrap());
    stage.keys("Enter").unwrap();
    let json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(json["operations"].as_array().unwrap().len(), total);
    assert_eq!(json.get("left_out"), None);
    assert!(said(&stage).contains(&format!("bytes, {total} operations; no redacted values")), "{}", said(&stage));
    stage.keys("|").unwrap();
    stage.text("wc -l");
    stage.keys("Enter").unwrap();
    assert_eq!(stage.piped[0].1.lines().count(), total);
}

#[test]
fn a_range_contains_filtered_operations_and_whole_folds() {
    let (_folder, file) = fight(20);
    let mut stage = stage(&file, (80, 24), "dark");
    stage.keys("g g z M v G y y").unwrap();
    assert!(!stage.state.timeline.index.folds().is_empty());
    assert_eq!(stage.copied[0].lines().count(), usize::try_from(stage.state.snapshot.lineage.len()).unwrap());
    stage.keys("Esc z R f").unwrap();
    stage.text("verb==patch");
    stage.keys("Enter G v g g y y").unwrap();
    assert_eq!(stage.copied[1].lines().count(), 20);
    assert!(stage.copied[1].lines().all(|line| line.contains(" patch ")), "{}", stage.copied[1]);
}

#[test]
fn a_range_that_is_too_long_is_cut_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut scribe = Scribe::begin(&file, "long");
    for _ in 0..10_050 {
        scribe.operation(OPERATOR, Verb::Get, Observations::Nothing, |_| {});
    }
    scribe.writer.flush().unwrap();
    let mut stage = stage(&file, (80, 24), "dark");
    stage.keys("g g v G y y").unwrap();
    let last = stage.copied[0].lines().last().unwrap();
    assert_eq!(last, "# the first 10,000 of 10,050 operations: the limit of one export");
    assert_eq!(stage.copied[0].lines().count(), 10_001);
    assert!(said(&stage).contains("the first 10,000 of 10,050 operations"), "{}", said(&stage));
    let path = folder.path().join("range.json");
    stage.keys("e").unwrap();
    stage.text(path.to_str().unwrap());
    stage.keys("Enter").unwrap();
    let json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!((json["operations"].as_array().unwrap().len(), &json["left_out"]), (10_000, &50.into()));
    assert!(said(&stage).contains("the first 10,000"), "{}", said(&stage));
}
