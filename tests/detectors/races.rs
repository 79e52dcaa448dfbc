//! Races: classes N and P, each with its healthy lookalike.

use kuberewind_model::{Certainty, Verb};
use serde_json::{Value, json};

use crate::story::{Story, healthy, only};

fn child() -> Value {
    let owner = json!({"kind": "Backup", "name": "owner", "uid": "00000000-0000-4000-8000-000000000001", "controller": true});
    json!({"metadata": {"ownerReferences": [owner]}, "spec": {"role": "worker"}})
}

#[test]
fn n_a_duplicate_from_a_stale_cache() {
    let mut story = Story::new();
    story.create("kubectl", "backups", "owner", json!({"spec": {"workers": 1}}));
    story.watch("k0smotron", "pods");
    story.span("k0smotron", "backups", "owner", "object updated").create("k0smotron", "pods", "worker-bcdfg", child());
    story.end("k0smotron").after(3);
    story.span("k0smotron", "backups", "owner", "object updated").create("k0smotron", "pods", "worker-hjklm", child());
    story.end("k0smotron").after(3).deliver();
    let finding = only(&story.analysis(), "duplicates");
    assert_eq!(finding.object, "Pod/shop/worker-hjklm");
}

#[test]
fn n_ignores_parallelism_and_a_cache_that_was_updated() {
    let mut story = Story::new();
    story.create("kubectl", "backups", "owner", json!({"spec": {"workers": 3}}));
    story.watch("k0smotron", "pods");
    story.span("k0smotron", "backups", "owner", "object updated");
    for name in ["a", "b", "c"] {
        story.create("k0smotron", "pods", name, child());
    }
    story.end("k0smotron").deliver().after(50);
    story.span("k0smotron", "backups", "owner", "object updated").create("k0smotron", "pods", "d", child());
    story.end("k0smotron");
    healthy(&story.analysis());
}

#[test]
fn n_the_cache_belongs_to_the_process_of_a_controller() {
    let mut story = Story::new();
    story.create("kubectl", "backups", "owner", json!({"spec": {}}));
    story.watch("manager", "pods");
    story.span("manager/web", "backups", "owner", "object updated").create("manager/web", "pods", "worker-bcdfg", child());
    story.end("manager/web").deliver().after(500);
    story.span("manager/web", "backups", "owner", "object updated").create("manager/web", "pods", "worker-hjklm", child());
    story.end("manager/web").deliver();
    healthy(&story.analysis());
}

/// P: a write without precondition, based on a cache that may lack another actor's change.
fn stale_write(delivered: bool, base: &str, others: &str) -> Story {
    let mut story = Story::new();
    let state = |image: &str, size: u32| json!({"spec": {"image": image, "size": size}});
    story.create("kubectl", "backups", "pool", state("a:1", 1));
    story.watch("kobe", "backups");
    story.after(100).patch(others, "backups", "pool", json!({"spec": {"image": "a:2"}}));
    if delivered {
        story.deliver();
    }
    story.after(5).write("kobe", Verb::Update, ("backups", "pool"), Some(state("a:1", 2)), state("a:1", 2), base);
    story.deliver();
    story
}

#[test]
fn p_a_lost_update() {
    let finding = only(&stale_write(false, "", "deployer").analysis(), "lost-update");
    assert_eq!(
        (finding.actors, finding.fields),
        (vec!["kobe".to_owned(), "deployer".to_owned()], vec!["/spec/image".to_owned()])
    );
    assert_eq!(finding.certainty, Certainty::Likely, "no base proves what was between");
}

#[test]
fn p_ignores_knowing_and_ones_own_field() {
    healthy(&stale_write(true, "", "deployer").analysis());
    healthy(&stale_write(false, "1002", "deployer").analysis());
    healthy(&stale_write(false, "", "kobe").analysis());
}

/// A writer sets a size without precondition, `pause` after each change by a person. The last change comes in the middle of a pause.
fn paused_writer(pauses: [u64; 4]) -> Story {
    let mut story = Story::new();
    story.create("kubectl", "backups", "pool", json!({"spec": {"size": 1}}));
    story.watch("blind", "backups");
    for (round, pause) in (2_u32..).zip(pauses) {
        story.unrecorded_patch("backups", "pool", json!({"spec": {"size": round}}));
        story.deliver();
        if round == 5 {
            story.after(pause / 2 + 80).unrecorded_patch("backups", "pool", json!({"spec": {"size": 9}}));
            story.deliver().after(pause / 2 - 80);
        } else {
            story.after(pause);
        }
        story.patch("blind", "backups", "pool", json!({"spec": {"size": 5}}));
        story.deliver().after(2_000);
    }
    story
}

#[test]
fn p_a_steady_pause_before_each_write_hides_a_change() {
    let finding = only(&paused_writer([300, 302, 299, 300]).analysis(), "stale-write");
    assert_eq!((finding.certainty, finding.actors.as_slice()), (Certainty::Guess, ["blind".to_owned()].as_slice()));
    assert_eq!(finding.fields, ["/spec/size"]);
    // Without a steady pause, it may have read what it overwrites.
    healthy(&paused_writer([300, 900, 160, 400]).analysis());
}
