//! Loops over one object: classes A, B, D, E, G, H and K, each with its healthy lookalike.

use kuberewind_analysis::Analysis;
use kuberewind_model::{Certainty, Verb};
use serde_json::{Value, json};

use crate::story::{Story, healthy, only};

/// A: status.lastChecked is written in every reconcile, and every write triggers the writer.
pub(crate) fn self_trigger(rounds: u64) -> Story {
    let mut story = Story::new();
    story.create(
        "kubectl",
        "backups",
        "nightly",
        json!({"spec": {"schedule": "@daily"}, "status": {"phase": "Scheduled", "lastChecked": "2026-02-04T10:00:00Z"}}),
    );
    story.watch("ops/backup", "backups");
    for _ in 0..rounds {
        story.after(20);
        let patch = json!({"status": {"lastChecked": story.now()}});
        story.patch("ops/backup", "backups", "nightly", patch);
        story.deliver();
    }
    story
}

#[test]
fn a_self_trigger_by_a_timestamp() {
    let finding = only(&self_trigger(12).analysis(), "self-trigger");
    assert_eq!((finding.actors, finding.fields), (vec!["ops/backup".to_owned()], vec!["/status/lastChecked".to_owned()]));
    assert_eq!((finding.object.as_str(), finding.rounds), ("Backup/shop/nightly", 11));
    assert!(finding.sentence.contains("ops/backup is woken by its own write of Backup/shop/nightly"), "{}", finding.sentence);
    assert!(finding.period_ms.is_some_and(|period| (20.0..40.0).contains(&period)), "{:?}", finding.period_ms);
}

#[test]
fn a_self_trigger_is_exact_where_the_reconciles_name_their_triggers() {
    let mut story = Story::new();
    story.create("kubectl", "backups", "nightly", json!({"status": {"lastChecked": "2026-02-04T10:00:00Z"}}));
    story.watch("ops/backup", "backups");
    for _ in 0..8 {
        // So slow that by time alone it could be a heartbeat.
        story.span("ops/backup", "backups", "nightly", "object updated").after(4_000);
        let patch = json!({"status": {"lastChecked": story.now()}});
        story.patch("ops/backup", "backups", "nightly", patch);
        story.end("ops/backup").deliver();
    }
    assert_eq!(only(&story.analysis(), "self-trigger").certainty, Certainty::Exact);
}

#[test]
fn a_self_trigger_by_a_counter() {
    let mut story = Story::new();
    story.create("kubectl", "backups", "nightly", json!({"status": {"reconciles": 0}}));
    story.watch("ops/backup", "backups");
    for round in 1..30 {
        story.after(20).patch("ops/backup", "backups", "nightly", json!({"status": {"reconciles": round}}));
        story.deliver();
    }
    assert_eq!(only(&story.analysis(), "self-trigger").fields, ["/status/reconciles"]);
}

#[test]
fn a_ignores_a_heartbeat() {
    let mut story = Story::new();
    story.create("kubelet", "backups", "node-1", json!({"status": {"heartbeat": "2026-02-04T10:00:00Z"}}));
    story.create("kubelet", "leases", "node-1", json!({"spec": {"renewTime": "2026-02-04T10:00:00Z"}}));
    story.watch("kubelet", "backups");
    story.watch("kubelet", "leases");
    for beat in 0..60 {
        story.after(2_000 + beat % 7);
        let now = story.now();
        story.patch("kubelet", "leases", "node-1", json!({"spec": {"renewTime": now}}));
        if beat % 5 == 0 {
            story.patch("kubelet", "backups", "node-1", json!({"status": {"heartbeat": now}}));
        }
        story.deliver();
    }
    let analysis = story.analysis();
    healthy(&analysis);
    let beats: Vec<_> = analysis.findings.iter().filter(|finding| finding.detector == "periodic").collect();
    assert!(beats.iter().any(|beat| beat.object == "Lease/shop/node-1"), "labelled, not alerted");
}

#[test]
fn b_one_writer_flips_a_condition() {
    let mut story = Story::new();
    let state = |ready: &str| json!({"spec": {"queue": "a"}, "status": {"conditions": [{"type": "Ready", "status": ready}]}});
    story.create("kubectl", "backups", "queue", state("True"));
    story.watch("kai/queue", "backups");
    for round in 0..12 {
        story.after(30).put("kai/queue", "backups", "queue", state(if round % 2 == 0 { "False" } else { "True" }));
        story.deliver();
    }
    let finding = only(&story.analysis(), "condition-flip");
    assert_eq!(finding.fields, ["/status/conditions/0/status"]);
    assert_eq!((finding.period_ops, finding.actors), (Some(2), vec!["kai/queue".to_owned()]));
}

