//! The cost of the recording proxy: one client and server directly, through the proxy, and through `kubectl proxy` if it is
//! installed.
//!
//! `cargo bench --bench proxy` prints the table. All ways run in turns on one machine, so that other load affects them
//! equally. Client, server and proxy share one process; its processor time per call estimates the rate on free cores.
//!
//! `cargo bench --bench proxy -- load` prints what a heavy load costs instead: writes over 50 connections, and `kubectl get` of many
//! objects, against the in-memory API server.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hdrhistogram::Histogram;
use http::{Request, Response};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use kuberewind_file::{NewSession, SessionWriter};
use kuberewind_model::SinkStage as _;
use kuberewind_model::{Event, Seq, Sink, Timestamp};
use kuberewind_proxy::reconciles::ReconcileStage;
use tokio::net::TcpListener;

mod load;
mod way;

use way::{Way, load, plain_kubeconfig, processor_time, recording_proxy};

const CALLS: usize = 5_000;
const IN_PARALLEL: usize = 16;
const FRAMES: usize = 500;
const BURST: usize = 100_000;

fn object(version: usize) -> String {
    let data = "x".repeat(3_500);
    format!(
        r#"{{"kind":"ConfigMap","apiVersion":"v1","metadata":{{"name":"a","namespace":"shop","uid":"u","resourceVersion":"{version}"}},"data":{{"a":"{data}"}}}}"#
    )
}

fn event(version: usize) -> Bytes {
    format!("{{\"type\":\"MODIFIED\",\"object\":{}}}\n", object(version)).into()
}

/// Answers GETs with an object, and watches with frames: `paced=N` of them at intervals of 2 ms, `burst=N` as fast as the
/// client reads.
async fn answer(request: Request<Incoming>, origin: Instant) -> Result<Response<BoxBody<Bytes, Infallible>>, Infallible> {
    let query = request.uri().query().unwrap_or_default();
    let count = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')?.parse::<usize>().ok());
    if let Some(frames) = count("paced") {
        let stream = futures::stream::unfold(0, move |sent| async move {
            if sent == frames {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
            // The frame's resourceVersion holds the time of sending.
            let at = usize::try_from(origin.elapsed().as_nanos()).unwrap_or_default();
            Some((Ok(Frame::data(event(at))), sent + 1))
        });
        return Ok(Response::new(BodyExt::boxed(StreamBody::new(stream))));
    }
    if let Some(frames) = count("burst") {
        let one = event(7);
        let stream = futures::stream::iter((0..frames).map(move |_| Ok(Frame::data(one.clone()))));
        return Ok(Response::new(BodyExt::boxed(StreamBody::new(stream))));
    }
    Ok(Response::new(Full::new(Bytes::from(object(1))).boxed()))
}

async fn server(origin: Instant) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_nodelay(true).expect("an option");
            let service = service_fn(move |request| answer(request, origin));
            tokio::spawn(async move {
                let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                drop(builder.serve_connection(TokioIo::new(stream), service).await);
            });
        }
    });
    address
}

const OBJECT: &str = "/api/v1/namespaces/shop/configmaps/a";
const WATCH: &str = "/api/v1/namespaces/shop/configmaps?watch=true";

/// Sequential calls, each way in turn.
async fn latencies(ways: &[Way]) -> Vec<Histogram<u64>> {
    let mut times = Vec::new();
    let mut senders = Vec::new();
    for way in ways {
        senders.push(way.connect().await);
        times.push(Histogram::new(3).expect("a histogram"));
    }
    for call in 0..CALLS + 200 {
        for (at, way) in ways.iter().enumerate() {
            let begin = Instant::now();
            way.get(&mut senders[at], OBJECT).await.collect().await.expect("a body");
            if call >= 200 {
                times[at].record(u64::try_from(begin.elapsed().as_nanos()).expect("fits")).expect("in range");
            }
        }
    }
    times
}

/// Calls per second with many connections, and microseconds of processor time per call, including that of `others`.
async fn throughput(way: &Way, others: &[u32]) -> (f64, f64) {
    let calls = f64::from(u32::try_from(CALLS / IN_PARALLEL * IN_PARALLEL).expect("fits"));
    let (begin, before) = (Instant::now(), processor_time(others));
    let one = || {
        let way = way.clone();
        tokio::spawn(async move {
            let mut sender = way.connect().await;
            for _ in 0..CALLS / IN_PARALLEL {
                way.get(&mut sender, OBJECT).await.collect().await.expect("a body");
            }
        })
    };
    let all: Vec<_> = (0..IN_PARALLEL).map(|_| one()).collect();
    for task in all {
        task.await.expect("no panic");
    }
    (calls / begin.elapsed().as_secs_f64(), (processor_time(others) - before) / calls * 1e6)
}

/// Resident memory in MiB.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<f64>().ok()).unwrap_or_default() / 1024.0
}

/// Time from the server's sending to the client's reading.
async fn frame_delays(way: &Way, origin: Instant) -> Histogram<u64> {
    let mut sender = way.connect().await;
    let mut body = way.get(&mut sender, &format!("{WATCH}&paced={FRAMES}")).await;
    let mut times = Histogram::new(3).expect("a histogram");
    let mut text = String::new();
    while let Some(frame) = body.frame().await {
        let now = u64::try_from(origin.elapsed().as_nanos()).expect("fits");
        text.push_str(std::str::from_utf8(&frame.expect("sound").into_data().expect("data")).expect("text"));
        while let Some(end) = text.find('\n') {
            let sent =
                text[..end].split("\"resourceVersion\":\"").nth(1).and_then(|rest| rest.split('"').next()?.parse::<u64>().ok());
            times.record(now.saturating_sub(sent.expect("a time")).max(1)).expect("in range");
            text.drain(..=end);
        }
    }
    times
}

