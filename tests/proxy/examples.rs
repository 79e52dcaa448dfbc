//! The same operator recorded from inside and from outside has the same reconciles.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use futures::StreamExt;
use k8s_openapi::api::apps::v1::Deployment;
use kube::client::ClientBuilder;
use kube::{Api, Client, Config};
use kuberewind_cluster::http::{HttpOptions, serve};
use kuberewind_cluster::{Cluster, ClusterOptions};
use kuberewind_file::{OpenOptions, Recording};
use kuberewind_model::{Certainty, Clock, History, Seq, SystemClock, Verb};
use kuberewind_recorder::Recorder;
use serde_json::json;
use tokio::net::TcpListener;

use super::program::{kuberewind, until};

#[path = "../../crates/demo/src/operators/checkout.rs"]
mod checkout;
#[path = "../../crates/demo/src/operators/hpa.rs"]
mod hpa;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    /// By the layer in its client.
    Layer,
    /// By the proxy, with the operator's log.
    Log,
    /// By the proxy, without a log.
    Traffic,
}

/// An example's executable, if it was built.
fn example(name: &str) -> Option<PathBuf> {
    let here = std::env::current_exe().expect("this test's own file");
    let file = here.parent()?.parent()?.join("examples").join(name);
    if !file.exists() {
        eprintln!("skipped: {} was not built (`cargo test` does)", file.display());
        return None;
    }
    Some(file)
}

/// An API server with one Deployment that has `replicas: 3`, four replicas running and load for five.
async fn server() -> String {
    let cluster = Cluster::new(ClusterOptions::new(Arc::new(SystemClock::start()) as Arc<dyn Clock>, 1));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let server = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(serve(listener, cluster, HttpOptions::default(), std::future::pending()));
    let client = Client::try_from(Config::new(server.parse().expect("an address"))).expect("a client");
    let deployment = json!({
        "metadata": {"name": "checkout", "labels": {"app.kubernetes.io/part-of": "shop"}, "annotations": {hpa::LOAD: "450"}},
        "spec": {"replicas": 4, "selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": []}}},
    });
    let deployments: Api<Deployment> = Api::namespaced(client, "default");
    let deployment = serde_json::from_value(deployment).expect("a Deployment");
    deployments.create(&kube::api::PostParams::default(), &deployment).await.expect("created");
    server
}

/// A reconcile: its object, its calls, its deliveries and its certainty.
type RecordedRun = (String, Vec<String>, Vec<String>, Option<Certainty>);

fn runs(file: &Path) -> Vec<RecordedRun> {
    let Ok(recording) = Recording::open(file, &OpenOptions::default()) else { return Vec::new() };
    let Some(session) = recording.sessions().expect("sessions").pop() else { return Vec::new() };
    let lineage = recording.lineage(session.no).expect("a lineage");
    let operations = recording.operations(&lineage, Seq(1)..=Seq::MAX, 1_000).expect("operations");
    let verb = |seq: Seq| operations.iter().find(|operation| operation.seq == seq).map(|operation| operation.verb.to_string());
    let spans = recording.spans(&lineage, Seq(0)..=Seq::MAX, 1_000).expect("spans");
    let run = spans.iter().filter(|span| span.duration.is_some() || span.inferred.is_some()).map(|span| {
        let calls = operations.iter().filter(|operation| operation.span == Some(span.id));
        let triggers = span.triggers.iter().filter_map(|trigger| verb(trigger.operation?));
        (
            format!("{}/{}/{}", span.object.resource, span.object.namespace, span.object.name),
            calls.map(|call| format!("{} {}", call.verb, call.name)).collect(),
            triggers.collect(),
            span.inferred,
        )
    });
    run.collect()
}

fn operations(file: &Path) -> u64 {
    let sessions = Recording::open(file, &OpenOptions::default()).and_then(|recording| recording.sessions());
    sessions.ok().and_then(|mut sessions| sessions.pop()).map_or(0, |session| session.operations)
}

/// Runs an operator until it has settled: until there are this many operations and reconciles.
async fn recorded(name: &'static str, way: Way, enough: (u64, usize)) -> Option<Vec<RecordedRun>> {
    let server = server().await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("r.db");
    let reconciles = if way == Way::Traffic { 0 } else { enough.1 };
    let look = file.clone();
    let settled = move || until("it settles", || operations(&look) >= enough.0 && runs(&look).len() >= reconciles);
    if way == Way::Layer {
        with_layer(name, &server, &file, settled).await;
    } else {
        let program = example(name)?;
        let mut record = kuberewind(folder.path(), &server, &[], &[program.to_str().expect("text")]);
        record.env("RUST_LOG", if way == Way::Log { "info" } else { "off" }).stdout(Stdio::null()).stderr(Stdio::null());
        let code = tokio::task::spawn_blocking(move || ended(record, settled)).await.expect("no panic");
        assert_eq!(code, Some(0), "the operator ends on SIGTERM");
    }
    Some(runs(&file))
}

fn ended(mut record: Command, settled: impl FnOnce()) -> Option<i32> {
    let mut recorder = record.spawn().expect("it runs");
    settled();
    let pid = rustix::process::Pid::from_raw(i32::try_from(recorder.id()).expect("a pid")).expect("a pid");
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("sent");
    recorder.wait().expect("it ends").code()
}

