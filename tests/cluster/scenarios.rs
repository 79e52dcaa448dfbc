//! Scenarios that were run against a real server.
//!
//! Each is run here and checked. `real_answers` runs the same scenarios and compares everything with the responses of the real server.

use serde_json::{Value, json};

use crate::api::{Api, Events};

/// The results of a scenario under the names of the corpus: responses (`audit.create`) and watch events (`watch.added`).
pub(crate) struct Played(pub(crate) Vec<(String, Value)>);

pub(crate) const NAMES: &[&str] = &[
    "configmap/create-succeeds",
    "configmap/update",
    "configmap/conflict-update",
    "configmap/server-side-apply",
    "configmap/no-op-apply",
    "configmap/finalizer-delete",
    "configmap/deletion-intent-actor",
    "configmap/deletecollection",
    "configmap/owner-ref-cascade",
    "configmap/dry-run-create",
    "configmap/generate-name-create",
    "configmap/watch-bookmark",
    "configmap/watch-replay-collapse",
    "configmap/watch-resync",
    "deployment/scale-patch",
    "deployment/status-update",
];

const LABEL: &str = "mutationlab.configbutler.ai/scenario";
const HOLD: &str = "mutationlab.configbutler.ai/hold";

/// A cluster for one scenario.
struct Stage {
    api: Api,
    name: &'static str,
    maps: String,
    played: Vec<(String, Value)>,
}

impl Stage {
    async fn set(name: &'static str) -> Stage {
        let api = Api::with(|options| options.event_window = 16);
        api.post("/api/v1/namespaces", &json!({"metadata": {"name": "lab"}})).await;
        let name = name.split_once('/').unwrap().1;
        Stage { api, name, maps: "/api/v1/namespaces/lab/configmaps".to_owned(), played: Vec::new() }
    }

    fn map(&self, name: &str, value: &str) -> Value {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "lab", "labels": {LABEL: self.name}},
            "data": {"key": value}})
    }

    fn note(&mut self, name: &str, answer: (u16, Value)) -> Value {
        self.played.push((name.to_owned(), json!({"code": answer.0, "object": answer.1.clone()})));
        answer.1
    }

    async fn watch(&self) -> Events {
        let revision = self.api.cluster.revision();
        self.api.watch(&format!("{}?watch=true&resourceVersion={revision}", self.maps)).await
    }

    async fn seen(&mut self, name: &str, watch: &mut Events) {
        let (kind, object) = watch.next().await.unwrap();
        self.played.push((name.to_owned(), json!({"type": kind, "object": object})));
    }

    /// POST with the user agent of the corpus.
    async fn create(&self, object: &Value) -> (u16, Value) {
        self.api.post(&format!("{}?fieldManager=e2e.test", self.maps), object).await
    }

    async fn merge(&self, uri: &str, manager: &str, patch: &Value) -> (u16, Value) {
        self.api.tick();
        self.api.patch("merge-patch+json", &format!("{uri}?fieldManager={manager}"), patch).await
    }
}

/// Runs a scenario.
pub(crate) async fn play(name: &'static str) -> Played {
    let mut stage = Stage::set(name).await;
    match stage.name {
        "create-succeeds" | "dry-run-create" | "generate-name-create" => creates(&mut stage).await,
        "update" | "conflict-update" => updates(&mut stage).await,
        "server-side-apply" | "no-op-apply" => applies(&mut stage).await,
        "finalizer-delete" | "deletion-intent-actor" => held(&mut stage).await,
        "deletecollection" => collection(&mut stage).await,
        "owner-ref-cascade" => cascade(&mut stage).await,
        "watch-bookmark" | "watch-replay-collapse" | "watch-resync" => watches(&mut stage).await,
        "scale-patch" | "status-update" => deployments(&mut stage).await,
        other => panic!("{other} has no script"),
    }
    Played(stage.played)
}

async fn creates(stage: &mut Stage) {
    let mut watch = stage.watch().await;
    match stage.name {
        "dry-run-create" => {
            let answer = stage.api.post(&format!("{}?dryRun=All", stage.maps), &stage.map("cm-dry", "value")).await;
            stage.note("audit.create", answer);
            assert!(watch.ready().await.is_empty());
            return;
        }
        "generate-name-create" => {
            let mut object = stage.map("", "value");
            object["metadata"].as_object_mut().unwrap().remove("name");
            object["metadata"]["generateName"] = json!("cm-gen-");
            let answer = stage.create(&object).await;
            stage.note("audit.create", answer);
        }
        _ => {
            let answer = stage.create(&stage.map("cm-a", "value")).await;
            stage.note("audit.create", answer);
        }
    }
    stage.seen("watch.added", &mut watch).await;
}

