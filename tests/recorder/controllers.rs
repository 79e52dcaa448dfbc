//! Real clients and controllers: the reconcile and actor of each call, and that nothing is delayed.

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use http::Method;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Api, Patch, PatchParams};
use kube::client::ClientBuilder;
use kube::runtime::controller::Action;
use kube::runtime::{Controller, watcher};
use kube::{Client, ResourceExt as _};
use kuberewind_model::{LogStream, NewOperation, Outcome, SpanResult, Verb};
use kuberewind_recorder::{Actor, Recorder};
use tokio::sync::mpsc;
use tracing::instrument::Instrument as _;
use tracing_subscriber::Layer as _;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::server::{self, Answer, Asked, Server};
use crate::sink::Collected;

/// The longest wait of a test.
const PATIENCE: Duration = Duration::from_secs(20);

fn config_map(name: &str, version: u64) -> String {
    format!(
        r#"{{"kind":"ConfigMap","apiVersion":"v1","metadata":{{"name":"{name}","namespace":"shop","uid":"u-{name}","resourceVersion":"{version}"}}}}"#
    )
}

/// Two config maps, a watch that delivers one change of the first and then waits, patches that succeed.
async fn api_server() -> Server {
    let open = Arc::new(std::sync::Mutex::new(Vec::new()));
    server::start(move |asked: Asked| {
        let query = asked.uri.query().unwrap_or_default();
        match asked.method {
            Method::GET if query.contains("watch=true") => {
                let (pieces, receiver) = mpsc::channel(8);
                let line = format!("{{\"type\":\"MODIFIED\",\"object\":{}}}\n", config_map("one", 8));
                let (first, second) = line.split_at(30);
                pieces.try_send(Bytes::from(first.to_owned())).unwrap();
                pieces.try_send(Bytes::from(second.to_owned())).unwrap();
                open.lock().unwrap().push(pieces);
                Answer::Stream(receiver)
            }
            Method::GET if asked.uri.path().ends_with("/configmaps") => Answer::Json(
                200,
                format!(
                    r#"{{"kind":"ConfigMapList","apiVersion":"v1","metadata":{{"resourceVersion":"7"}},"items":[{},{}]}}"#,
                    config_map("one", 5),
                    config_map("two", 6)
                ),
            ),
            _ => Answer::Json(200, config_map(asked.uri.path().rsplit('/').next().unwrap(), 9)),
        }
    })
    .await
}

fn client(server: &Server, actor: &Actor) -> Client {
    ClientBuilder::try_from(server.config.clone()).unwrap().with_layer(&actor.layer()).build()
}

struct Context {
    client: Client,
    done: mpsc::UnboundedSender<String>,
}

/// A reconciler that patches its object, reads another one in two spawned tasks, and fails once on `two`.
async fn reconcile(object: Arc<ConfigMap>, context: Arc<Context>) -> Result<Action, kube::Error> {
    let api: Api<ConfigMap> = Api::namespaced(context.client.clone(), "shop");
    tokio::task::yield_now().await;
    tracing::info!(name = object.name_any(), "patching");
    tracing::debug!("filtered out");
    let params = PatchParams::apply("tests").force();
    let patch =
        serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": object.name_any()}, "data": {"a": "b"}});
    api.patch(&object.name_any(), &params, &Patch::Apply(&patch)).await?;
    let inside = api.clone();
    tokio::spawn(async move { inside.get("inside").await }.in_current_span()).await.unwrap()?;
    tokio::spawn(async move { api.get("outside").await }).await.unwrap()?;
    context.done.send(object.name_any()).unwrap();
    Ok(Action::requeue(Duration::from_secs(3_600)))
}

