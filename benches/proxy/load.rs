//! A heavy load, directly and through the recording proxy, in turns.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use kuberewind_cluster::http::{Certificate, HttpOptions, kubeconfig, serve};
use kuberewind_cluster::{Cluster, ClusterOptions, Fidelity};
use kuberewind_file::{NewSession, SessionWriter};
use kuberewind_model::{SinkStage as _, SystemClock, Timestamp};
use kuberewind_proxy::reconciles::ReconcileStage;
use kuberewind_recorder::Recorder;
use tokio::net::TcpListener;
use tower::Service as _;

use crate::way::{Way, kubeconfig_of, load, plain_kubeconfig, processor_time, recording_proxy};

const CONNECTIONS: usize = 50;
const BODY: usize = 4_096;
const ROUND: Duration = Duration::from_secs(5);
const ROUNDS: usize = 3;
const OBJECTS: usize = 100_000;
const MAPS: &str = "/api/v1/namespaces/default/configmaps";

/// A ConfigMap of 4 KiB with another value each time, as a write of an operator has.
fn config_map(name: &str, value: u64) -> String {
    let mut text = format!(
        r#"{{"kind":"ConfigMap","apiVersion":"v1","metadata":{{"name":"{name}","namespace":"default"}},"data":{{"value":"{value}","text":""#
    );
    let mut word = value;
    while text.len() < BODY - 4 {
        word = word.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29) ^ 0x5bd1;
        // A quarter of the text is new in each write.
        if text.len() % 64 < 16 {
            text.push_str(&format!("{word:016x}"));
        } else {
            text.push_str("the same words. ");
        }
    }
    text.push_str("\"}}");
    text
}

async fn send(
    way: &Way,
    sender: &mut hyper::client::conn::http1::SendRequest<Full<Bytes>>,
    method: &str,
    path: &str,
    body: String,
) {
    let request =
        Request::builder().method(method).uri(path).header("host", "localhost").header("content-type", "application/json");
    let request = request.header("authorization", format!("Bearer {}", way.token)).body(Full::from(body)).unwrap();
    sender.ready().await.unwrap();
    let response = sender.send_request(request).await.unwrap();
    assert!(response.status().is_success(), "{}: {}", way.name, response.status());
    response.into_body().collect().await.unwrap();
}

/// Writes over all connections for a time; returns writes per second, and processor time per write in microseconds.
async fn writes(way: &Way) -> (f64, f64) {
    let (stop, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let (begun, before) = (Instant::now(), processor_time(&[]));
    let one = |connection: usize| {
        let (way, stop, count) = (way.clone(), stop.clone(), count.clone());
        tokio::spawn(async move {
            let mut sender = way.connect().await;
            let name = format!("m-{connection}");
            while !stop.load(Ordering::Relaxed) {
                let number = count.fetch_add(1, Ordering::Relaxed);
                send(&way, &mut sender, "PUT", &format!("{MAPS}/{name}"), config_map(&name, number)).await;
            }
        })
    };
    let all: Vec<_> = (0..CONNECTIONS).map(one).collect();
    tokio::time::sleep(ROUND).await;
    stop.store(true, Ordering::Relaxed);
    for task in all {
        task.await.unwrap();
    }
    let made = count.load(Ordering::Relaxed) as f64;
    (made / begun.elapsed().as_secs_f64(), (processor_time(&[]) - before) / made * 1e6)
}

/// Seconds of processor time of the writer's thread.
fn writer_time() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten().map(|task| task.path());
    let writers =
        tasks.filter(|task| std::fs::read_to_string(task.join("comm")).is_ok_and(|name| name.trim_end() == "kuberewind"));
    let nanos = |task: std::path::PathBuf| {
        let text = std::fs::read_to_string(task.join("schedstat")).unwrap_or_default();
        text.split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok()).unwrap_or_default()
    };
    writers.map(nanos).sum::<f64>() / 1e9
}

async fn compare_writes(direct: &Way, through: &Way, recorder: &Recorder) {
    println!(
        "| writes of {BODY} bytes over {CONNECTIONS} connections | writes/s | processor time per write | of it the writer | queue at the end | lost |\n|---|---|---|---|---|---|"
    );
    let mut sums = [0.0, 0.0];
    for _ in 0..ROUNDS {
        for (sum, way) in sums.iter_mut().zip([direct, through]) {
            let before = writer_time();
            let begun = recorder.stats().recorded;
            let (rate, processor) = writes(way).await;
            let queued = recorder.stats().queued_bytes;
            // Each way begins with an empty queue.
            emptied(recorder).await;
            let recorded = (recorder.stats().recorded - begun).max(1) as f64;
            let writer = if way.name == direct.name { 0.0 } else { (writer_time() - before) / recorded * 1e6 };
            println!(
                "| {} | {rate:.0} | {processor:.0} µs | {writer:.0} µs | {:.1} MiB | {} |",
                way.name,
                queued as f64 / f64::from(1 << 20),
                recorder.stats().lost
            );
            *sum += rate;
        }
    }
    println!("\nthrough the proxy: {:.0} % of the direct rate (goal 80 %)\n", sums[1] / sums[0] * 100.0);
}

