//! Objects that are created, deleted, or grow.

use kuberewind_model::Verb;
use serde_json::{Value, json};

use super::{backup, no_loop_and_no_race};
use crate::story::{Story, only, troubles};

// F and T: delete and recreate.

fn service(ip: u64) -> Value {
    json!({"spec": {"clusterIP": format!("10.0.0.{ip}"), "clusterIPs": [format!("10.0.0.{ip}")], "ports": [{"name": "http", "port": 80, "nodePort": 30_000 + ip}]}})
}

#[test]
fn t_recreated_with_addresses_that_the_server_allocates() {
    let mut story = Story::new();
    story.create("ops/backup", "services", "web", service(1));
    for round in 2..9 {
        story.after(100).delete("ops/backup", "services", "web");
        story.after(20).create("ops/backup", "services", "web", service(round));
    }
    let finding = only(&story.analysis(), "recreate");
    assert_eq!((finding.object.as_str(), finding.rounds), ("Service/shop/web", 7));
}

fn pod_of(owner: &str, revision: &str) -> Value {
    json!({
        "metadata": {
            "labels": {"controller-revision-hash": revision},
            "ownerReferences": [{"kind": "StatefulSet", "name": "pg", "uid": owner, "controller": true}],
        },
        "spec": {"containers": [{"name": "app", "image": "pg:16"}], "nodeName": "node-1"},
    })
}

#[test]
fn t_ignores_a_stateful_set_that_is_restarted_and_scaled() {
    let mut story = Story::new();
    story.create(
        "kubectl",
        "statefulsets",
        "pg",
        json!({"spec": {"replicas": 2, "template": {"annotations": {"restartedAt": "never"}}}}),
    );
    let owner = story.uid_of("statefulsets", "pg");
    story.create("statefulset-controller", "pods", "pg-1", pod_of(&owner, "r0"));
    for round in 1..6 {
        story.after(60_000);
        let change = if round % 2 == 0 {
            json!({"replicas": 1 + round})
        } else {
            json!({"template": {"annotations": {"restartedAt": story.now()}}})
        };
        story.patch("kubectl", "statefulsets", "pg", json!({"spec": change}));
        story.after(500).delete("statefulset-controller", "pods", "pg-1");
        let revision = if round % 2 == 0 { "r0".to_owned() } else { format!("r{round}") };
        story.after(500).create("statefulset-controller", "pods", "pg-1", pod_of(&owner, &revision));
    }
    no_loop_and_no_race(story);
}

#[test]
fn t_ignores_a_job_that_a_person_deletes_and_applies() {
    let mut story = Story::new();
    let job = || json!({"spec": {"template": {"image": "a:1"}}});
    story.create("kubectl", "jobs", "migrate", job());
    for _ in 0..6 {
        story.after(150_000).delete("kubectl", "jobs", "migrate");
        story.after(2_000).create("kubectl", "jobs", "migrate", job());
    }
    no_loop_and_no_race(story);
}

// S: churn under generated names.

fn child(owner: &str) -> Value {
    json!({"metadata": {"ownerReferences": [{"kind": "ReplicaSet", "name": "web", "uid": owner, "controller": true}]}, "spec": {"image": "a:1"}})
}

#[test]
fn s_pods_that_fail_at_once_are_made_again_and_again() {
    let mut story = Story::new();
    story.create("deployment-controller", "replicasets", "web", json!({"spec": {"replicas": 1}}));
    let owner = story.uid_of("replicasets", "web");
    for round in 0..20 {
        let name = format!("web-{round}");
        story.after(300).create("replicaset-controller", "pods", &name, child(&owner));
        story.after(80).status(
            "kubelet",
            "pods",
            &name,
            json!({"phase": "Failed", "reason": "OutOfcpu", "message": "Node has not enough cpu"}),
        );
    }
    let finding = only(&story.analysis(), "churn");
    assert_eq!(finding.object, "ReplicaSet/shop/web");
    assert!(finding.sentence.contains("OutOfcpu") && finding.sentence.contains("although 1 is wanted"), "{}", finding.sentence);
    assert_eq!(finding.actors[0], "replicaset-controller");
}

#[test]
fn s_ignores_a_job_whose_pods_end_well_and_a_rollout() {
    let mut story = Story::new();
    story.create("kubectl", "jobs", "batch", json!({"spec": {"completions": 60, "parallelism": 5}}));
    let owner = story.uid_of("jobs", "batch");
    for round in 0..60 {
        let name = format!("batch-{round}");
        story.after(300).create("job-controller", "pods", &name, child(&owner));
        story.after(900).status("kubelet", "pods", &name, json!({"phase": if round % 20 == 7 { "Failed" } else { "Succeeded" }}));
    }
    no_loop_and_no_race(story);
}