/// Runs a controller until it has reconciled both objects at least once.
async fn run(server: &Server, actor: Actor, wrapped: bool) {
    let client = client(server, &actor);
    let (done, mut reconciled) = mpsc::unbounded_channel();
    let context = Arc::new(Context { client: client.clone(), done });
    let controller = Controller::new(Api::<ConfigMap>::namespaced(client, "shop"), watcher::Config::default());
    let policy = |_: Arc<ConfigMap>, _: &kube::Error, _: Arc<Context>| Action::requeue(Duration::from_secs(3_600));
    let stream = if wrapped {
        controller.run(actor.wrap(reconcile), policy, context).boxed()
    } else {
        controller.run(reconcile, policy, context).boxed()
    };
    let results = stream.for_each(|_| std::future::ready(()));
    let enough = async {
        let mut names = HashSet::new();
        while names.len() < 2 {
            names.insert(reconciled.recv().await.unwrap());
        }
    };
    tokio::select! {
        () = results => panic!("a controller does not end"),
        () = enough => {}
        () = tokio::time::sleep(PATIENCE) => panic!("both are reconciled in time"),
    }
}

/// The object names of calls in reconciles, and of calls outside.
fn by_attribution(operations: &[NewOperation]) -> (Vec<String>, Vec<String>) {
    let line = |operation: &NewOperation| format!("{} {}", operation.verb, operation.target.name);
    let calls = operations.iter().filter(|operation| matches!(operation.verb, Verb::Patch | Verb::Get));
    let (inside, outside): (Vec<&NewOperation>, Vec<&NewOperation>) = calls.partition(|operation| operation.span.is_some());
    let sorted = |operations: Vec<&NewOperation>| {
        let mut lines: Vec<String> = operations.into_iter().map(line).collect();
        lines.sort();
        lines.dedup();
        lines
    };
    (sorted(inside), sorted(outside))
}

