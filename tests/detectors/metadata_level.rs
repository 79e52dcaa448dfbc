//! Audit level Metadata, without bodies: only certain facts are reported.

use kuberewind_model::Certainty;
use serde_json::json;

use crate::story::{Story, healthy, only};

fn updates(pause: u64) -> Story {
    let mut story = Story::new();
    story.bodies = false;
    story.create("kubectl", "backups", "nightly", json!({}));
    for round in 0..40 {
        story.after(pause).put("ops/backup", "backups", "nightly", json!({"spec": round}));
    }
    story
}

#[test]
fn frequent_updates_of_unknown_content_are_a_guess() {
    let analysis = updates(100).analysis();
    let finding = only(&analysis, "unknown-updates");
    assert_eq!(finding.certainty, Certainty::Guess);
    assert!(
        finding.sentence.starts_with("repeated updates of Backup/shop/nightly by ops/backup, content unknown"),
        "{}",
        finding.sentence
    );
    assert_eq!(analysis.loops_detected.len(), 1);
    assert!(finding.fields.is_empty());
}

#[test]
fn heartbeats_without_bodies_are_healthy() {
    healthy(&updates(2_000).analysis());
}