async fn updates(stage: &mut Stage) {
    let name = if stage.name == "update" { "cm-a" } else { "cm-conflict" };
    let uri = format!("{}/{name}?fieldManager=e2e.test", stage.maps);
    let (_, first) = stage.create(&stage.map(name, "value")).await;
    let mut watch = stage.watch().await;
    let mut next = first.clone();
    next["data"]["key"] = json!("updated");
    let answer = stage.api.put(&uri, &next).await;
    if stage.name == "update" {
        stage.note("audit.update", answer);
        stage.seen("watch.modified", &mut watch).await;
    } else {
        let mut loser = first;
        loser["data"]["key"] = json!("loser");
        let refused = stage.api.put(&uri, &loser).await;
        stage.note("audit.update", refused);
        assert_eq!(watch.ready().await.len(), 1, "only the winner is seen");
    }
}

async fn applies(stage: &mut Stage) {
    let uri = format!("{}/cm-a?force=true", stage.maps);
    stage.api.apply("mutationlab-apply", &uri, &stage.map("cm-a", "value")).await;
    stage.api.tick();
    let mut watch = stage.watch().await;
    let value = if stage.name == "no-op-apply" { "value" } else { "updated" };
    let answer = stage.api.apply("mutationlab-apply", &uri, &stage.map("cm-a", value)).await;
    stage.note("audit.patch", answer);
    if stage.name == "no-op-apply" {
        assert!(watch.ready().await.is_empty());
    } else {
        stage.seen("watch.modified", &mut watch).await;
    }
}

async fn held(stage: &mut Stage) {
    let name = if stage.name == "finalizer-delete" { "cm-hold" } else { "cm-hold-short" };
    let uri = format!("{}/{name}", stage.maps);
    let mut object = stage.map(name, "value");
    object["metadata"]["finalizers"] = json!([HOLD]);
    stage.create(&object).await;
    let mut watch = stage.watch().await;
    let answer = stage.api.delete(&uri, &json!({})).await;
    stage.note("audit.delete", answer);
    stage.seen("watch.modified", &mut watch).await;
    let answer = stage.merge(&uri, "e2e.test", &json!({"metadata": {"finalizers": null}})).await;
    stage.note("audit.patch", answer);
    stage.seen("watch.deleted", &mut watch).await;
}

async fn collection(stage: &mut Stage) {
    for name in ["cm-a", "cm-b", "cm-c"] {
        stage.create(&stage.map(name, "value")).await;
    }
    // Another write advances the revision, so that the list's version is no object's.
    stage.api.post("/api/v1/namespaces", &json!({"metadata": {"name": "elsewhere"}})).await;
    let mut watch = stage.watch().await;
    let uri = format!("{}?labelSelector={}%3Ddeletecollection", stage.maps, LABEL.replace('/', "%2F"));
    let answer = stage.api.delete(&uri, &json!({})).await;
    stage.note("audit.deletecollection", answer);
    for name in ["cm-a", "cm-b", "cm-c"] {
        stage.seen(&format!("watch.deleted.{name}"), &mut watch).await;
    }
}

async fn cascade(stage: &mut Stage) {
    let (_, parent) = stage.create(&stage.map("cm-parent", "value")).await;
    let mut child = stage.map("cm-child", "value");
    let uid = &parent["metadata"]["uid"];
    child["metadata"]["ownerReferences"] = json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": "cm-parent", "uid": uid}]);
    stage.create(&child).await;
    let mut watch = stage.watch().await;
    let answer = stage.api.delete(&format!("{}/cm-parent", stage.maps), &json!({"propagationPolicy": "Background"})).await;
    stage.note("audit.delete.cm-parent", answer);
    stage.seen("watch.deleted.cm-parent", &mut watch).await;
    stage.seen("watch.deleted.cm-child", &mut watch).await;
}