#[test]
fn b_ignores_a_transition_that_changes_more() {
    // A rollout: one status field goes 3→4→3→4→3, but the whole state never recurs.
    let mut story = Story::new();
    let state = |replicas: u32, updated: u32| json!({"spec": {"replicas": 3}, "status": {"replicas": replicas, "updatedReplicas": updated}});
    story.create("kubectl", "deployments", "api", state(3, 0));
    story.watch("deployment-controller", "deployments");
    for updated in 1..8 {
        story.after(500).put("deployment-controller", "deployments", "api", state(4, updated));
        story.deliver();
        story.after(500).put("deployment-controller", "deployments", "api", state(3, updated));
        story.deliver();
    }
    healthy(&story.analysis());
}

#[test]
fn d_the_server_defaults_what_the_operator_leaves_out() {
    let mut story = Story::new();
    let wanted = json!({"spec": {"replicas": 1}});
    let kept = json!({"spec": {"replicas": 1, "podManagementPolicy": "OrderedReady"}});
    story.create("rabbit", "deployments", "api", kept.clone());
    for _ in 0..20 {
        story.after(220).write("rabbit", Verb::Update, ("deployments", "api"), Some(wanted.clone()), kept.clone(), "");
    }
    let finding = only(&story.analysis(), "defaulting-fight");
    assert_eq!(finding.fields, ["/spec/podManagementPolicy"]);
    assert!(finding.sentence.contains("the server adds /spec/podManagementPolicy"), "{}", finding.sentence);
}

#[test]
fn d_ignores_the_first_write_after_an_upgrade() {
    let mut story = Story::new();
    story.create("rabbit", "deployments", "api", json!({"spec": {"replicas": 1}}));
    let kept = json!({"spec": {"replicas": 1, "podManagementPolicy": "OrderedReady"}});
    for _ in 0..2 {
        story.after(200).write(
            "rabbit",
            Verb::Update,
            ("deployments", "api"),
            Some(json!({"spec": {"replicas": 1}})),
            kept.clone(),
            "",
        );
    }
    healthy(&story.analysis());
}

#[test]
fn e_a_field_that_the_schema_prunes() {
    let mut story = Story::new();
    story.create("sandbox", "backups", "a", json!({"spec": {"image": "a:0"}}));
    for round in 1..8 {
        story.after(3_000);
        let sent = json!({"spec": {"image": format!("a:{round}"), "snapshotId": "x"}});
        story.write("sandbox", Verb::Update, ("backups", "a"), Some(sent), json!({"spec": {"image": format!("a:{round}")}}), "");
    }
    let finding = only(&story.analysis(), "pruned-field");
    assert_eq!((finding.fields, finding.certainty), (vec!["/spec/snapshotId".to_owned()], Certainty::Exact));
}

#[test]
fn e_ignores_a_schema_change() {
    let mut story = Story::new();
    story.create("sandbox", "backups", "a", json!({"spec": {"image": "a:0"}}));
    for round in 1..9 {
        let sent = json!({"spec": {"image": format!("a:{round}"), "snapshotId": "x"}});
        // Until the new schema is served, the field is dropped once or twice.
        let kept = if round < 3 { json!({"spec": {"image": format!("a:{round}")}}) } else { sent.clone() };
        story.after(3_000).write("sandbox", Verb::Update, ("backups", "a"), Some(sent), kept, "");
    }
    healthy(&story.analysis());
}

#[test]
fn g_a_loop_at_the_pace_of_the_resync() {
    let mut story = Story::new();
    let state = |policy: &str| json!({"spec": {"policy": policy}});
    story.create("kubectl", "deployments", "pg", state("Retain"));
    story.watch("postgres-operator", "deployments");
    for _ in 0..5 {
        story.after(30 * 60_000).put("postgres-operator", "deployments", "pg", state("Delete"));
        story.deliver().after(800).put("postgres-operator", "deployments", "pg", state("Retain"));
        story.deliver();
    }
    let finding = only(&story.analysis(), "slow-loop");
    assert_eq!(finding.fields, ["/spec/policy"]);
    assert!(finding.sentence.starts_with("every 30m"), "{}", finding.sentence);
}

