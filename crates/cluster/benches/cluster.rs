//! The cost of forks, reads and writes of the in-memory API server.
//!
//! `cargo bench -p kuberewind-cluster --bench cluster [-- ROW]`. Each row is measured through the service: request in, body out, on one
//! thread. A figure is the median of batches, in CPU time of the thread, so that other programs do not count. Each is printed for both
//! fidelities: objects stored as sent, and treated as a real server does.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a bench says so by failing")]

use std::hint::black_box;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::Request;
use http_body::Body as _;
use http_body_util::Full;
use kuberewind_cluster::{Cluster, ClusterOptions, Fidelity};
use kuberewind_model::{ManualClock, Timestamp};
use serde_json::{Value, json};
use tower::Service as _;

/// The allocator of the program. With the C library's, writes take a third longer.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";

/// The CPU time of this thread in microseconds.
fn cpu() -> f64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    f64::from(u32::try_from(now.tv_sec).unwrap()) * 1e6 + f64::from(u32::try_from(now.tv_nsec).unwrap()) / 1e3
}

/// The median over batches of the CPU time of one run in microseconds.
fn median(batches: usize, runs: u32, mut run: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..=batches)
        .map(|_| {
            let start = cpu();
            (0..runs).for_each(|_| run());
            (cpu() - start) / f64::from(runs)
        })
        .skip(1)
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn cluster(fidelity: Fidelity) -> Cluster {
    let clock = ManualClock::at(Timestamp(1_770_200_001_000_000_000));
    let mut options = ClusterOptions::new(Arc::new(clock), 7);
    options.fidelity = fidelity;
    Cluster::new(options)
}

/// A Deployment; `parts` choose its size.
fn deployment(name: &str, containers: usize, variables: usize) -> Value {
    let container = |at: usize| {
        json!({
            "name": format!("container-{at}"),
            "image": "registry.example.com/shop/checkout:v1.27.3",
            "args": ["--listen=:8080", "--log-level=info"],
            "ports": [{"name": "http", "containerPort": 8000 + at, "protocol": "TCP"}],
            "env": (0..variables).map(|at| json!({"name": format!("VARIABLE_{at}"), "value": "some value"})).collect::<Vec<_>>(),
            "resources": {"limits": {"cpu": "1", "memory": "512Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
            "livenessProbe": {"httpGet": {"path": "/healthz", "port": "http"}, "periodSeconds": 10},
            "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}, "periodSeconds": 5},
            "volumeMounts": [{"name": "data", "mountPath": "/data"}, {"name": "config", "mountPath": "/config", "readOnly": true}],
        })
    };
    let spec = if containers == 0 {
        json!({"containers": [{"name": "web", "image": "registry.example.com/shop/checkout:v1.27.3", "ports": [{"containerPort": 8080}]}]})
    } else {
        json!({
            "containers": (0..containers).map(container).collect::<Vec<_>>(),
            "volumes": [{"name": "data", "emptyDir": {}}, {"name": "config", "configMap": {"name": "config"}}],
        })
    };
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": name, "namespace": "default", "labels": {"app": "checkout", "team": "shop"}},
        "spec": {
            "replicas": 3, "selector": {"matchLabels": {"app": "checkout"}},
            "template": {"metadata": {"labels": {"app": "checkout", "team": "shop"}}, "spec": spec},
        },
    })
}

fn small(name: &str) -> Value {
    deployment(name, 0, 0)
}

fn large(name: &str) -> Value {
    deployment(name, 4, 6)
}

/// Sends a request and returns the length of the body of a successful response.
fn call(cluster: &Cluster, method: &str, uri: &str, media: &str, body: Bytes) -> Bytes {
    let request = Request::builder().method(method).uri(uri).header("user-agent", "bench/1").header("content-type", media);
    let request = request.body(Full::new(body)).unwrap();
    let mut service = cluster.service();
    let mut context = Context::from_waker(Waker::noop());
    let mut future = service.call(request);
    let Poll::Ready(Ok(response)) = future.as_mut().poll(&mut context) else { panic!("the service answers at once") };
    let status = response.status();
    let mut body = response.into_body();
    let Poll::Ready(Some(Ok(frame))) = Pin::new(&mut body).poll_frame(&mut context) else { panic!("a body is ready at once") };
    let bytes = frame.into_data().unwrap();
    assert!(status.is_success(), "{method} {uri}: {}", String::from_utf8_lossy(&bytes));
    bytes
}

