//! The cost of recording for a caller, and the speed of turning messages into events.
//!
//! `cargo bench --bench recorder`. The caller's path is measured against the same service without the layer, call by
//! call: request, head and a body of 4 KiB, with the queue empty and with the queue full.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a bench says so by failing")]

use std::convert::Infallible;
use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hdrhistogram::Histogram;
use http::{Request, Response};
use http_body_util::Full;
use kube::client::Body;
use kuberewind_capture::{CallId, Capture, Chunk, End, Ending, Head, Limits, Message, RequestHeaders, Started};
use kuberewind_file::{OpenOptions, Recording};
use kuberewind_model::json::scan::Metadata;
use kuberewind_model::redact::{BodyInfo, PathRule, Redactor, SessionKey};
use kuberewind_model::{Event, History as _, Result, Seq, Sink, Timestamp};
use kuberewind_recorder::{Recorder, SpanObject, Verdict};
use tower::{Layer as _, Service, service_fn};
use tracing_subscriber::layer::SubscriberExt as _;

const CALLS: u64 = 200_000;
const BURST: u64 = 500;

/// A sink that only counts.
#[derive(Default)]
struct Nowhere(u64);

impl Sink for Nowhere {
    fn take(&mut self, event: Event) -> Result<()> {
        self.0 += u64::from(matches!(event, Event::Operation(_)));
        Ok(())
    }

