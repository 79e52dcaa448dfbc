//! Refused writes, reconciles that only the log knows, and two controllers in one process.

use kuberewind_model::Verb;
use serde_json::json;

use super::{backup, no_loop_and_no_race, pause};
use crate::story::{healthy, only, troubles};

// X: writes that are refused over minutes.

const CONFLICT: &str = "Apply failed with 1 conflict: conflict with \"rollouts-controller\" using ops.example.com/v1: .spec.template.spec.containers";

#[test]
fn x_an_apply_that_is_refused_every_three_minutes() {
    let mut story = backup(json!({}));
    for _ in 0..6 {
        story.after(180_000).refuse_saying("gitops", Verb::Patch, ("backups", "nightly"), 409, CONFLICT);
    }
    let finding = only(&story.analysis(), "refused-write");
    assert_eq!(finding.actors, ["gitops", "rollouts-controller"]);
    assert_eq!(finding.fields, [".spec.template.spec.containers"]);
    assert!(finding.sentence.contains("conflict with \"rollouts-controller\""), "{}", finding.sentence);
}

#[test]
fn x_a_webhook_that_refuses_each_retry() {
    let mut story = backup(json!({}));
    let words = "admission webhook \"policy.example.com\" denied the request: the image is not signed";
    for round in 0..8 {
        story.after(10_000 << round.min(4)).refuse_saying("ops/backup", Verb::Update, ("backups", "nightly"), 403, words);
    }
    let finding = only(&story.analysis(), "refused-write");
    assert!(finding.sentence.contains("admission webhook \"policy.example.com\" denied the request"), "{}", finding.sentence);
}

#[test]
fn x_ignores_one_conflict_that_is_then_forced_and_evictions_that_wait() {
    let mut story = backup(json!({}));
    story.after(180_000).refuse_saying("gitops", Verb::Patch, ("backups", "nightly"), 409, CONFLICT);
    story.after(5_000).patch("gitops", "backups", "nightly", json!({"spec": {"schedule": "@hourly"}}));
    for _ in 0..40 {
        story.after(5_000).refuse_saying(
            "kubernetes-admin/kubectl",
            Verb::Create,
            ("pods", "web"),
            429,
            "Cannot evict pod as it would violate the pod's disruption budget.",
        );
    }
    no_loop_and_no_race(story);
}

#[test]
fn l_ignores_conflicts_that_resolve_at_once() {
    let mut story = backup(json!({"n": 0}));
    for round in 1..40 {
        story.after(40);
        if round % 2 == 0 {
            let old = story.rv_of("backups", "nightly");
            story.refuse("kcm/replicaset", Verb::Update, ("backups", "nightly"), (409, "Conflict"), &old);
        }
        story.put("kcm/deployment", "backups", "nightly", json!({"spec": {"schedule": "@daily"}, "status": {"n": round}}));
    }
    let analysis = story.analysis();
    assert!(troubles(&analysis).iter().all(|finding| finding.detector != "conflict-storm"), "{:#?}", troubles(&analysis));
}

// Y and Z: reconciles that only the log knows.

#[test]
fn y_reconciles_that_follow_each_other_without_pause() {
    let mut story = backup(json!({}));
    for _ in 0..80 {
        story.after(20).reconciled("ops/backup", "backups", "nightly", "");
    }
    let finding = only(&story.analysis(), "hot-requeue");
    assert!(finding.sentence.contains("each run succeeds"), "{}", finding.sentence);
}

#[test]
fn y_ignores_a_queue_of_many_objects_and_polling() {
    let mut story = backup(json!({}));
    for round in 0..400 {
        story.after(5).reconciled("ops/backup", "backups", &format!("b-{}", round % 100), "");
    }
    for _ in 0..60 {
        story.after(5_000).reconciled("ops/backup", "backups", "nightly", "");
    }
    no_loop_and_no_race(story);
}

#[test]
fn z_every_reconcile_fails_with_an_error_that_only_the_log_has() {
    let mut story = backup(json!({}));
    for round in 0..9 {
        story.after(5 << round).reconciled("ops/backup", "backups", "nightly", "dial tcp 10.0.0.7:5432: connection refused");
    }
    let finding = only(&story.analysis(), "failing-reconcile");
    assert_eq!(finding.message, "dial tcp 10.0.0.7:5432: connection refused");
    assert_eq!(finding.actors, ["ops/backup"]);
}

#[test]
fn z_ignores_one_failure_and_a_shutdown() {
    let mut story = backup(json!({}));
    story.reconciled("ops/backup", "backups", "nightly", "the cache is not synced");
    story.after(10).reconciled("ops/backup", "backups", "nightly", "");
    for name in ["a", "b", "c", "d", "e", "f"] {
        story.reconciled("ops/backup", "backups", name, "context canceled");
    }
    healthy(&story.analysis());
}

// V: two controllers in one process.

#[test]
fn v_two_controllers_of_one_process_without_deliveries() {
    let mut story = backup(json!({"phase": "a"}));
    story.create("kubectl", "configmaps", "settings", json!({"data": {"phase": "a"}}));
    for round in 0..16_u64 {
        let phase = if round % 2 == 0 { "b" } else { "a" };
        story.after(pause(round, 300)).patch("manager/backup", "backups", "nightly", json!({"status": {"phase": phase}}));
        story.after(pause(round, 200)).patch("manager/settings", "configmaps", "settings", json!({"data": {"phase": phase}}));
    }
    let analysis = story.analysis();
    let first = &analysis.findings[0];
    assert_eq!(first.detector, "ping-pong", "{:#?}", troubles(&analysis));
    assert_eq!(first.actors, ["manager/backup", "manager/settings"]);
}

#[test]
fn v_ignores_a_chain_that_ends_and_two_heartbeats() {
    let mut story = backup(json!({"step": 0, "beat": "2026-02-04T10:00:00Z"}));
    story.create("kubectl", "configmaps", "settings", json!({"data": {"step": "0", "beat": "2026-02-04T10:00:00Z"}}));
    for round in 1..10_u64 {
        story.after(pause(round, 300)).patch("manager/backup", "backups", "nightly", json!({"status": {"step": round}}));
        story.after(pause(round, 200)).patch(
            "manager/settings",
            "configmaps",
            "settings",
            json!({"data": {"step": round.to_string()}}),
        );
    }
    for _ in 0..30 {
        story.after(4_000);
        let now = story.now();
        story.patch("manager/backup", "backups", "nightly", json!({"status": {"beat": now}}));
        story.patch("manager/settings", "configmaps", "settings", json!({"data": {"beat": now}}));
    }
    no_loop_and_no_race(story);
}