fn get(cluster: &Cluster, uri: &str) -> Bytes {
    call(cluster, "GET", uri, "", Bytes::new())
}

fn filled(fidelity: Fidelity, count: usize, object: fn(&str) -> Value) -> Cluster {
    let cluster = cluster(fidelity);
    for at in 0..count {
        call(&cluster, "POST", DEPLOYMENTS, "application/json", object(&format!("web-{at:05}")).to_string().into());
    }
    cluster
}

fn fork(fidelity: Fidelity, count: usize) -> f64 {
    let cluster = filled(fidelity, count, small);
    median(31, 20_000, || drop(black_box(cluster.fork())))
}

/// A fork, one patch to it, and its end.
fn fork_and_write(fidelity: Fidelity) -> f64 {
    let cluster = filled(fidelity, 10_000, small);
    let patch = Bytes::from_static(br#"{"spec":{"replicas":4}}"#);
    let uri = format!("{DEPLOYMENTS}/web-00100");
    median(31, 500, || {
        black_box(call(&cluster.fork(), "PATCH", &uri, "application/merge-patch+json", patch.clone()));
    })
}

fn patch(fidelity: Fidelity, object: fn(&str) -> Value) -> f64 {
    let cluster = filled(fidelity, 1, object);
    let uri = format!("{DEPLOYMENTS}/web-00000");
    let mut replicas = 0_u32;
    median(31, 500, || {
        replicas += 1;
        let patch = format!(r#"{{"spec":{{"replicas":{}}}}}"#, replicas % 100 + 5);
        black_box(call(&cluster, "PATCH", &uri, "application/merge-patch+json", patch.into()));
    })
}

fn apply(fidelity: Fidelity, object: fn(&str) -> Value) -> f64 {
    let cluster = cluster(fidelity);
    let uri = format!("{DEPLOYMENTS}/web?fieldManager=bench");
    let mut config = object("web");
    let mut texts: Vec<Bytes> = Vec::new();
    for replicas in 1..3 {
        config["spec"]["replicas"] = json!(replicas);
        texts.push(config.to_string().into());
    }
    let mut at = 0;
    median(31, 500, || {
        at += 1;
        black_box(call(&cluster, "PATCH", &uri, "application/apply-patch+yaml", texts[at % 2].clone()));
    })
}

/// A client gets the object, changes a field and sends all of it back. The time of the client does not count.
fn replace(fidelity: Fidelity, object: fn(&str) -> Value) -> f64 {
    let cluster = filled(fidelity, 1, object);
    let uri = format!("{DEPLOYMENTS}/web-00000");
    let mut times = Vec::new();
    for replicas in 0..10_000_u32 {
        let mut object: Value = serde_json::from_slice(&get(&cluster, &uri)).unwrap();
        object["spec"]["replicas"] = json!(replicas % 100 + 5);
        let body = Bytes::from(object.to_string());
        let start = cpu();
        black_box(call(&cluster, "PUT", &uri, "application/json", body));
        times.push(cpu() - start);
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn create(fidelity: Fidelity) -> f64 {
    let cluster = filled(fidelity, 1_000, large);
    let mut object = large("x");
    object["metadata"] = json!({"generateName": "made-", "namespace": "default", "labels": {"app": "checkout"}});
    let body = Bytes::from(object.to_string());
    median(31, 100, || {
        black_box(call(&cluster, "POST", DEPLOYMENTS, "application/json", body.clone()));
    })
}

fn read(fidelity: Fidelity) -> f64 {
    let cluster = filled(fidelity, 1_000, large);
    let uri = format!("{DEPLOYMENTS}/web-00500");
    median(31, 5_000, || {
        black_box(get(&cluster, &uri));
    })
}

/// Lists in milliseconds: all of 1,000 and of 5,000 objects, half of them by a selector, a page, metadata, a table.
fn lists(fidelity: Fidelity) -> Vec<(&'static str, f64)> {
    let list = |cluster: &Cluster, uri: &str, accept: &'static str| {
        median(9, 1, || {
            let request = Request::get(uri).header("accept", accept).body(Full::new(Bytes::new())).unwrap();
            let mut context = Context::from_waker(Waker::noop());
            let mut future = cluster.service().call(request);
            let Poll::Ready(Ok(response)) = future.as_mut().poll(&mut context) else { panic!("the service answers at once") };
            assert!(response.status().is_success());
            black_box(response.into_body());
        }) / 1000.0
    };
    let json = "application/json";
    let cluster = filled(fidelity, 5_000, large);
    let fewer = filled(fidelity, 1_000, large);
    vec![
        ("list of 1,000 × 4 KiB", list(&fewer, DEPLOYMENTS, json)),
        ("list of 5,000 × 4 KiB", list(&cluster, DEPLOYMENTS, json)),
        ("… with a label selector", list(&cluster, &format!("{DEPLOYMENTS}?labelSelector=app%3Dcheckout"), json)),
        ("… page of 500", list(&cluster, &format!("{DEPLOYMENTS}?limit=500"), json)),
        ("… metadata only", list(&cluster, DEPLOYMENTS, "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1")),
        ("… as a table", list(&cluster, DEPLOYMENTS, "application/json;as=Table;g=meta.k8s.io;v=v1")),
    ]
}

/// The resident memory of this process in KiB.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0.0)
}

fn memory(fidelity: Fidelity) -> f64 {
    let before = resident();
    let cluster = filled(fidelity, 5_000, large);
    let grown = resident() - before;
    drop(cluster);
    grown / 5_000.0
}

fn main() {
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let both = [Fidelity::AsSent, Fidelity::Real];
    println!("{:44} {:>10} {:>10} {:>8}", "", "as sent", "real", "goal");
    let print = |row: &str, unit: &str, goal: &str, figures: [f64; 2]| {
        println!("{row:44} {:>7.2} {unit} {:>7.2} {unit} {goal:>8}", figures[0], figures[1]);
    };
    let size = |object: fn(&str) -> Value| object("web-00000").to_string().len();
    println!("objects of {} and {} bytes before managed fields", size(small), size(large));
    type Row = (&'static str, &'static str, fn(Fidelity) -> f64);
    let rows: &[Row] = &[
        ("memory per object of 4 KiB", "", memory),
        ("fork, 200 objects", "2 µs", |fidelity| fork(fidelity, 200)),
        ("fork, 2,000 objects", "2 µs", |fidelity| fork(fidelity, 2_000)),
        ("fork, 10,000 objects", "2 µs", |fidelity| fork(fidelity, 10_000)),
        ("fork and one patch, 10,000 × 0.5 KiB", "", fork_and_write),
        ("patch 0.5 KiB", "15 µs", |fidelity| patch(fidelity, small)),
        ("patch 4 KiB", "80 µs", |fidelity| patch(fidelity, large)),
        ("replace 0.5 KiB", "15 µs", |fidelity| replace(fidelity, small)),
        ("replace 4 KiB", "80 µs", |fidelity| replace(fidelity, large)),
        ("apply 0.5 KiB", "", |fidelity| apply(fidelity, small)),
        ("apply 4 KiB", "", |fidelity| apply(fidelity, large)),
        ("create 4 KiB", "80 µs", create),
        ("get 4 KiB", "3 µs", read),
    ];
    for (row, goal, measure) in rows.iter().filter(|(row, ..)| row.contains(&only)) {
        print(row, if row.starts_with("memory") { "KiB" } else { "µs" }, goal, both.map(measure));
    }
    if "lists".contains(&only) {
        let figures = both.map(lists);
        let [sent, real] = &figures;
        for ((row, sent), (_, real)) in sent.iter().zip(real) {
            print(row, "ms", if *row == "list of 5,000 × 4 KiB" { "40 ms" } else { "" }, [*sent, *real]);
        }
        // The first two rows: five times as many objects take five times as long.
        let growth = figures.map(|rows| if let [(_, fewer), (_, all), ..] = rows.as_slice() { all / fewer } else { 0.0 });
        print("5,000 objects take how much longer than 1,000", "× ", "5 ×", growth);
    }
}