/// Lists all objects in pages, as kubectl does; returns the time.
async fn pages(way: &Way) -> Duration {
    let mut sender = way.connect().await;
    let begun = Instant::now();
    let (mut next, mut items) = (String::new(), 0);
    loop {
        let path = format!("{MAPS}?limit=500&continue={next}");
        let body = way.get(&mut sender, &path).await.collect().await.unwrap().to_bytes();
        // As a client does: all of it is read.
        let list: serde_json::Value = serde_json::from_slice(&body).unwrap();
        items += list["items"].as_array().map_or(0, Vec::len);
        next = list["metadata"]["continue"].as_str().unwrap_or_default().replace('=', "%3D");
        if next.is_empty() {
            break;
        }
    }
    assert!(items >= OBJECTS, "{items} items");
    begun.elapsed()
}

async fn compare_lists(folder: &Path, cluster: &Cluster, ways: [&Way; 2], recorder: &Recorder) {
    let mut service = cluster.service();
    for number in 0..OBJECTS {
        let body = config_map_small(number);
        let request = Request::post(MAPS).header("content-type", "application/json").body(Full::from(body)).unwrap();
        let response = service.call(request).await.unwrap();
        assert!(response.status().is_success(), "{}", response.status());
    }
    println!("| list of {OBJECTS} objects | directly | through the proxy | ratio (goal 1.5) |\n|---|---|---|---|");
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (times, way) in times.iter_mut().zip(ways) {
            times.push(pages(way).await.as_secs_f64());
            emptied(recorder).await;
        }
    }
    report("pages of 500", &mut times);
    let has_kubectl = Command::new("kubectl").args(["version", "--client"]).stdout(Stdio::null()).status().is_ok();
    if !has_kubectl {
        println!("kubectl is not installed: it is not measured");
        return;
    }
    compare_kubectl(folder, cluster).await;
}

/// The same list by kubectl, over TLS: Go clients send a token over nothing else.
async fn compare_kubectl(folder: &Path, cluster: &Cluster) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let certificate = Some(Certificate::for_address(address.ip()).unwrap());
    let options = HttpOptions { token: "bench".to_owned(), certificate, ..HttpOptions::default() };
    let direct = folder.join("direct");
    let text = kubeconfig(address, &options);
    std::fs::write(&direct, &text).unwrap();
    tokio::spawn(serve(listener, cluster.clone(), options, std::future::pending()));
    let writer = SessionWriter::begin(&folder.join("kubectl.db"), NewSession::new("kubectl", Timestamp(0), 1)).unwrap();
    let sink = Box::new(ReconcileStage::default().before(writer));
    let (_, recorder) = recording_proxy(folder, (&text, false), sink, "kubectl", 64 << 20).await;
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (times, file) in times.iter_mut().zip([direct.clone(), kubeconfig_of(folder, "kubectl")]) {
            let begun = Instant::now();
            let ran = tokio::task::spawn_blocking(move || {
                let mut kubectl = Command::new("kubectl");
                kubectl.args(["get", "configmaps", "-n", "default", "--no-headers", "--kubeconfig"]).arg(file);
                kubectl.stdout(Stdio::null()).stderr(Stdio::inherit()).status()
            });
            assert!(ran.await.unwrap().unwrap().success());
            times.push(begun.elapsed().as_secs_f64());
            emptied(&recorder).await;
        }
    }
    report("kubectl get", &mut times);
    let stats = recorder.finish().await.unwrap();
    println!("\nrecorded from kubectl: {} operations, lost: {}", stats.recorded, stats.lost);
}

/// Waits until the writer has written everything.
async fn emptied(recorder: &Recorder) {
    while recorder.stats().queued_bytes > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn config_map_small(number: usize) -> String {
    format!(
        r#"{{"kind":"ConfigMap","apiVersion":"v1","metadata":{{"name":"c-{number}","namespace":"default"}},"data":{{"a":"{number}"}}}}"#
    )
}

fn report(what: &str, times: &mut [Vec<f64>; 2]) {
    let medians = times.each_mut().map(|times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    });
    println!("| {what} | {:.2} s | {:.2} s | {:.2} |", medians[0], medians[1], medians[1] / medians[0]);
}

/// Measures and prints.
pub async fn run() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(SystemClock::start());
    let cluster = Cluster::new(ClusterOptions { fidelity: Fidelity::Real, ..ClusterOptions::new(clock, 7) });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, cluster.clone(), HttpOptions::default(), std::future::pending()));
    let direct = Way { name: "directly", address, token: String::new() };
    let file = folder.path().join("r.db");
    let writer = SessionWriter::begin(&file, NewSession::new("bench", Timestamp(0), 1)).unwrap();
    let sink = Box::new(ReconcileStage::default().before(writer));
    let (through, recorder) =
        recording_proxy(folder.path(), (&plain_kubeconfig(address), true), sink, "kuberewind record", 64 << 20).await;
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!("{cores} cores, load {} at the start; client, server, proxy and recorder share one process\n", load());
    let mut sender = direct.connect().await;
    for connection in 0..CONNECTIONS {
        let name = format!("m-{connection}");
        send(&direct, &mut sender, "POST", MAPS, config_map(&name, 0)).await;
    }
    compare_writes(&direct, &through, &recorder).await;
    compare_lists(folder.path(), &cluster, [&direct, &through], &recorder).await;
    let stats = recorder.stats();
    recorder.finish().await.unwrap();
    let size = std::fs::metadata(&file).unwrap().len();
    println!(
        "\nrecorded: {} operations, lost: {}; {:.0} MiB; load {} at the end",
        stats.recorded,
        stats.lost,
        size as f64 / f64::from(1 << 20),
        load()
    );
}