async fn watches(stage: &mut Stage) {
    let name = if stage.name == "watch-replay-collapse" { "cm-collapse" } else { "cm-a" };
    if stage.name == "watch-resync" {
        for at in 0..20 {
            stage.create(&stage.map(&format!("cm-{at}"), "value")).await;
        }
        let mut watch = stage.api.watch(&format!("{}?watch=true&resourceVersion=1", stage.maps)).await;
        stage.seen("watch.error", &mut watch).await;
        return;
    }
    stage.create(&stage.map(name, "value")).await;
    stage.merge(&format!("{}/{name}", stage.maps), "e2e.test", &json!({"data": {"key": "modified"}})).await;
    // Another write advances the revision, so that the bookmark's version is not the object's.
    stage.api.post("/api/v1/namespaces", &json!({"metadata": {"name": "elsewhere"}})).await;
    let query = "watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan";
    let mut watch = stage.api.watch(&format!("{}?{query}", stage.maps)).await;
    if stage.name == "watch-replay-collapse" {
        stage.seen("watch.added", &mut watch).await;
    } else {
        watch.next().await.unwrap();
    }
    stage.seen("watch.bookmark", &mut watch).await;
}

/// A paused Deployment with every default written out, because this cluster fills in none.
fn paused(scenario: &str) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d1", "namespace": "lab", "labels": {LABEL: scenario}},
    "spec": {"paused": true, "progressDeadlineSeconds": 600, "replicas": i32::from(scenario == "scale-patch"), "revisionHistoryLimit": 10,
        "selector": {"matchLabels": {"app": "d1"}},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
        "template": {"metadata": {"labels": {"app": "d1"}}, "spec": {"containers": [{"name": "c", "image": "busybox:1.36",
            "command": ["sleep", "3600"], "imagePullPolicy": "IfNotPresent", "resources": {},
            "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"}],
            "dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "schedulerName": "default-scheduler", "securityContext": {},
            "terminationGracePeriodSeconds": 30}}}})
}

/// The status that the deployment controller writes.
fn status_of(observed: i64, available: bool) -> Value {
    let condition = |kind: &str, reason: &str, message: &str, status: &str| {
        json!({"type": kind, "reason": reason, "message": message, "status": status,
            "lastTransitionTime": "2026-02-04T10:13:21Z", "lastUpdateTime": "2026-02-04T10:13:21Z"})
    };
    let second = if available {
        condition("Available", "MinimumReplicasAvailable", "Deployment has minimum availability.", "True")
    } else {
        condition("Available", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.", "False")
    };
    let first = condition("Progressing", "DeploymentPaused", "Deployment is paused", "Unknown");
    json!({"status": {"conditions": [first, second], "observedGeneration": observed, "terminatingReplicas": 0}})
}

async fn deployments(stage: &mut Stage) {
    let list = "/apis/apps/v1/namespaces/lab/deployments";
    let uri = format!("{list}/d1");
    stage.api.post(&format!("{list}?fieldManager=e2e.test"), &paused(stage.name)).await;
    stage.merge(&format!("{uri}/status"), "k3s", &status_of(1, true)).await;
    let revision = stage.api.cluster.revision();
    let mut watch = stage.api.watch(&format!("{list}?watch=true&resourceVersion={revision}")).await;
    if stage.name == "scale-patch" {
        let answer = stage.merge(&format!("{uri}/scale"), "e2e.test", &json!({"spec": {"replicas": 2}})).await;
        stage.note("audit.patch", answer);
        stage.merge(&format!("{uri}/status"), "k3s", &status_of(2, false)).await;
    } else {
        stage.merge(&format!("{uri}/status"), "e2e.test", &json!({"status": {"observedGeneration": 99}})).await;
        stage.merge(&format!("{uri}/status"), "k3s", &json!({"status": {"observedGeneration": 1}})).await;
    }
    stage.seen("watch.modified.1", &mut watch).await;
    stage.seen("watch.modified.2", &mut watch).await;
}

#[tokio::test]
async fn every_scenario_comes_to_its_end() {
    for name in NAMES {
        let Played(steps) = play(name).await;
        assert!(!steps.is_empty(), "{name}");
        for (step, value) in steps {
            let wanted = match step.split('.').nth(1).unwrap() {
                "added" => json!("ADDED"),
                "modified" => json!("MODIFIED"),
                "deleted" => json!("DELETED"),
                "bookmark" => json!("BOOKMARK"),
                "error" => json!("ERROR"),
                "create" => json!(201),
                "update" if *name == "configmap/conflict-update" => json!(409),
                _ => json!(200),
            };
            let found = if step.starts_with("watch") { &value["type"] } else { &value["code"] };
            assert_eq!(*found, wanted, "{name} {step}: {value}");
        }
    }
}