async fn with_layer(name: &str, server: &str, file: &Path, settled: impl FnOnce() + Send + 'static) {
    let recorder = Recorder::builder(file).process(name).start().expect("a recorder");
    let actor = recorder.actor("");
    let config = Config::new(server.parse().expect("an address"));
    let client = ClientBuilder::try_from(config).expect("a client").with_layer(&actor.layer()).build();
    let running = if name == "checkout" {
        let context = Arc::new(checkout::Context { client: client.clone() });
        checkout::controller(&client).run(actor.wrap(checkout::reconcile), checkout::error_policy, context).map(drop).boxed()
    } else {
        let context = Arc::new(hpa::Context { client: client.clone(), fixed: false });
        hpa::controller(&client).run(actor.wrap(hpa::reconcile), hpa::error_policy, context).map(drop).boxed()
    };
    let running = tokio::spawn(running.for_each(|()| std::future::ready(())));
    tokio::task::spawn_blocking(settled).await.expect("no panic");
    running.abort();
    recorder.finish().await.expect("written");
}

/// The actors of all calls, the actors of the calls in each reconcile, and the number of calls outside of reconciles.
fn callers(file: &Path) -> (BTreeMap<String, u64>, Vec<BTreeSet<String>>, usize) {
    let recording = Recording::open(file, &OpenOptions::default()).expect("it opens");
    let session = recording.sessions().expect("sessions").pop().expect("a session");
    let lineage = recording.lineage(session.no).expect("a lineage");
    let actors = recording.actors().expect("actors");
    let name = |id| actors.iter().find(|actor| actor.id == id).expect("an actor").name.to_string();
    let operations = recording.operations(&lineage, Seq(1)..=Seq::MAX, 100_000).expect("operations");
    let calls = || operations.iter().filter(|operation| !operation.verb.is_watch_event());
    let (mut counts, mut spans) = (BTreeMap::<String, u64>::new(), BTreeMap::<_, BTreeSet<String>>::new());
    for call in calls() {
        *counts.entry(name(call.actor)).or_default() += 1;
        if let Some(span) = call.span {
            spans.entry(span).or_default().insert(name(call.actor));
        }
    }
    let in_none = calls().filter(|call| call.span.is_none() && call.verb != Verb::Watch && call.verb != Verb::List).count();
    (counts, spans.into_values().collect(), in_none)
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_programs_in_one_shell_are_distinguished_by_their_connections() {
    const ENOUGH: u64 = 1_000;
    let (Some(checkout), Some(hpa)) = (example("checkout"), example("hpa")) else { return };
    let server = server().await;
    let folder = tempfile::tempdir().expect("a folder");
    // Both fight forever and share one output. Neither names itself in its calls.
    let script =
        format!("trap 'trap - TERM; kill 0' TERM; {} & {} & wait", checkout.to_str().expect("text"), hpa.to_str().expect("text"));
    let mut record = kuberewind(folder.path(), &server, &[], &["sh", "-c", &script]);
    record.env("RUST_LOG", "info").stdout(Stdio::null()).stderr(Stdio::null());
    let file = folder.path().join("r.db");
    let look = file.clone();
    let settled = move || until("they fight", || operations(&look) >= ENOUGH);
    let code = tokio::task::spawn_blocking(move || ended(record, settled)).await.expect("no panic");
    assert_eq!(code, Some(128 + 15), "the shell's");
    let (counts, spans, in_none) = callers(&file);
    assert_eq!(counts.keys().collect::<Vec<_>>(), ["checkout", "hpa"], "{counts:?}");
    assert!(spans.iter().all(|actors| actors.len() == 1), "each reconcile has the calls of one program");
    let calls: u64 = counts.values().sum();
    assert!(in_none as u64 * 10 < calls, "{in_none} of {calls} calls are in no reconcile");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_examples_have_the_same_reconciles_from_inside_and_outside() {
    // The operations of each until it settles: list, watch, its calls, and the event of its write.
    for (name, enough) in [("checkout", (6, 2)), ("hpa", (4, 2))] {
        let layer = recorded(name, Way::Layer, enough).await.expect("the layer works without the example program");
        assert_eq!(layer.len(), 2, "{name}: {layer:?}");
        assert!(layer.iter().all(|(object, ..)| object == "deployments/default/checkout"), "{layer:?}");
        let Some(log) = recorded(name, Way::Log, enough).await else { return };
        assert_eq!(log.len(), layer.len(), "{name}: {log:?}");
        for (seen, known) in log.into_iter().zip(&layer) {
            let same = (known.0.clone(), known.1.clone(), known.2.clone(), None);
            assert_eq!(seen, same, "{name}: the reconciles from the log are the same and exact");
        }
        let inferred = recorded(name, Way::Traffic, enough).await.expect("the example exists");
        // A reconcile without calls leaves nothing to infer it from.
        let calling: Vec<RecordedRun> = layer.into_iter().filter(|(_, calls, ..)| !calls.is_empty()).collect();
        assert!(
            inferred.iter().all(|(.., sure)| *sure == Some(Certainty::Likely)),
            "{name}: marked as inferred, with certainty: {inferred:?}"
        );
        let unmarked: Vec<RecordedRun> =
            inferred.into_iter().map(|(object, calls, triggers, _)| (object, calls, triggers, None)).collect();
        assert_eq!(unmarked, calling, "{name}: inferred from the traffic");
    }
}
