//! Versions that differ in their order or in volatile values only.

use serde_json::json;

use super::{backup, no_loop_and_no_race, pause};
use crate::story::{Story, only};

// Q: only the order of a list differs.

#[test]
fn q_a_list_in_another_order_each_time() {
    let orders = [["a", "b", "c"], ["c", "a", "b"], ["b", "c", "a"], ["a", "c", "b"]];
    let mut story = backup(json!({"managed": orders[0], "ready": 3}));
    for round in 1..20_usize {
        story.after(145).status("ops/backup", "backups", "nightly", json!({"managed": orders[round % 4], "ready": 3}));
    }
    let finding = only(&story.analysis(), "list-order");
    assert_eq!((finding.actors, finding.fields), (vec!["ops/backup".to_owned()], vec!["/status/managed".to_owned()]));
}

#[test]
fn q_keyed_items_in_another_order_are_found_as_well() {
    let item = |name: &str| json!({"name": name, "ready": true});
    let mut story = backup(json!({"parts": [item("a"), item("b"), item("c")]}));
    for round in 0..12_usize {
        let mut parts = [item("a"), item("b"), item("c")];
        parts.rotate_left(1 + round % 3);
        story.after(145).status("ops/backup", "backups", "nightly", json!({"parts": parts}));
    }
    assert_eq!(only(&story.analysis(), "list-order").fields, ["/status/parts"]);
}

#[test]
fn q_ignores_a_status_that_follows_a_rollout_and_a_reordering_by_hand() {
    let mut story = backup(json!({"managed": [], "ready": 0}));
    let names = ["a", "b", "c", "d", "e"];
    for ready in 1..=5 {
        story.after(1_500).status("ops/backup", "backups", "nightly", json!({"managed": names[..ready], "ready": ready}));
    }
    for args in [["--a", "--b"], ["--b", "--a"], ["--a", "--b"]] {
        story.after(60_000).patch("kubectl", "backups", "nightly", json!({"spec": {"args": args}}));
    }
    no_loop_and_no_race(story);
}

// A and AA without deliveries.

#[test]
fn a_times_that_only_a_writer_in_a_loop_moves() {
    let mut story = backup(json!({"phase": "Ready", "lastChecked": story_time(0)}));
    for round in 0..40 {
        story.after(pause(round, 400));
        let now = story.now();
        story.status("ops/backup", "backups", "nightly", json!({"lastChecked": now}));
    }
    let finding = only(&story.analysis(), "ever-changing");
    assert_eq!((finding.actors, finding.fields), (vec!["ops/backup".to_owned()], vec!["/status/lastChecked".to_owned()]));
}

fn story_time(second: u64) -> String {
    format!("2026-02-04T10:00:{second:02}Z")
}

#[test]
fn aa_replicas_of_one_service_account_wake_each_other() {
    let condition = |at: &str| json!({"conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": at}]});
    let mut story = backup(condition("2026-02-04T10:00:00Z"));
    let pods = ["operator-4kx2p", "operator-b8tzn", "operator-zz2rl"];
    for round in 0..30_u64 {
        story.after(pause(round, 1_000));
        let now = story.now();
        let actor = format!("system:serviceaccount:ops:operator/{}/operator", pods[usize::try_from(round).unwrap() % 3]);
        story.status(&actor, "backups", "nightly", condition(&now));
    }
    let finding = only(&story.analysis(), "ever-changing");
    assert!(
        finding.sentence.contains("several replicas of system:serviceaccount:ops:operator/operator wake each other"),
        "{}",
        finding.sentence
    );
    assert_eq!(finding.fields, ["/status/conditions/0/lastTransitionTime"]);
}

#[test]
fn a_ignores_progress_and_heartbeats_by_the_clock() {
    for period in [250, 1_000, 2_000, 10_000] {
        for counter in [true, false] {
            for watched in [true, false] {
                let mut story = backup(json!({"done": 0, "beat": "2026-02-04T10:00:00Z"}));
                if watched {
                    story.watch("ops/backup", "backups");
                }
                for round in 1..60 {
                    // The write and its delivery take four milliseconds.
                    story.after(period - 4);
                    let now = story.now();
                    let status = if counter { json!({"done": round * 100}) } else { json!({"beat": now}) };
                    story.status("ops/backup", "backups", "nightly", status);
                    story.deliver();
                }
                no_loop_and_no_race(story);
            }
        }
    }
}

#[test]
fn b_ignores_a_kubelet_and_a_prober_whose_readiness_flaps() {
    for (actor, watched) in
        [("system:node:node-1/kubelet", false), ("kubelet", true), ("ops/prober", false), ("ops/prober", true)]
    {
        let ready = |on: bool| json!({"conditions": [{"type": "Ready", "status": if on { "True" } else { "False" }}]});
        let mut story = backup(ready(true));
        if watched {
            story.watch(actor, "backups");
        }
        for round in 0..24_u64 {
            story.after(1_000 + (round * 7_919) % 37_000).status(actor, "backups", "nightly", ready(round % 2 == 1));
            story.deliver();
        }
        no_loop_and_no_race(story);
    }
}

#[test]
fn ignores_counters_that_move_during_a_scale() {
    let mut story = Story::new();
    story.create("kubectl", "replicasets", "web", json!({"spec": {"replicas": 500}, "status": {"terminatingReplicas": 0}}));
    story.create("kubectl", "pods", "web-x", json!({"spec": {}, "status": {"n": 0}}));
    story.watch("kube-controller-manager", "replicasets").watch("kube-controller-manager", "pods");
    story.patch("kubectl", "replicasets", "web", json!({"spec": {"replicas": 0}}));
    story.deliver();
    for step in (0..50).chain((0..50).rev()) {
        // Pods go, and the controller hears of it.
        story.after(30).status("kubelet", "pods", "web-x", json!({"n": step * 1_000 + 7}));
        story.deliver();
        story.after(20).status("kube-controller-manager", "replicasets", "web", json!({"terminatingReplicas": step * 10}));
        story.deliver();
    }
    no_loop_and_no_race(story);
}
