//! Prints how long the table takes to load, and a Deployment of 4 KiB to decode and encode, with the goals beside.

use std::hint::black_box;
use std::time::{Duration, Instant};

use kuberewind_kinds::{protobuf, table};
use serde_json::{Value, json};

fn deployment() -> Value {
    let container = |at: usize| {
        let port = 8000 + at;
        json!({
            "name": format!("container-{at}"),
            "image": "registry.example.com/shop/checkout:v1.27.3",
            "args": ["--listen=:8080", "--log-level=info"],
            "ports": [{"name": "http", "containerPort": port, "protocol": "TCP"}],
            "env": (0..6).map(|at| json!({"name": format!("VARIABLE_{at}"), "value": "some value"})).collect::<Vec<_>>(),
            "resources": {"limits": {"cpu": "1", "memory": "512Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
            "livenessProbe": {"httpGet": {"path": "/healthz", "port": "http"}, "periodSeconds": 10},
            "readinessProbe": {"httpGet": {"path": "/ready", "port": port}, "periodSeconds": 5},
            "volumeMounts": [{"name": "data", "mountPath": "/data"}, {"name": "config", "mountPath": "/config", "readOnly": true}],
            "imagePullPolicy": "IfNotPresent",
        })
    };
    let condition = |ty: &str| json!({"type": ty, "status": "True", "lastUpdateTime": "2025-11-30T15:12:33Z", "lastTransitionTime": "2025-11-30T15:12:33Z", "reason": "Reason", "message": "a message of a condition"});
    let fields = json!({"f:spec": {"f:replicas": {}, "f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"container-0\"}": {".": {}, "f:image": {}, "f:ports": {}}}}}}});
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {
            "name": "checkout", "namespace": "shop", "uid": "0b8f4d43-6f5d-4b4c-9f0e-3a3d5a2f7c11", "resourceVersion": "1234567", "generation": 7,
            "creationTimestamp": "2025-11-30T15:12:33Z", "labels": {"app": "checkout", "team": "shop"},
            "managedFields": [{"manager": "kubectl", "operation": "Apply", "apiVersion": "apps/v1", "time": "2025-11-30T15:12:33Z", "fieldsType": "FieldsV1", "fieldsV1": fields}],
        },
        "spec": {
            "replicas": 3, "selector": {"matchLabels": {"app": "checkout"}},
            "template": {
                "metadata": {"labels": {"app": "checkout", "team": "shop"}},
                "spec": {
                    "containers": (0..3).map(container).collect::<Vec<_>>(),
                    "volumes": [{"name": "data", "emptyDir": {}}, {"name": "config", "configMap": {"name": "config"}}],
                    "restartPolicy": "Always", "serviceAccountName": "checkout", "terminationGracePeriodSeconds": 30,
                },
            },
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}},
        },
        "status": {"observedGeneration": 7, "replicas": 3, "readyReplicas": 3, "conditions": [condition("Available"), condition("Progressing")]},
    })
}

/// The shortest of many runs.
fn time<T>(mut run: impl FnMut() -> T) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..5000 {
        let start = Instant::now();
        black_box(run());
        best = best.min(start.elapsed());
    }
    best
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let start = Instant::now();
    let kinds = table().kinds().len();
    println!("{:<32}{:>10.1?}   goal 5 ms", format!("load the table ({kinds} kinds)"), start.elapsed());
    let object = deployment();
    let body = protobuf::encode("apps/v1", "Deployment", &object)?.bytes;
    let decoded = protobuf::decode(&body)?;
    println!("a Deployment: {} bytes of protobuf, {} of JSON", body.len(), decoded.text.len());
    println!("{:<32}{:>10.1?}   goal 20 µs", "decode to text", time(|| protobuf::decode(black_box(&body))));
    println!("{:<32}{:>10.1?}", "parse the text", time(|| decoded.value()));
    println!("{:<32}{:>10.1?}   goal 20 µs", "encode", time(|| protobuf::encode("apps/v1", "Deployment", black_box(&object))));
    Ok(())
}
