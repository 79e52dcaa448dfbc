//! The controllers against a real control plane.
//!
//! `controllers_real.json` holds what Kubernetes 1.35.4 (kube-apiserver, kube-controller-manager, kube-scheduler; a script wrote the
//! statuses of the pods) had made of the objects below: at rest, after three changed images, and after one of them was undone. Names,
//! uids, addresses and times are compared as placeholders.

use std::collections::BTreeSet;

use kuberewind_model::json::paths::{Limits, leaves};
use regex::Regex;
use serde_json::{Map, Value, json};

use crate::controllers_stage::Stage;

/// Differences that are intended, with their reasons.
const DIFFERENT: &[&str] = &[
    // The API server counts the generations of a DaemonSet's template here. This one does not.
    "deprecated.daemonset.template.generation",
    // The time of the pod that changed last. It comes and goes with the order of the events that the controller received.
    "endpoints.kubernetes.io/last-change-trigger-time",
    // The API server copies a Job's template labels to a Job without labels. This one does not.
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-name",
    "controller-uid",
    "job-name",
];

fn objects() -> Vec<Value> {
    let template =
        |app: &str, container: Value| json!({"metadata": {"labels": {"app": app}}, "spec": {"containers": [container]}});
    let container = || json!({"name": "c", "image": "image:1"});
    let web = json!({"name": "c", "image": "image:1", "ports": [{"name": "http", "containerPort": 8080}]});
    let selector = |app: &str| json!({"matchLabels": {"app": app}});
    let job = json!({"restartPolicy": "Never", "containers": [container()]});
    vec![
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "annotations": {"team": "a"}},
            "spec": {"replicas": 3, "selector": selector("web"), "template": template("web", web)}}),
        json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"},
            "spec": {"replicas": 2, "serviceName": "db", "selector": selector("db"), "template": template("db", container())}}),
        json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent"},
            "spec": {"selector": selector("agent"), "template": template("agent", container())}}),
        json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "sum"},
            "spec": {"completions": 2, "parallelism": 2, "template": {"spec": job}}}),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "labels": {"team": "a"}},
            "spec": {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]}}),
    ]
}

const LISTS: &[&str] = &[
    "/apis/apps/v1/deployments",
    "/apis/apps/v1/replicasets",
    "/apis/apps/v1/statefulsets",
    "/apis/apps/v1/daemonsets",
    "/apis/apps/v1/controllerrevisions",
    "/apis/batch/v1/jobs",
    "/api/v1/endpoints",
    "/apis/discovery.k8s.io/v1/endpointslices",
    "/api/v1/pods",
    "/api/v1/events",
];

const KINDS: &[&str] = &[
    "Deployment",
    "ReplicaSet",
    "StatefulSet",
    "DaemonSet",
    "ControllerRevision",
    "Job",
    "Endpoints",
    "EndpointSlice",
    "Pod",
    "Event",
];