// W: an object that grows without end.

fn entries(count: usize) -> Value {
    let entry =
        |n: usize| json!({"kind": "Pod", "name": format!("etl-{n}"), "conditions": [{"type": "UpToDate", "status": "True"}]});
    json!({"workloadStatus": (0..count).map(entry).collect::<Vec<_>>()})
}

#[test]
fn w_a_status_that_never_forgets_a_pod() {
    let mut story = backup(entries(1));
    for count in 1..40 {
        let name = format!("etl-{count}");
        story.after(4_000).create("job-controller", "pods", &name, json!({"spec": {}}));
        story.after(2_000).status("ops/backup", "backups", "nightly", entries(count + 1));
        story.delete("job-controller", "pods", &name);
    }
    let finding = only(&story.analysis(), "grows");
    assert_eq!((finding.fields, finding.actors), (vec!["/status/workloadStatus".to_owned()], vec!["ops/backup".to_owned()]));
}

#[test]
fn w_names_the_servers_refusal() {
    let mut story = backup(entries(1));
    for count in 1..16 {
        story.after(6_000).status("ops/backup", "backups", "nightly", entries(count + 1));
    }
    story.refuse_saying("ops/backup", Verb::Update, ("backups", "nightly"), 500, "etcdserver: request is too large");
    let finding = only(&story.analysis(), "grows");
    assert!(
        finding.sentence.contains("(1 → 16 items); the server now refuses the write: etcdserver: request is too large"),
        "{}",
        finding.sentence
    );
    assert_eq!(finding.message, "etcdserver: request is too large");
}

#[test]
fn w_ignores_a_list_that_follows_living_replicas() {
    let mut story = backup(entries(1));
    for count in 1..50 {
        story.after(500).create("replicaset-controller", "pods", &format!("etl-{count}"), json!({"spec": {}}));
        story.after(500).status("ops/backup", "backups", "nightly", entries(count + 1));
    }
    for _ in 0..40 {
        story.after(6_000).status("ops/backup", "backups", "nightly", entries(4));
        story.after(6_000).status("ops/backup", "backups", "nightly", entries(5));
    }
    let analysis = story.analysis();
    assert!(troubles(&analysis).iter().all(|finding| finding.detector != "grows"), "{:#?}", troubles(&analysis));
}

// R: a deletion that never ends.

fn with_finalizer() -> Story {
    let mut story = Story::new();
    story.create("kubectl", "secrets", "client", json!({"data": {}}));
    story.create("kubectl", "backups", "nightly", json!({"spec": {"a": 1}}));
    story.after(50).patch("ops/backup", "backups", "nightly", json!({"metadata": {"finalizers": ["ops.example.com/cleanup"]}}));
    story
}

#[test]
fn r_a_finalizer_that_its_operator_cannot_remove() {
    let mut story = with_finalizer();
    story.after(5_000).begin_deletion("kubectl", "backups", "nightly");
    story.after(20).delete("namespace-controller", "secrets", "client");
    for _ in 0..12 {
        story.after(10_000).not_found("ops/backup", "secrets", "client");
    }
    let finding = only(&story.analysis(), "stuck-deletion");
    assert_eq!((finding.object.as_str(), finding.actors), ("Backup/shop/nightly", vec!["ops/backup".to_owned()]));
    for words in [
        "ops.example.com/cleanup",
        "which ops/backup added",
        "get of Secret/shop/client fails with 404 (12 times)",
        "namespace-controller had deleted it before",
    ] {
        assert!(finding.sentence.contains(words), "{words}: {}", finding.sentence);
    }
}

#[test]
fn r_quotes_the_error_of_the_reconcile() {
    let mut story = with_finalizer();
    story.after(5_000).begin_deletion("kubectl", "backups", "nightly");
    for round in 0..8 {
        story.after(1_000 << round.min(3)).reconciled("ops/backup", "backups", "nightly", "cannot reach the bucket");
    }
    let analysis = story.analysis();
    assert_eq!(only(&analysis, "stuck-deletion").message, "cannot reach the bucket");
}

#[test]
fn r_ignores_finalizers_that_go_and_foreground_deletion() {
    let mut story = with_finalizer();
    story.after(5_000).begin_deletion("kubectl", "backups", "nightly");
    story.after(800).patch("ops/backup", "backups", "nightly", json!({"metadata": {"finalizers": []}}));
    story.create("kubectl", "deployments", "web", json!({"metadata": {"finalizers": ["foregroundDeletion"]}, "spec": {}}));
    story.begin_deletion("kubectl", "deployments", "web");
    for _ in 0..20 {
        story.after(6_000);
        let name = format!("p-{}", story.now());
        story.create("kubelet", "pods", &name, json!({}));
    }
    no_loop_and_no_race(story);
}
