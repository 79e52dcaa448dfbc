//! Problems over several objects: classes F, I, J, L and M, each with its healthy lookalike.

use kuberewind_model::Verb;
use serde_json::{Value, json};

use crate::story::{Story, healthy, only};

fn owned(uid: &str, spec: &Value) -> Value {
    json!({"metadata": {"ownerReferences": [{"kind": "Backup", "name": "owner", "uid": uid, "controller": true}]}, "spec": spec})
}

#[test]
fn f_delete_and_recreate() {
    let mut story = Story::new();
    let body = json!({"spec": {"serviceName": "prometheus"}});
    story.create("prometheus-operator", "deployments", "prometheus", body.clone());
    for _ in 0..5 {
        story.after(300).delete("prometheus-operator", "deployments", "prometheus");
        story.after(300).create("prometheus-operator", "deployments", "prometheus", body.clone());
    }
    let finding = only(&story.analysis(), "recreate");
    assert_eq!((finding.object.as_str(), finding.rounds), ("Deployment/shop/prometheus", 5));
}

#[test]
fn f_ignores_a_rolling_restart() {
    let mut story = Story::new();
    let body = owned("00000000-0000-4000-8000-00000000000a", &json!({"containers": [{"name": "app"}]}));
    for name in ["api-qwrtz", "api-bcdfg", "api-zxcvb"] {
        story.create("rs-controller", "pods", name, body.clone());
    }
    for (old, new) in [("api-qwrtz", "api-nmklp"), ("api-bcdfg", "api-hjklm"), ("api-zxcvb", "api-vbnmq")] {
        story.after(6_000).create("rs-controller", "pods", new, body.clone());
        story.after(6_000).delete("rs-controller", "pods", old);
    }
    healthy(&story.analysis());
}

/// I: each write triggers the other writer through a timestamp.
fn ping_pong(settles_after: Option<u64>) -> Story {
    let mut story = Story::new();
    story.create("kubectl", "backups", "cluster", json!({"status": {"at": "2026-02-04T10:00:00Z", "n": 0}}));
    story.create("kubectl", "configmaps", "jail", json!({"data": {"at": "2026-02-04T10:00:00Z", "n": "0"}}));
    story.watch("soperator/jail", "backups");
    story.watch("soperator/cluster", "configmaps");
    for round in 0..settles_after.unwrap_or(10) {
        let number = if settles_after.is_some() { round } else { 0 };
        story.after(30);
        let now = story.now();
        story.patch("soperator/cluster", "backups", "cluster", json!({"status": {"at": now, "n": number}}));
        story.deliver().after(30);
        let now = story.now();
        story.patch("soperator/jail", "configmaps", "jail", json!({"data": {"at": now, "n": number.to_string()}}));
        story.deliver();
    }
    story
}

#[test]
fn i_ping_pong_over_two_kinds() {
    let finding = only(&ping_pong(None).analysis(), "ping-pong");
    let mut actors = finding.actors.clone();
    actors.sort();
    assert_eq!(actors, ["soperator/cluster", "soperator/jail"]);
    assert_eq!(finding.period_ops, Some(2));
}

#[test]
fn i_ignores_a_chain_that_ends() {
    healthy(&ping_pong(Some(8)).analysis());
}

/// V: a process writes each of two objects when the other one has changed, with what it has seen. Its controllers have names from
/// round `named` on.
fn seen_by_each_other(rounds: u64, named: u64) -> Story {
    let mut story = Story::new();
    story.create("kubectl", "backups", "w", json!({"metadata": {"annotations": {"seen": ""}}}));
    story.create("kubectl", "configmaps", "pong-w", json!({"data": {"seen": ""}}));
    story.watch("faulty", "backups").watch("faulty", "configmaps");
    for round in 0..rounds {
        let (ping, pong) = if round < named { ("faulty", "faulty") } else { ("faulty/ping", "faulty/pong") };
        let seen = format!("rv-{}", story.rv_of("backups", "w"));
        story.after(3).patch(ping, "configmaps", "pong-w", json!({"data": {"seen": seen}}));
        story.deliver();
        let seen = format!("rv-{}", story.rv_of("configmaps", "pong-w"));
        story.after(3).patch(pong, "backups", "w", json!({"metadata": {"annotations": {"seen": seen}}}));
        story.deliver();
    }
    story
}