#[test]
fn g_ignores_a_resync_that_changes_nothing() {
    let mut story = Story::new();
    story.create("kubectl", "deployments", "pg", json!({"spec": {"policy": "Retain"}}));
    for _ in 0..12 {
        story.after(30 * 60_000).get("postgres-operator", "deployments", "pg");
        story.shows("postgres-operator", Verb::Update, "deployments", "pg", Some(json!({"spec": {"policy": "Retain"}})));
    }
    healthy(&story.analysis());
}

/// H: two controllers and one field. Every write reacts to the other's.
pub(crate) fn tug_of_war(rounds: u64) -> Story {
    let mut story = Story::new();
    story.create("kubectl", "deployments", "checkout", json!({"spec": {"replicas": 5}}));
    for actor in ["shop-operator/checkout", "autoscaler/hpa"] {
        story.watch(actor, "deployments");
    }
    for _ in 0..rounds {
        story.after(20).get("shop-operator/checkout", "deployments", "checkout");
        story.put("shop-operator/checkout", "deployments", "checkout", json!({"spec": {"replicas": 3}}));
        story.deliver().after(20);
        story.patch("autoscaler/hpa", "deployments", "checkout", json!({"spec": {"replicas": 5}}));
        story.deliver();
    }
    story
}

#[test]
fn h_two_writers_of_one_field() {
    let finding = only(&tug_of_war(10).analysis(), "two-writers");
    let mut actors = finding.actors.clone();
    actors.sort();
    assert_eq!(actors, ["autoscaler/hpa", "shop-operator/checkout"]);
    assert_eq!((finding.fields, finding.rounds, finding.period_ops), (vec!["/spec/replicas".to_owned()], 10, Some(2)));
    assert!(finding.sentence.contains('3') && finding.sentence.contains('5'), "{}", finding.sentence);
}

#[test]
fn h_ignores_an_autoscalers_own_up_and_down() {
    let mut story = Story::new();
    story.create("kubectl", "deployments", "checkout", json!({"spec": {"replicas": 3}, "status": {"replicas": 3}}));
    story.watch("deployment-controller", "deployments");
    story.watch("hpa", "deployments");
    for (round, pause) in [7_000, 31_000, 12_000, 45_000, 9_000, 22_000, 60_000, 15_000, 8_000, 33_000].into_iter().enumerate() {
        let replicas = if round % 2 == 0 { 5 } else { 3 };
        story.after(pause).patch("hpa", "deployments", "checkout", json!({"spec": {"replicas": replicas}}));
        story.deliver().after(40);
        story.patch("deployment-controller", "deployments", "checkout", json!({"status": {"replicas": replicas}}));
        story.deliver();
    }
    healthy(&story.analysis());
}

/// A recording of only one operator has half of the fight.
fn half_a_fight(managed: &serde_json::Value) -> Story {
    let mut story = Story::new();
    story.create("kubectl", "deployments", "checkout", json!({"spec": {"replicas": 5}}));
    story.watch("shop-operator/checkout", "deployments");
    for _ in 0..10 {
        story.after(20).get("shop-operator/checkout", "deployments", "checkout");
        story.put("shop-operator/checkout", "deployments", "checkout", json!({"spec": {"replicas": 3}}));
        story.deliver().after(20);
        let patch = json!({"metadata": {"managedFields": managed}, "spec": {"replicas": 5}});
        story.unrecorded_patch("deployments", "checkout", patch);
        story.deliver();
    }
    story
}

#[test]
fn h_one_writer_may_be_unrecorded() {
    let managed = json!([
        {"manager": "kubectl", "operation": "Update", "time": "2026-02-04T10:00:00Z", "fieldsV1": {"f:spec": {"f:replicas": {}}}},
        {"manager": "hpa", "operation": "Update", "time": "2026-02-04T10:00:01Z", "fieldsV1": {"f:spec": {"f:replicas": {}}}},
        {"manager": "kubelet", "operation": "Update", "time": "2026-02-04T10:00:02Z", "fieldsV1": {"f:status": {}}},
    ]);
    let finding = only(&half_a_fight(&managed).analysis(), "two-writers");
    let beginning = "shop-operator/checkout and an unrecorded writer (as hpa) keep undoing each other on /spec/replicas (5 ↔ 3)";
    assert!(finding.sentence.starts_with(beginning), "{}", finding.sentence);
    assert_eq!((finding.actors, finding.rounds), (vec!["shop-operator/checkout".to_owned()], 9));
    assert_eq!((finding.fields, finding.certainty), (vec!["/spec/replicas".to_owned()], Certainty::Likely));
    // Without `managedFields` the writer has no name.
    let finding = only(&half_a_fight(&json!(null)).analysis(), "two-writers");
    assert!(finding.sentence.contains("an unrecorded writer keep undoing"), "{}", finding.sentence);
}