/// Everything that is compared, one line an object.
struct Lines(Vec<(Regex, &'static str)>);

impl Lines {
    fn new() -> Lines {
        let rules: &[(&str, &str)] = &[
            (r#""\d{4}-\d\d-\d\dT[0-9:.]+Z""#, "\"TIME\""),
            ("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UID"),
            (r"\b\d+\.\d+\.\d+\.\d+\b", "ADDRESS"),
            (r"\b(fake-0|worker-1)\b", "NODE"),
            (r"\bweb-[a-z0-9]{7,10}-[a-z0-9]{5}\b", "web-SET-POD"),
            (r"\bweb-[a-z0-9]{7,10}\b", "web-SET"),
            (r"\b(db|agent)-[a-z0-9]{7,10}\b", "$1-REVISION"),
            (r"\b(agent|sum|web)-[a-z0-9]{5}\b", "$1-POD"),
            (r#"(pod-template-hash|controller-revision-hash|hash)":"[a-z0-9]{7,10}""#, "$1\":\"HASH\""),
        ];
        Lines(rules.iter().map(|(rule, to)| (Regex::new(rule).unwrap(), *to)).collect())
    }

    fn of(&self, object: &Value) -> String {
        let mut text = sorted(object).to_string();
        for (rule, to) in &self.0 {
            text = rule.replace_all(&text, *to).into_owned();
        }
        text
    }

    fn all(&self, kind: &str, objects: &[Value]) -> Vec<String> {
        let mut lines: Vec<_> = objects.iter().filter(|one| one["kind"] == kind).map(|one| self.of(&pruned(one))).collect();
        lines.sort();
        lines
    }
}

/// The object with its keys in order.
fn sorted(object: &Value) -> Value {
    let leaves = leaves(object, Limits::default());
    let mut map: Vec<_> = leaves.into_iter().map(|(path, value)| (path, value.clone())).collect();
    map.sort_by(|one, other| one.0.cmp(&other.0));
    Value::Object(map.into_iter().collect::<Map<_, _>>())
}

/// Keeps what controllers write.
fn pruned(object: &Value) -> Value {
    let mut kept = json!({"kind": object["kind"]});
    if object["kind"] == "Event" {
        for field in ["reason", "message", "type", "reportingComponent"] {
            kept[field] = object[field].clone();
        }
        kept["about"] = object["involvedObject"]["name"].clone();
        kept["count"] = object.get("count").cloned().unwrap_or_default();
        return kept;
    }
    kept["name"] = object["metadata"]["name"].clone();
    for field in ["labels", "annotations", "ownerReferences", "finalizers"] {
        let mut value = object["metadata"].get(field).cloned().unwrap_or_default();
        if let Some(map) = value.as_object_mut() {
            map.retain(|name, _| !DIFFERENT.contains(&name.as_str()));
            if map.is_empty() {
                value = Value::Null;
            }
        }
        kept[field] = value;
    }
    let managers = object["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
    let managers: BTreeSet<String> = managers
        .iter()
        .filter(|one| one["manager"].as_str().is_some_and(|name| name.starts_with("kube-")))
        .map(|one| format!("{} {} {}", one["manager"], one["operation"], one["subresource"]))
        .collect();
    kept["managers"] = json!(managers);
    if object["kind"] != "Pod" {
        for field in ["status", "data", "revision", "subsets", "endpoints", "ports", "addressType"] {
            kept[field] = object.get(field).cloned().unwrap_or_default();
        }
        if object["kind"] == "ReplicaSet" {
            kept["replicas"] = object["spec"]["replicas"].clone();
        }
        if let Some(conditions) = kept["status"].get_mut("conditions").and_then(Value::as_array_mut) {
            conditions.sort_by_key(|one| one["type"].as_str().unwrap_or_default().to_owned());
        }
    }
    kept
}

async fn present(stage: &Stage) -> Vec<Value> {
    let mut found = Vec::new();
    for (path, kind) in LISTS.iter().zip(KINDS) {
        for mut object in stage.list(path).await {
            object["kind"] = json!(kind);
            // The script that played kubelet wrote no events.
            let of_kubelet = object["reportingComponent"] == "kubelet";
            // That control plane published no endpoints of its API server.
            let of_server = object["metadata"]["name"] == "kubernetes";
            if !of_kubelet && !of_server {
                found.push(object);
            }
        }
    }
    found
}

#[tokio::test]
async fn objects_and_events_are_those_of_a_real_control_plane() {
    let real: Vec<Vec<Value>> = serde_json::from_str(include_str!("controllers_real.json")).unwrap();
    let lines = Lines::new();
    let mut stage = Stage::new();
    for object in objects() {
        stage.put(object);
    }
    stage.pass(20);
    for (number, real) in real.iter().enumerate() {
        let image = |of: &str| json!({"spec": {"template": {"spec": {"containers": [{"name": "c", "image": of}]}}}});
        let web = |of: &str| json!([{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": of}]);
        let uri = "/apis/apps/v1/namespaces/default/deployments/web";
        match number {
            1 => {
                assert_eq!(stage.api.patch("json-patch+json", uri, &web("image:2")).await.0, 200);
                for name in ["statefulsets/db", "daemonsets/agent"] {
                    stage.merge(&format!("/apis/apps/v1/namespaces/default/{name}"), image("image:2")).await;
                }
            }
            2 => assert_eq!(stage.api.patch("json-patch+json", uri, &web("image:1")).await.0, 200),
            _ => {}
        }
        stage.pass(30);
        let mut ours = present(&stage).await;
        let mut real = real.clone();
        // client-go combines more than ten similar events of one object. The recorder here keeps them apart.
        if number == 2 {
            ours.retain(|one| one["reason"] != "ScalingReplicaSet");
            real.retain(|one| one["reason"] != "ScalingReplicaSet");
        }
        for kind in KINDS {
            let (ours, theirs) = (lines.all(kind, &ours), lines.all(kind, &real));
            let missing: Vec<_> = theirs.iter().filter(|line| !ours.contains(line)).collect();
            let extra: Vec<_> = ours.iter().filter(|line| !theirs.contains(line)).collect();
            assert!(missing.is_empty() && extra.is_empty(), "{kind} after step {number}\nreal: {missing:#?}\nhere: {extra:#?}");
            assert_eq!(ours.len(), theirs.len(), "{kind} after step {number}: {ours:#?}");
        }
    }
}