#[test]
fn v_ping_pong_with_new_values_is_one_cycle_and_no_self_trigger() {
    let finding = only(&seen_by_each_other(30, 1_000).analysis(), "ping-pong");
    assert_eq!((finding.actors.as_slice(), finding.period_ops), (["faulty".to_owned()].as_slice(), Some(2)));
    let finding = only(&seen_by_each_other(60, 20).analysis(), "ping-pong");
    let mut actors = finding.actors.clone();
    actors.sort();
    assert_eq!(actors, ["faulty/ping", "faulty/pong"], "{}", finding.sentence);
}

#[test]
fn v_ignores_what_settles_and_progress_that_another_controller_copies() {
    healthy(&seen_by_each_other(9, 0).analysis());
    let mut story = Story::new();
    story.create("kubectl", "backups", "nightly", json!({"status": {"done": "0 %"}}));
    story.create("kubectl", "configmaps", "report", json!({"data": {"done": "0 %"}}));
    story.watch("manager", "backups").watch("manager", "configmaps");
    for percent in 1..40 {
        // The backup reports its progress by the clock. The report follows it.
        let done = format!("{percent} %");
        story.after(232).patch("manager/backup", "backups", "nightly", json!({"status": {"done": done.clone()}}));
        story.deliver().after(3).patch("manager/report", "configmaps", "report", json!({"data": {"done": done}}));
        story.deliver();
    }
    healthy(&story.analysis());
}

#[test]
fn j_two_owners_selectors() {
    let mut story = Story::new();
    for (name, replicas) in [("five", 5), ("three", 3)] {
        story.create("kubectl", "replicasets", name, json!({"spec": {"replicas": replicas}}));
    }
    story.watch("rs-controller", "pods");
    let body = json!({"spec": {"containers": [{"name": "app"}]}});
    for round in 0..8 {
        let name = format!("web-bcdf{round}").replace(['0', '1', '3'], "x");
        story.span("rs-controller", "replicasets", "five", "object updated").create("rs-controller", "pods", &name, body.clone());
        story.end("rs-controller").deliver().after(50);
        story.span("rs-controller", "replicasets", "three", "object updated").delete("rs-controller", "pods", &name);
        story.end("rs-controller").deliver().after(50);
    }
    let finding = only(&story.analysis(), "selector-fight");
    assert!(
        finding.sentence.contains("ReplicaSet/shop/five") && finding.sentence.contains("ReplicaSet/shop/three"),
        "{}",
        finding.sentence
    );
}

#[test]
fn j_ignores_jobs() {
    let mut story = Story::new();
    for round in 0..12 {
        let name = format!("job-{round}");
        story.create(
            "job-controller",
            "pods",
            &name,
            json!({"spec": {"containers": [{"name": "work"}]}, "status": {"phase": "Pending"}}),
        );
        story.after(900).patch("kubelet", "pods", &name, json!({"status": {"phase": "Succeeded"}}));
        story.after(900).delete("ttl-controller", "pods", &name);
    }
    healthy(&story.analysis());
}

#[test]
fn l_a_conflict_storm() {
    let mut story = Story::new();
    story.create("kubectl", "configmaps", "ledger", json!({"data": {"a": "1"}}));
    for _ in 0..30 {
        story.after(10).refuse("ledger/a", Verb::Update, ("configmaps", "ledger"), (409, "Conflict"), "1001");
    }
    story.put("ledger/b", "configmaps", "ledger", json!({"data": {"a": "2"}}));
    let finding = only(&story.analysis(), "conflict-storm");
    assert_eq!((finding.rounds, finding.object.as_str()), (30, "ConfigMap/shop/ledger"));
    assert!(finding.sentence.contains("from the same old version"), "{}", finding.sentence);
}

