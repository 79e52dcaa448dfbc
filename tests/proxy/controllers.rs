//! A kube-rs controller without any recorder in it: its reconciles by its log, or inferred.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Patch, PatchParams, PostParams};
use kube::runtime::controller::{Action, Controller};
use kube::runtime::watcher;
use kube::{Api, Client, ResourceExt};
use kuberewind_cluster::http::{HttpOptions, serve};
use kuberewind_cluster::{Cluster, ClusterOptions};
use kuberewind_model::{Certainty, Clock, History, SystemClock, Verb};
use kuberewind_model::{LogStream, Timestamp};
use kuberewind_proxy::child::output::OutputLine;
use kuberewind_proxy::console::{Console, LogTriggers};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::Notify;

use super::test_proxy::TestProxy;

struct Context {
    client: Client,
    done: Notify,
}

/// Doubles a ConfigMap's `n` into its annotation.
async fn reconcile(seen: Arc<ConfigMap>, context: Arc<Context>) -> Result<Action, kube::Error> {
    let maps: Api<ConfigMap> = Api::namespaced(context.client.clone(), "default");
    let map = maps.get(&seen.name_any()).await?;
    let wanted = map.data.as_ref().and_then(|data| data.get("n")?.parse::<u64>().ok()).map(|n| (2 * n).to_string());
    if map.annotations().get("double") == wanted.as_ref() {
        context.done.notify_one();
    } else {
        let patch = json!({"metadata": {"annotations": {"double": wanted}}});
        maps.patch(&seen.name_any(), &PatchParams::default(), &Patch::Merge(&patch)).await?;
    }
    Ok(Action::await_change())
}

async fn proxy() -> TestProxy {
    let cluster = Cluster::new(ClusterOptions::new(Arc::new(SystemClock::start()) as Arc<dyn Clock>, 1));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let server = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(serve(listener, cluster, HttpOptions::default(), std::future::pending()));
    TestProxy::with(&server, |options| options.actor = Some("doubler".into())).await
}

async fn double(proxy: &TestProxy) {
    let client = proxy.client().await;
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), "default");
    let context = Arc::new(Context { client: client.clone(), done: Notify::new() });
    let controller = Controller::new(maps.clone(), watcher::Config::default());
    let run =
        controller.run(reconcile, |_, _, _| Action::requeue(Duration::from_secs(1)), context.clone()).for_each(|_| async {});
    let running = tokio::spawn(run);
    let map = serde_json::from_value(json!({"metadata": {"name": "a"}, "data": {"n": "21"}})).expect("a map");
    maps.create(&PostParams::default(), &map).await.expect("created");
    tokio::time::timeout(Duration::from_secs(60), context.done.notified()).await.expect("it doubles");
    running.abort();
}

#[tokio::test]
async fn without_a_log_reconciles_are_inferred_and_marked() {
    let proxy = proxy().await;
    double(&proxy).await;
    let run = proxy.end().await;
    let spans = run.spans();
    assert!(!spans.is_empty());
    let reads = run.operations().into_iter().filter(|operation| operation.verb == Verb::Get);
    assert!(reads.filter(|read| read.span.is_none()).count() == 0, "every read of the reconciler belongs to a reconcile");
    assert!(spans.iter().all(|span| span.inferred.is_some() && &*span.object.name == "a"), "{spans:?}");
    let likely = spans.iter().find(|span| span.inferred == Some(Certainty::Likely)).expect("a likely reconcile");
    let trigger = likely.triggers[0].operation.expect("a delivery");
    let delivery = run.operations().into_iter().find(|operation| operation.seq == trigger).expect("it is there");
    assert!(delivery.verb.is_watch_event());
    let patch = run.operations().into_iter().find(|operation| operation.verb == Verb::Patch).expect("the write");
    assert!(patch.span.is_some_and(|span| run.recording.span(span).expect("read").is_some()), "the write belongs to a reconcile");
}

#[tokio::test]
async fn with_a_log_reconciles_are_exact() {
    let proxy = proxy().await;
    let console = Console::new(proxy.port.clone(), "doubler".into(), LogTriggers::default());
    let line = |text: &str| {
        let words = format!(
            "2026-01-02T03:04:05Z  INFO reconciling object{{object.ref=ConfigMap.v1./a.default object.reason=object updated}}: kube_runtime::controller: {text}"
        );
        console.push(vec![OutputLine { at: proxy.port.now(), stream: LogStream::Stderr, text: words }]);
    };
    line("new");
    let (status, _) = proxy.get("/api/v1/namespaces/default/configmaps/a").await;
    assert_eq!(status, 404);
    line("doubling");
    line("close time.busy=1ms");
    proxy.get("/api/v1/namespaces/default/configmaps").await;
    let run = proxy.end().await;
    let spans = run.spans();
    assert_eq!(spans.len(), 1, "{spans:?}");
    assert_eq!((&*spans[0].object.namespace, &*spans[0].object.name, spans[0].inferred), ("default", "a", None));
    let operations = run.operations();
    assert_eq!((operations[0].span, operations[1].span), (Some(spans[0].id), None));
    let printed: Vec<_> = run.log().into_iter().filter(|line| !line.text.starts_with("kuberewind: ")).collect();
    assert_eq!(printed.len(), 3, "{printed:?}");
    assert!(printed.iter().all(|line| line.span == Some(spans[0].id)), "{printed:?}");
    assert!(spans[0].start > Timestamp(0));
}