    fn last(&self) -> Seq {
        Seq(self.0)
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

/// A Deployment of 4 KiB as a server writes it.
fn deployment() -> String {
    let container = r#"{"name":"web","image":"registry.example.com/shop/web:1.27.3","ports":[{"containerPort":8080,"protocol":"TCP"}],"env":[{"name":"LEVEL","value":"info"}],"resources":{"limits":{"cpu":"500m","memory":"256Mi"}}}"#;
    let field = r#"{"manager":"kubectl","operation":"Update","apiVersion":"apps/v1","time":"2026-02-04T10:13:21Z","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:replicas":{},"f:template":{"f:spec":{"f:containers":{}}}}}}"#;
    let mut text = format!(
        r#"{{"kind":"Deployment","apiVersion":"apps/v1","metadata":{{"name":"web","namespace":"shop","uid":"6c1b2b0e","resourceVersion":"81231","generation":4,"managedFields":[{}]}},"spec":{{"replicas":3,"template":{{"spec":{{"containers":[{}]}}}}}},"status":{{"note":""#,
        [field; 6].join(","),
        [container; 9].join(",")
    );
    text.extend(std::iter::repeat_n('x', 4096_usize.saturating_sub(text.len() + 4)));
    text.push_str("\"}}");
    text
}

fn request() -> Request<Body> {
    Request::get("/apis/apps/v1/namespaces/shop/deployments/web").header("user-agent", "bench/1").body(Body::empty()).unwrap()
}

/// Times one call from its request to the last byte of its response.
fn call<S, B>(service: &mut S) -> Duration
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible>,
    B: http_body::Body<Data = Bytes> + Unpin,
{
    let request = request();
    let mut context = Context::from_waker(Waker::noop());
    let begun = Instant::now();
    let mut future = std::pin::pin!(service.call(request));
    let Poll::Ready(Ok(response)) = future.as_mut().poll(&mut context) else { panic!("the service answers at once") };
    let mut body = response.into_body();
    while let Poll::Ready(Some(_)) = Pin::new(&mut body).poll_frame(&mut context) {}
    drop(body);
    begun.elapsed()
}

fn timed(mut call: impl FnMut() -> Duration, mut rest: impl FnMut()) -> Histogram<u64> {
    let mut times = Histogram::new_with_bounds(1, 10_000_000_000, 3).unwrap();
    for number in 0..CALLS {
        times.saturating_record(u64::try_from(call().as_nanos()).unwrap());
        if number % BURST == 0 {
            rest();
        }
    }
    times
}

fn line(what: &str, times: &Histogram<u64>) {
    let micros = |nanos: u64| format!("{}.{:02} µs", nanos / 1_000, nanos % 1_000 / 10);
    let at = |quantile| micros(times.value_at_quantile(quantile));
    println!("| {what:<46} | {:>10} | {:>10} | {:>10} |", at(0.5), at(0.99), at(0.999));
}

fn callers_path() {
    let answer = Bytes::from(deployment());
    let plain = move |_: Request<Body>| std::future::ready(Ok::<_, Infallible>(Response::new(Full::new(answer.clone()))));
    println!("| caller's path, {CALLS} calls, answers of 4 KiB    | median     | p99        | p99.9      |");
    println!("|---|---|---|---|");
    let mut bare = service_fn(plain.clone());
    line("without the layer", &timed(|| call(&mut bare), || ()));
    for (what, queue, spans) in [
        ("queue empty", 1 << 30, false),
        ("queue empty, in a reconcile (both ways)", 1 << 30, true),
        ("queue full", 1, false),
        ("switched off", 0, false),
    ] {
        let recorder = Recorder::to_sink(Box::new(Nowhere::default())).queue_bytes(queue).enabled(queue > 0).start().unwrap();
        let mut service = recorder.layer("bench").layer(service_fn(plain.clone()));
        let drained = || {
            while recorder.stats().queued_bytes > 0 {
                std::thread::yield_now();
            }
        };
        let times = if spans {
            let subscriber = tracing_subscriber::registry().with(recorder.tracing_layer());
            let _guard = tracing::subscriber::set_default(subscriber);
            let span =
                tracing::info_span!(target: "kube_runtime::controller", "reconciling object", object.ref = "ConfigMap.v1./a.b");
            let _entered = span.enter();
            let mut times = None;
            let measure = async { times = Some(timed(|| call(&mut service), drained)) };
            let done = |(): &()| Verdict { error: None, requeue_after: None };
            futures::executor::block_on(recorder.actor("bench").reconcile(SpanObject::default(), measure, done));
            times.unwrap()
        } else {
            timed(|| call(&mut service), drained)
        };
        line(what, &times);
        futures::executor::block_on(recorder.finish()).unwrap();
    }
}

/// The work of the writer's thread: scanning, redaction, capture.
fn ingest() {
    let object = deployment();
    let rounds: u32 = 100_000;
    let begun = Instant::now();
    let mut sum = 0;
    for _ in 0..rounds {
        sum += Metadata::read(std::hint::black_box(object.as_bytes())).unwrap().name.len();
    }
    assert!(sum > 0);
    println!("\nscanning one object of {} bytes: {:?}", object.len(), begun.elapsed() / rounds);

    redaction();
    println!("\n| watch events of 4 KiB through capture, no store, secrets seen before | events/s | per event |");
    println!("|---|---|---|");
    for seen in [0, 10, 1_000] {
        watch_events(&object, seen, rounds);
    }
}

fn started(call: u64, path: &str) -> Message {
    Message::Started(Box::new(Started {
        call: CallId(call),
        at: Timestamp(0),
        actor: "bench".into(),
        pending_actor: None,
        user: "".into(),
        method: http::Method::GET,
        uri: path.parse().unwrap(),
        headers: RequestHeaders::default(),
        body: Bytes::new(),
        body_whole: true,
        span: None,
    }))
}

fn head(call: u64) -> Message {
    Message::Head(Head {
        call: CallId(call),
        at: Timestamp(0),
        status: 200,
        content_type: None,
        content_encoding: None,
        audit_id: None,
        warnings: Vec::new(),
    })
}

fn chunk(call: u64, at: u32, bytes: Bytes) -> Message {
    Message::Chunk(Chunk { call: CallId(call), at: Timestamp(i64::from(at)), bytes, missing: None })
}

/// Each event is searched for the secrets that were seen before, in every form.
fn watch_events(object: &str, seen: usize, rounds: u32) {
    let sink = Box::new(Nowhere::default());
    let mut capture = Capture::new(sink, Redactor::new(SessionKey::new([1; 32]), Vec::new()), Limits::default(), "bench");
    let values: Vec<String> = (0..seen).map(|number| format!(r#""k{number}":"{}""#, secret_value(number))).collect();
    let secret = format!(r#"{{"kind":"Secret","apiVersion":"v1","metadata":{{"name":"s"}},"data":{{{}}}}}"#, values.join(","));
    capture.take(started(1, "/api/v1/namespaces/shop/secrets/s"));
    capture.take(head(1));
    capture.take(chunk(1, 0, Bytes::from(secret)));
    capture.take(Message::End(End { call: CallId(1), at: Timestamp(0), how: Ending::Complete, missing: None }));
    capture.take(started(2, "/apis/apps/v1/deployments?watch=true"));
    capture.take(head(2));
    let before = capture.counts().operations;
    let event = Bytes::from(format!("{{\"type\":\"MODIFIED\",\"object\":{object}}}\n"));
    let begun = Instant::now();
    for number in 0..rounds {
        capture.take(chunk(2, number, event.clone()));
    }
    let took = begun.elapsed();
    println!("| {seen} | {:.0} | {:?} |", f64::from(rounds) / took.as_secs_f64(), took / rounds);
    assert_eq!(capture.counts().operations - before, u64::from(rounds));
}

/// A password in base64, as a Secret has it.
fn secret_value(number: usize) -> String {
    let mut random = (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |_| {
        random = random.wrapping_mul(0xd1b5_4a32_d192_ed03).rotate_left(17);
        char::from(letters[usize::try_from(random % 64).unwrap()])
    };
    (0..32).map(digit).collect()
}

/// A body that must be parsed: a Secret of 20 values, and a Deployment with a rule for one value.
fn redaction() {
    let values: Vec<String> =
        (0..20).map(|number| format!(r#""key-{number}":"dmFsdWUgb2YgYSBzZWNyZXQgb2YgNDAgYnl0ZXMu{number:04}""#)).collect();
    let secret = format!(r#"{{"kind":"Secret","apiVersion":"v1","metadata":{{"name":"s"}},"data":{{{}}}}}"#, values.join(","));
    let rule = PathRule::parse("deployments.apps:/status/note").unwrap();
    let mut redactor = Redactor::new(SessionKey::new([1; 32]), vec![rule]);
    for (group, resource, text) in [("", "secrets", secret), ("apps", "deployments", deployment())] {
        let info = BodyInfo { group, resource, ..BodyInfo::default() };
        let body = Bytes::from(text);
        let rounds: u32 = 20_000;
        let begun = Instant::now();
        for _ in 0..rounds {
            assert!(redactor.json(&info, std::hint::black_box(body.clone())).readable);
        }
        println!("redacting {} bytes of {resource}: {:?}", body.len(), begun.elapsed() / rounds);
    }
}

/// How often a tail polls the file, as the debugger does.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// The time from the end of a call until a reader that polls every 50 ms has its operation.
fn until_visible() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let recorder = Recorder::builder(&file).start().unwrap();
    let answer = Bytes::from(deployment());
    let plain = move |_: Request<Body>| std::future::ready(Ok::<_, Infallible>(Response::new(Full::new(answer.clone()))));
    let mut service = recorder.layer("bench").layer(service_fn(plain));
    let tail = Recording::open(&file, &OpenOptions::default()).unwrap();
    let mut times = Histogram::new_with_bounds(1, 10_000_000_000, 3).unwrap();
    let mut seen = tail.data_version().unwrap();
    for number in 1..=100_u32 {
        // Calls end at any time between two polls.
        std::thread::sleep(POLL_INTERVAL * (number * 37 % 50) / 50);
        call(&mut service);
        let begun = Instant::now();
        loop {
            std::thread::sleep(POLL_INTERVAL);
            let now = tail.data_version().unwrap();
            let news = std::mem::replace(&mut seen, now) != now;
            if news && tail.sessions().unwrap()[0].last.0 >= u64::from(number) {
                break;
            }
        }
        times.saturating_record(u64::try_from(begun.elapsed().as_nanos()).unwrap());
    }
    println!("\n| from a call's end until a tail has it           | median     | p99        | p99.9      |");
    println!("|---|---|---|---|");
    line("100 calls, the tail looks every 50 ms", &times);
    drop(tail);
    futures::executor::block_on(recorder.finish()).unwrap();
}

fn main() {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("{cores} cores");
    if let Ok(load) = std::fs::read_to_string("/proc/loadavg") {
        println!("load of the machine {}\n", load.split(' ').next().unwrap_or_default());
    }
    callers_path();
    until_visible();
    ingest();
}