fn micros(nanos: u64) -> String {
    format!("{}.{:02} ms", nanos / 1_000_000, nanos / 10_000 % 100)
}

struct Kubectl(Child);

impl Drop for Kubectl {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

async fn kubectl_proxy(server: SocketAddr) -> Option<(Way, Kubectl)> {
    use tokio::io::{AsyncBufReadExt, BufReader};
    let mut child = Command::new("kubectl")
        .args(["proxy", "--port=0", &format!("--server=http://{server}"), "--reject-methods=^$", "--accept-hosts=.*"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let stdout = tokio::process::ChildStdout::from_std(child.stdout.take()?).ok()?;
    let child = Kubectl(child);
    let line = tokio::time::timeout(Duration::from_secs(20), BufReader::new(stdout).lines().next_line()).await.ok()?.ok()??;
    let address = line.rsplit(' ').next()?.parse().ok()?;
    Some((Way { name: "kubectl proxy", address, token: String::new() }, child))
}

/// A sink on a slow disk.
struct Slow(Arc<AtomicBool>);

impl Sink for Slow {
    fn take(&mut self, event: Event) -> kuberewind_model::Result<()> {
        if matches!(event, Event::Operation(_)) && !self.0.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }
    fn last(&self) -> Seq {
        Seq::START
    }
    fn flush(&mut self) -> kuberewind_model::Result<()> {
        Ok(())
    }
}

async fn burst(folder: &Path, server: SocketAddr) {
    let budget = 16 << 20;
    let done = Arc::new(AtomicBool::new(false));
    let (way, recorder) =
        recording_proxy(folder, (&plain_kubeconfig(server), true), Box::new(Slow(done.clone())), "burst", budget).await;
    let mut sender = way.connect().await;
    let begin = Instant::now();
    let mut body = way.get(&mut sender, &format!("{WATCH}&burst={BURST}")).await;
    let before = resident();
    let (mut most, mut bytes, mut grown, mut frames) = (0, 0, 0.0_f64, 0_u32);
    while let Some(frame) = body.frame().await {
        bytes += frame.expect("sound").into_data().expect("data").len();
        most = most.max(recorder.stats().queued_bytes);
        frames += 1;
        if frames.is_multiple_of(512) {
            grown = grown.max(resident() - before);
        }
    }
    let took = begin.elapsed();
    assert_eq!(bytes, BURST * event(7).len());
    println!(
        "\nburst of {BURST} events ({} MiB), a sink that takes 1 ms for each: passed in {:.1} s; the queue held {:.1} MiB at most (limit {} MiB), resident memory grew by {:.0} MiB at most; lost pieces, told as gaps: {}",
        bytes >> 20,
        took.as_secs_f64(),
        most as f64 / f64::from(1 << 20),
        budget >> 20,
        grown,
        recorder.stats().lost
    );
    done.store(true, Ordering::Relaxed);
    recorder.finish().await.expect("ended");
}

#[tokio::main]
async fn main() {
    if std::env::args().any(|argument| argument == "load") {
        return load::run().await;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let origin = Instant::now();
    let server = server(origin).await;
    let direct = Way { name: "directly", address: server, token: String::new() };
    let writer = SessionWriter::begin(&folder.path().join("r.db"), NewSession::new("bench", Timestamp(0), 1)).expect("a file");
    let (through, recorder) = recording_proxy(
        folder.path(),
        (&plain_kubeconfig(server), true),
        Box::new(ReconcileStage::default().before(writer)),
        "kuberewind record",
        64 << 20,
    )
    .await;
    let kubectl = kubectl_proxy(server).await;
    if kubectl.is_none() {
        println!("kubectl is not installed: `kubectl proxy` is not measured");
    }
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!(
        "{cores} cores, load {} at the start; {CALLS} calls of 3.6 KiB; {IN_PARALLEL} connections for the rate; {FRAMES} watch frames\n",
        load()
    );
    println!(
        "| way | median | p99 | added median | added p99 | calls/s | processor time per call | frame median | frame p99 |\n|---|---|---|---|---|---|---|---|---|"
    );
    let others: Vec<u32> = kubectl.iter().map(|(_, process)| process.0.id()).collect();
    let ways: Vec<Way> = [direct, through].into_iter().chain(kubectl.as_ref().map(|(way, _)| way.clone())).collect();
    let times = latencies(&ways).await;
    let at = |times: &Histogram<u64>, quantile| times.value_at_quantile(quantile);
    let (median, tail) = (at(&times[0], 0.5), at(&times[0], 0.99));
    for (way, times) in ways.iter().zip(&times) {
        let (rate, processor) = throughput(way, &others).await;
        let frames = frame_delays(way, origin).await;
        println!(
            "| {} | {} | {} | {} | {} | {rate:.0} | {processor:.0} µs | {} | {} |",
            way.name,
            micros(at(times, 0.5)),
            micros(at(times, 0.99)),
            micros(at(times, 0.5).saturating_sub(median)),
            micros(at(times, 0.99).saturating_sub(tail)),
            micros(at(&frames, 0.5)),
            micros(at(&frames, 0.99))
        );
    }
    let stats = recorder.stats();
    println!("\nrecorded: {} operations, lost: {}; load {} at the end", stats.recorded, stats.lost, load());
    recorder.finish().await.expect("written");
    burst(folder.path(), server).await;
}