#[test]
fn l_ignores_a_single_conflict_and_already_exists() {
    let mut story = Story::new();
    story.create("kubectl", "configmaps", "ledger", json!({"data": {"a": "0"}}));
    for round in 1..20 {
        story.after(2_000).refuse("ledger/a", Verb::Update, ("configmaps", "ledger"), (409, "Conflict"), "1");
        story.get("ledger/a", "configmaps", "ledger");
        story.put("ledger/a", "configmaps", "ledger", json!({"data": {"a": round.to_string()}}));
        for _ in 0..5 {
            story.refuse("other", Verb::Create, ("configmaps", "ledger"), (409, "AlreadyExists"), "");
        }
        story.after(40_000);
    }
    healthy(&story.analysis());
}

#[test]
fn l_names_the_controllers_whose_reconciles_failed_with_a_conflict() {
    let mut story = Story::new();
    story.create("kubectl", "backups", "w", json!({"spec": {"size": 1}}));
    let error = "Operation cannot be fulfilled on backups \"w\": the object has been modified; please apply your changes";
    for round in 0..30 {
        // The calls have the name of the process only.
        story.after(10).refuse("faulty", Verb::Update, ("backups", "w"), (409, "Conflict"), &round.to_string());
        story.reconciled(if round % 2 == 0 { "faulty/annota" } else { "faulty/annotb" }, "backups", "w", error);
    }
    let finding = only(&story.analysis(), "conflict-storm");
    assert_eq!(finding.actors, ["faulty/annota", "faulty/annotb"]);
    assert!(finding.sentence.contains("faulty/annota, faulty/annotb"), "{}", finding.sentence);
}

#[test]
fn l_ignores_retries_until_the_cache_has_the_latest_version() {
    let mut story = Story::new();
    story.create("kubectl", "deployments", "web", json!({"status": {"ready": 0}}));
    let old = story.rv_of("deployments", "web");
    story.status("kcm/deployment", "deployments", "web", json!({"ready": 1}));
    for pause in [5, 10, 20, 40, 80] {
        story.after(pause).refuse("kcm/deployment", Verb::Update, ("deployments", "web"), (409, "Conflict"), &old);
    }
    story.after(160).status("kcm/deployment", "deployments", "web", json!({"ready": 2}));
    healthy(&story.analysis());
}

#[test]
fn m_a_create_storm() {
    let mut story = Story::new();
    story.create("kubectl", "backups", "owner", json!({"spec": {"dnsNames": ["a"]}}));
    let body = owned("00000000-0000-4000-8000-000000000001", &json!({"request": "x"}));
    for round in 0..80 {
        story.after(300).create("cert-manager", "configmaps", &format!("request-{round}"), body.clone());
    }
    let finding = only(&story.analysis(), "create-storm");
    assert_eq!((finding.object.as_str(), finding.rounds), ("Backup/shop/owner", 80));
}

#[test]
fn m_ignores_batch_jobs_and_large_replica_counts() {
    let mut story = Story::new();
    story.create("kubectl", "jobs", "batch", json!({"spec": {"parallelism": 10}}));
    story.create("kubectl", "replicasets", "big", json!({"spec": {"replicas": 120}}));
    let body = owned("00000000-0000-4000-8000-000000000001", &json!({"containers": [{"name": "work"}]}));
    for round in 0..150 {
        let name = format!("batch-{round}");
        story.after(200).create("job-controller", "pods", &name, body.clone());
        story.after(200).patch("kubelet", "pods", &name, json!({"status": {"phase": "Succeeded"}}));
    }
    let body = owned("00000000-0000-4000-8000-000000000002", &json!({"containers": [{"name": "app"}]}));
    for round in 0..120 {
        story.after(10).create("rs-controller", "pods", &format!("big-{round}"), body.clone());
    }
    healthy(&story.analysis());
}