/// Asserts that every call in a reconcile is about its object, or was made in a spawned task.
fn assert_spans_fit(sink: &Collected) {
    let spans = sink.spans();
    for operation in sink.operations().iter().filter(|operation| operation.verb == Verb::Patch) {
        let span = spans.iter().find(|span| Some(span.key) == operation.span).expect("a patch belongs to a reconcile");
        assert_eq!((&span.name, &*span.namespace, &span.actor), (&operation.target.name, "shop", &operation.actor));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrapped_reconcilers_own_their_calls_without_any_subscriber() {
    let (server, sink) = (api_server().await, Collected::default());
    let recorder = Recorder::to_sink(sink.boxed()).process("op").start().unwrap();
    run(&server, recorder.actor("maps"), true).await;
    recorder.finish().await.unwrap();
    assert_spans_fit(&sink);
    let (inside, outside) = by_attribution(&sink.operations());
    assert_eq!(
        (inside, outside),
        (vec!["patch one".into(), "patch two".into()], vec!["get inside".into(), "get outside".into()])
    );
    assert!(sink.spans().iter().all(|span| &*span.actor == "op/maps" && &*span.kind_name == "ConfigMap"));
    let ended = sink.ends().into_iter().find(|end| end.result == SpanResult::Ok).expect("a reconcile that succeeded");
    assert_eq!(ended.requeue_after.map(kuberewind_model::Duration::as_millis), Some(3_600_000));
    assert!(sink.is_closed());
}

thread_local! {
    static GUARD: RefCell<Option<tracing::subscriber::DefaultGuard>> = const { RefCell::new(None) };
}

/// Runs a future on several threads with this subscriber, like a program with a global subscriber.
fn on_threads_with(dispatch: tracing::Dispatch, future: impl Future<Output = ()> + Send + 'static) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .on_thread_start(move || GUARD.set(Some(tracing::dispatcher::set_default(&dispatch))))
        .on_thread_stop(|| GUARD.set(None))
        .build()
        .unwrap();
    runtime.block_on(async { tokio::spawn(future).await.unwrap() });
}

#[test]
fn tracing_spans_own_their_calls_without_any_change() {
    let sink = Collected::default();
    let recorder = Recorder::to_sink(sink.boxed()).process("op").start().unwrap();
    // As in many operators: the filter of the log drops spans at level info.
    let quiet =
        tracing_subscriber::fmt::layer().with_writer(std::io::sink).with_filter(tracing_subscriber::EnvFilter::new("warn"));
    let subscriber = tracing_subscriber::registry().with(quiet).with(recorder.tracing_layer());
    on_threads_with(tracing::Dispatch::new(subscriber), async move {
        run(&api_server().await, recorder.actor("maps"), false).await;
        recorder.finish().await.unwrap();
    });
    assert_spans_fit(&sink);
    let (inside, outside) = by_attribution(&sink.operations());
    assert_eq!(
        (inside, outside),
        (vec!["get inside".into(), "patch one".into(), "patch two".into()], vec!["get outside".into()])
    );
    let spans = sink.spans();
    let reasons: Vec<&str> = spans.iter().flat_map(|span| &span.triggers).map(|trigger| &*trigger.reason).collect();
    assert!(reasons.contains(&"object updated"), "{reasons:?}");
    let triggers = spans.iter().flat_map(|span| &span.triggers).filter(|trigger| trigger.operation.is_some());
    assert!(triggers.clone().count() >= 2 && triggers.clone().all(|trigger| trigger.uid.starts_with("u-")));
}

#[test]
fn tracing_events_are_log_lines_of_their_reconcile() {
    for wrapped in [false, true] {
        let sink = Collected::default();
        let recorder = Recorder::to_sink(sink.boxed()).process("op").start().unwrap();
        let said = recorder.log_layer().with_filter(tracing_subscriber::filter::LevelFilter::INFO);
        let subscriber = tracing_subscriber::registry().with(recorder.tracing_layer()).with(said);
        on_threads_with(tracing::Dispatch::new(subscriber), async move {
            run(&api_server().await, recorder.actor("maps"), wrapped).await;
            recorder.finish().await.unwrap();
        });
        let (lines, spans) = (sink.lines(), sink.spans());
        for name in ["one", "two"] {
            let line = lines.iter().find(|line| *line.text == *format!("patching name={name:?}")).unwrap();
            assert_eq!((line.stream, &*line.level), (LogStream::Tracing, "info"));
            let span = spans.iter().find(|span| Some(span.key) == line.span).expect("a line belongs to a reconcile");
            assert_eq!(&*span.name, name);
        }
        assert!(lines.iter().all(|line| &*line.text != "filtered out"), "the filter is the layer's");
    }
}

#[test]
fn both_ways_together_are_one_span_each() {
    let sink = Collected::default();
    let recorder = Recorder::to_sink(sink.boxed()).process("op").start().unwrap();
    let subscriber = tracing_subscriber::registry().with(recorder.tracing_layer());
    on_threads_with(tracing::Dispatch::new(subscriber), async move {
        run(&api_server().await, recorder.actor("maps"), true).await;
        recorder.finish().await.unwrap();
    });
    assert_spans_fit(&sink);
    let keys: std::collections::HashSet<_> = sink.spans().iter().map(|span| span.key).collect();
    assert_eq!(keys.len(), sink.spans().len());
    let patched = sink.operations().iter().filter(|operation| operation.verb == Verb::Patch).count();
    assert!(sink.spans().len() <= patched + 2, "one span for each run: {} for {patched} patches", sink.spans().len());
    let done: Vec<_> = sink.ends().into_iter().filter(|end| end.result == SpanResult::Ok).collect();
    assert!(!done.is_empty() && done.iter().all(|end| end.requeue_after.is_some()));
    assert!(sink.spans().iter().flat_map(|span| &span.triggers).any(|trigger| &*trigger.reason == "object updated"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_controllers_and_two_recorders_are_kept_apart() {
    let (server, sink, other) = (api_server().await, Collected::default(), Collected::default());
    let recorder = Recorder::to_sink(sink.boxed()).process("op").start().unwrap();
    let second = Recorder::to_sink(other.boxed()).process("elsewhere").start().unwrap();
    tokio::join!(
        run(&server, recorder.actor("a"), true),
        run(&server, recorder.actor("b"), true),
        run(&server, second.actor("c"), true)
    );
    recorder.finish().await.unwrap();
    second.finish().await.unwrap();
    assert_spans_fit(&sink);
    assert_spans_fit(&other);
    let actors = |sink: &Collected| {
        let mut actors: Vec<String> = sink.operations().iter().map(|operation| operation.actor.to_string()).collect();
        actors.sort();
        actors.dedup();
        actors
    };
    assert_eq!((actors(&sink), actors(&other)), (vec!["op/a".into(), "op/b".into()], vec!["elsewhere/c".into()]));
}

#[tokio::test]
async fn a_reconciler_wrapped_for_two_recorders_is_a_span_in_each() {
    let (server, sink, other) = (api_server().await, Collected::default(), Collected::default());
    let outer = Recorder::to_sink(sink.boxed()).start().unwrap();
    let inner = Recorder::to_sink(other.boxed()).start().unwrap();
    let (a, b) = (outer.actor("a"), inner.actor("b"));
    let client = ClientBuilder::try_from(server.config.clone()).unwrap().with_layer(&a.layer()).with_layer(&b.layer()).build();
    let api: Api<ConfigMap> = Api::namespaced(client, "shop");
    let get = |object: Arc<ConfigMap>, api: Arc<Api<ConfigMap>>| async move { api.get(&object.name_any()).await.map(|_| ()) };
    let mut wrapped = a.wrap(b.wrap(get));
    let mut object = ConfigMap::default();
    object.metadata.name = Some("one".into());
    wrapped(Arc::new(object), Arc::new(api)).await.unwrap();
    outer.finish().await.unwrap();
    inner.finish().await.unwrap();
    for sink in [sink, other] {
        assert_eq!((sink.spans().len(), sink.operations()[0].span), (1, Some(sink.spans()[0].key)));
    }
}

#[tokio::test]
async fn a_watch_is_recorded_while_it_runs_and_delivered_without_delay() {
    let (pieces, receiver) = mpsc::channel(8);
    let receiver = std::sync::Mutex::new(Some(receiver));
    let server = server::start(move |_| Answer::Stream(receiver.lock().unwrap().take().unwrap())).await;
    let sink = Collected::default();
    let recorder = Recorder::to_sink(sink.boxed()).start().unwrap();
    let api: Api<ConfigMap> = Api::namespaced(client(&server, &recorder.actor("")), "shop");
    let mut events = api.watch(&kube::api::WatchParams::default(), "5").await.unwrap().boxed();
    let line = format!("{{\"type\":\"ADDED\",\"object\":{}}}\n", config_map("one", 6));
    for byte in line.bytes() {
        pieces.send(Bytes::from(vec![byte])).await.unwrap();
    }
    assert!(matches!(events.next().await, Some(Ok(kube::api::WatchEvent::Added(_)))));
    drop(events);
    recorder.finish().await.unwrap();
    assert_eq!(sink.story()[1..], ["watch 200 done: nothing", "ADDED 200 done: ConfigMap shop/one@6 full", "watch dropped"]);
    let opened = &sink.operations()[0];
    assert_eq!((&*opened.detail.audit_id, &*opened.actor, opened.detail.uri.contains("?&")), ("audit-1", "operator", false));
}

#[tokio::test]
async fn responses_that_never_arrive() {
    let (dropped, server) = {
        let server = server::start(|_| Answer::Json(200, String::new())).await;
        (server.config.clone(), server)
    };
    drop(server);
    let sink = Collected::default();
    let recorder = Recorder::to_sink(sink.boxed()).start().unwrap();
    let client = ClientBuilder::try_from(dropped).unwrap().with_layer(&recorder.layer("a")).build();
    let api: Api<ConfigMap> = Api::namespaced(client, "shop");
    api.get("one").await.unwrap_err();
    api.delete("one", &kube::api::DeleteParams::default()).await.unwrap_err();
    recorder.finish().await.unwrap();
    let outcomes: Vec<Outcome> = sink.operations().iter().map(|operation| operation.outcome).collect();
    assert_eq!(outcomes, [Outcome::Lost, Outcome::MaybeApplied]);
}
