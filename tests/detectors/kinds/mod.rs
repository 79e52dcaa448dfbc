//! Kinds of trouble that reports describe, each with the healthy behaviour that looks like it. No story has deliveries unless it
//! needs them.

mod content;
mod lifecycle;
mod refusals;

use kuberewind_analysis::finding::Class;
use serde_json::{Value, json};

use crate::story::{Story, troubles};

pub(super) fn no_loop_and_no_race(story: Story) {
    let analysis = story.analysis();
    let found: Vec<_> =
        troubles(&analysis).into_iter().filter(|finding| matches!(finding.class, Class::Loops | Class::Races)).collect();
    assert!(found.is_empty(), "healthy, but: {:#?}", found.iter().map(|finding| &finding.sentence).collect::<Vec<_>>());
}

pub(super) fn backup(status: Value) -> Story {
    let mut story = Story::new();
    story.create("kubectl", "backups", "nightly", json!({"spec": {"schedule": "@daily"}, "status": status}));
    story
}

/// Irregular pauses around a mean, in milliseconds.
pub(super) fn pause(round: u64, mean: u64) -> u64 {
    mean / 2 + (round * 7_919) % mean
}
