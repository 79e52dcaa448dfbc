//! Log lines of every format give reconciles.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use http_body_util::{BodyExt, Full};
use kuberewind_model::{History, LogStream, Verb};
use kuberewind_proxy::child::output::OutputLine;
use kuberewind_proxy::console::{Console, LogTriggers};

use super::server::{Server, config_map, growing, json};
use super::test_proxy::{RecordedRun, TestProxy};

/// A real input, if it is there.
fn real_input(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("KUBEREWIND_REAL_INPUTS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let file = folder.join(name);
    if !file.exists() {
        eprintln!("skipped: {} does not exist", file.display());
        return None;
    }
    Some(file)
}

fn print(proxy: &TestProxy, console: &Console, text: &str) {
    let text = text.to_owned();
    console.push(vec![OutputLine { at: proxy.port.now(), stream: LogStream::Stderr, text }]);
}

#[tokio::test]
async fn a_real_console_log_gives_exact_reconciles() {
    let Some(file) = real_input("kamera/robinhood.log") else { return };
    let server = Server::start(|_| async { json(200, config_map("a", 1)) }).await;
    let proxy = TestProxy::for_server(&format!("http://{}", server.address)).await;
    proxy.get(OBJECT).await;
    let console = Console::new(proxy.port.clone(), "manager".into(), LogTriggers::default());
    let text = std::fs::read_to_string(file).expect("it can be read");
    text.lines().for_each(|line| print(&proxy, &console, line));
    console.end();
    let run = proxy.end().await;
    let spans = run.spans();
    let named: BTreeMap<&str, &str> = spans.iter().map(|span| (&*span.object.name, &*span.label)).collect();
    assert_eq!((spans.len(), named.len()), (10, 10), "{spans:?}");
    assert_eq!(named["rpod-sample-8"], "5937b38f-433b-4ab0-8550-f9e27beda052");
    assert_eq!(named["rpod-sample-10"], "d17ea141-6ff9-4e05-86fc-2aecfb3f677a");
    for span in &spans {
        assert_eq!((span.inferred, &*span.object.namespace, &*span.object.resource), (None, "tracey", "rpods"));
        assert!(span.duration.is_some(), "its last line gives its end: {span:?}");
    }
    let actors: Vec<String> = run.recording.actors().expect("actors").iter().map(|actor| actor.name.to_string()).collect();
    assert!(actors.contains(&"manager/rpod".to_owned()), "{actors:?}");
    let lines = run.log();
    assert_eq!(
        lines.iter().filter(|line| !line.text.starts_with("kuberewind:")).count(),
        text.lines().count(),
        "every line is kept"
    );
    for line in lines.iter().filter(|line| line.span.is_some()) {
        let span = spans.iter().find(|span| Some(span.id) == line.span).expect("its reconcile");
        assert!(line.text.contains(&*span.label), "{}", line.text);
    }
    assert_eq!(lines.iter().filter(|line| line.span.is_some()).count(), 10);
}

#[tokio::test]
async fn a_late_line_names_the_reconcile_that_runs() {
    let (events, body) = growing();
    let body = std::sync::Mutex::new(Some(body));
    let server = Server::start(move |request| {
        let watch = request.uri().query().is_some_and(|query| query.contains("watch"));
        let response = if watch {
            http::Response::new(body.lock().expect("lock").take().expect("once"))
        } else {
            json(200, config_map("a", 5))
        };
        async move { response }
    })
    .await;
    let proxy = TestProxy::with(&format!("http://{}", server.address), |options| options.actor = Some("manager".into())).await;
    let console = Console::new(proxy.port.clone(), "manager".into(), LogTriggers::default());
    let watch = proxy.request("GET", "/api/v1/configmaps?watch=true").body(Full::default()).expect("a request");
    let mut watch = proxy.send(watch).await.expect("an answer").into_body();
    let event = format!("{{\"type\":\"ADDED\",\"object\":{}}}\n", config_map("a", 5));
    events.send(hyper::body::Frame::data(event.into())).expect("it is read");
    watch.frame().await.expect("a frame").expect("sound");
    // At the default verbosity, an operator prints nothing before its first call.
    proxy.get(OBJECT).await;
    print(&proxy, &console, &zap_console(7, "within"));
    proxy.get(OBJECT).await;
    proxy.get(OTHER).await;
    drop((watch, events));
    console.end();
    let run = proxy.end().await;
    let spans = run.spans();
    assert_eq!(spans.len(), 1, "{spans:?}");
    assert_eq!((&*spans[0].label, spans[0].inferred, &*spans[0].object.name), ("run-7", None, "a"));
    let reads = run.operations().into_iter().filter(|operation| operation.verb == Verb::Get);
    assert_eq!(reads.map(|read| read.span).collect::<Vec<_>>(), [Some(spans[0].id); 3]);
    let delivery = run.operations().into_iter().find(|operation| operation.verb.is_watch_event()).expect("the event");
    assert_eq!(spans[0].triggers[0].operation, Some(delivery.seq));
    assert!(spans[0].duration.is_some());
}

/// Start, middle and end of a reconcile of the ConfigMap `shop/a` in one format.
type Format = fn(run: u64, moment: &str) -> String;

fn zap_json(run: u64, moment: &str) -> String {
    let message = match moment {
        "begins" => "Reconciling",
        "ends" => "Reconcile successful",
        _ => "scaling",
    };
    format!(
        r#"{{"level":"debug","ts":"2026-01-02T03:04:05Z","msg":"{message}","controller":"maps","controllerGroup":"","controllerKind":"ConfigMap","ConfigMap":{{"name":"a","namespace":"shop"}},"namespace":"shop","name":"a","reconcileID":"run-{run}"}}"#
    )
}

fn zap_console(run: u64, moment: &str) -> String {
    let message = match moment {
        "begins" => "Reconciling",
        "ends" => "Reconcile done, requeueing after 5m0s",
        _ => "scaling",
    };
    format!(
        "2026-01-02T03:04:05Z\tDEBUG\t{message}\t{{\"controller\": \"maps\", \"controllerGroup\": \"\", \"controllerKind\": \"ConfigMap\", \"ConfigMap\": {{\"name\":\"a\",\"namespace\":\"shop\"}}, \"namespace\": \"shop\", \"name\": \"a\", \"reconcileID\": \"run-{run}\"}}"
    )
}

fn klog(run: u64, moment: &str) -> String {
    let message = match moment {
        "begins" => "Reconciling",
        "ends" => "Reconcile successful",
        _ => "scaling",
    };
    format!(
        r#"I0102 03:04:05.000006   77 controller.go:324] "{message}" controller="maps" controllerGroup="" controllerKind="ConfigMap" ConfigMap="shop/a" namespace="shop" name="a" reconcileID="run-{run}""#
    )
}

fn tracing_text(_: u64, moment: &str) -> String {
    let message = match moment {
        "begins" => "kube_runtime::controller: new",
        "ends" => "kube_runtime::controller: close time.busy=1ms time.idle=2ms",
        _ => "maps: scaling wanted=3",
    };
    format!(
        "\u{1b}[2m2026-01-02T03:04:05Z\u{1b}[0m \u{1b}[32m INFO\u{1b}[0m \u{1b}[1mreconciling object\u{1b}[0m\u{1b}[1m{{\u{1b}[0mobject.ref=ConfigMap.v1./a.shop object.reason=object updated\u{1b}[1m}}\u{1b}[0m: {message}"
    )
}

fn tracing_json(_: u64, moment: &str) -> String {
    let message = match moment {
        "begins" => "new",
        "ends" => "close",
        _ => "scaling",
    };
    let span = r#"{"object.reason":"object updated","object.ref":"ConfigMap.v1./a.shop","name":"reconciling object"}"#;
    format!(
        r#"{{"timestamp":"2026-01-02T03:04:05Z","level":"INFO","fields":{{"message":"{message}"}},"target":"kube_runtime::controller","span":{span},"spans":[{span}]}}"#
    )
}

const OBJECT: &str = "/api/v1/namespaces/shop/configmaps/a";
const OTHER: &str = "/api/v1/namespaces/shop/configmaps/b";

/// Two reconciles, each with a call to its object and one to another object, and a call after each.
async fn recorded(format: Format) -> RecordedRun {
    let server = Server::start(|_| async { json(200, config_map("a", 1)) }).await;
    let proxy = TestProxy::with(&format!("http://{}", server.address), |options| options.actor = Some("operator".into())).await;
    let console = Console::new(proxy.port.clone(), "operator".into(), LogTriggers::default());
    for run in 1..=2 {
        print(&proxy, &console, &format(run, "begins"));
        proxy.get(OBJECT).await;
        print(&proxy, &console, &format(run, "within"));
        proxy.get(OTHER).await;
        print(&proxy, &console, &format(run, "ends"));
        proxy.get(OTHER).await;
    }
    proxy.end().await
}

#[tokio::test]
async fn every_format_gives_the_same_reconciles() {
    let formats: [(&str, Format, bool); 5] = [
        ("zap JSON", zap_json, true),
        ("zap console", zap_console, true),
        ("klog", klog, true),
        ("tracing text", tracing_text, false),
        ("tracing JSON", tracing_json, false),
    ];
    for (name, format, labelled) in formats {
        let run = recorded(format).await;
        let spans = run.spans();
        assert_eq!(spans.len(), 2, "{name}: {spans:?}");
        for (span, number) in spans.iter().zip(1..) {
            assert_eq!((span.inferred, &*span.object.namespace, &*span.object.name), (None, "shop", "a"), "{name}");
            assert_eq!(&*span.object.resource, "configmaps", "{name}");
            assert!(!labelled || *span.label == *format!("run-{number}"), "{name}: {}", span.label);
            assert!(span.duration.is_some(), "{name}");
        }
        let (first, second) = (Some(spans[0].id), Some(spans[1].id));
        let of: Vec<_> = run.operations().iter().map(|operation| operation.span).collect();
        assert_eq!(of, [first, first, None, second, second, None], "{name}");
        let log = run.log();
        let lines: Vec<_> = log.iter().filter(|line| !line.text.starts_with("kuberewind: ")).map(|line| line.span).collect();
        assert_eq!(lines, [first, first, first, second, second, second], "{name}");
    }
}