#[test]
fn h_ignores_a_field_that_only_others_change() {
    let mut story = Story::new();
    story.create("kubectl", "deployments", "checkout", json!({"spec": {"replicas": 3}, "status": {"replicas": 3}}));
    story.watch("deployment-controller", "deployments");
    for (round, pause) in [7_000, 31_000, 12_000, 45_000, 9_000, 22_000, 60_000, 15_000, 8_000, 33_000].into_iter().enumerate() {
        let replicas = if round % 2 == 0 { 5 } else { 3 };
        story.after(pause).unrecorded_patch("deployments", "checkout", json!({"spec": {"replicas": replicas}}));
        story.deliver().after(40);
        story.patch("deployment-controller", "deployments", "checkout", json!({"status": {"replicas": replicas}}));
        story.deliver();
    }
    healthy(&story.analysis());
}

#[test]
fn a_gap_prevents_findings() {
    let mut story = Story::new();
    story.create("kubectl", "deployments", "checkout", json!({"spec": {"replicas": 5}}));
    for actor in ["shop-operator/checkout", "autoscaler/hpa"] {
        story.watch(actor, "deployments");
    }
    for _ in 0..10 {
        story.after(20).put("shop-operator/checkout", "deployments", "checkout", json!({"spec": {"replicas": 3}}));
        story.deliver().after(20).put("autoscaler/hpa", "deployments", "checkout", json!({"spec": {"replicas": 5}}));
        story.deliver().gap();
    }
    healthy(&story.analysis());
}

#[test]
fn k_the_victim_is_not_the_culprit() {
    let mut story = Story::new();
    story.create("kubectl", "backups", "app", json!({"status": {"seen": "2026-02-04T10:00:00Z"}}));
    story.watch("argocd", "backups");
    for _ in 0..60 {
        story.after(100);
        // On its own timer: the writer does not watch what it writes.
        let patch = json!({"status": {"seen": story.now()}});
        story.patch("noisy", "backups", "app", patch);
        story.deliver().after(5).get("argocd", "backups", "app");
    }
    let finding = only(&story.analysis(), "hot-victim");
    assert_eq!(finding.actors, ["noisy", "argocd"], "the culprit first");
}

/// An unrecorded writer writes ten times a second, and an operator with a cache reconciles each time.
fn woken_from_outside(patch: impl Fn(&Story, u32) -> Value, reconciles: impl Fn(&mut Story)) -> Analysis {
    let mut story = Story::new();
    story.create("kubectl", "backups", "app", json!({"status": {"seen": "2026-02-04T10:00:00Z"}}));
    story.create("argocd", "leases", "argocd", json!({}));
    story.watch("argocd", "backups");
    for round in 0..60 {
        story.after(100);
        let patch = patch(&story, round);
        story.unrecorded_patch("backups", "app", patch);
        story.deliver().after(5);
        reconciles(&mut story);
    }
    story.analysis()
}

fn by_its_cache(story: &mut Story) {
    story.span("argocd", "backups", "app", "object updated").after(5).end("argocd");
}

#[test]
fn k_the_writer_may_be_unrecorded() {
    let reads = |story: &mut Story| {
        story.get("argocd", "backups", "app");
    };
    let holds_a_lease = |story: &mut Story| {
        story.put("argocd", "leases", "argocd", json!({"spec": {"renewTime": story.now()}}));
        by_its_cache(story);
    };
    let ways: [&dyn Fn(&mut Story); 3] = [&reads, &by_its_cache, &holds_a_lease];
    for way in ways {
        let finding = only(&woken_from_outside(|story, _| json!({"status": {"seen": story.now()}}), way), "hot-victim");
        assert_eq!(finding.actors, ["argocd"]);
        assert!(finding.sentence.contains("every write of an unrecorded writer"), "{}", finding.sentence);
    }
}

#[test]
fn k_ignores_news_from_outside() {
    healthy(&woken_from_outside(|story, round| json!({"status": {"seen": story.now(), "round": round}}), by_its_cache));
}
