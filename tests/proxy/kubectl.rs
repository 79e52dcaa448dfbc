//! kubectl through the program.

use std::process::{Command, Stdio};
use std::sync::Arc;

use kuberewind_cluster::http::{HttpOptions, serve};
use kuberewind_cluster::{Cluster, ClusterOptions};
use kuberewind_file::{OpenOptions, Recording};
use kuberewind_model::{Clock, History, Seq, SystemClock};
use tokio::net::TcpListener;

use super::test_proxy::kubeconfig_for;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubectl_works_and_is_recorded() {
    if Command::new("kubectl").arg("version").arg("--client").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        eprintln!("skipped: kubectl is not installed");
        return;
    }
    let cluster = Cluster::new(ClusterOptions::new(Arc::new(SystemClock::start()) as Arc<dyn Clock>, 1));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let server = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(serve(listener, cluster, HttpOptions::default(), std::future::pending()));
    let folder = tempfile::tempdir().expect("a folder");
    let kubeconfig = kubeconfig_for(folder.path(), &server);
    let record = |words: &'static [&'static str]| {
        let mut record = Command::new(env!("CARGO_BIN_EXE_kuberewind"));
        record
            .args(["record", "-o"])
            .arg(folder.path().join("r.db"))
            .arg("--kubeconfig")
            .arg(&kubeconfig)
            .arg("--")
            .arg("kubectl");
        record.args(words).arg("--cache-dir").arg(folder.path().join("cache"));
        record.env("XDG_RUNTIME_DIR", folder.path()).env("HOME", folder.path()).stdin(Stdio::null());
        tokio::task::spawn_blocking(move || record.output().expect("it runs"))
    };
    let listed = record(&["get", "namespaces"]).await.expect("no panic");
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    assert!(String::from_utf8_lossy(&listed.stdout).contains("default"), "{}", String::from_utf8_lossy(&listed.stdout));
    let missing = record(&["get", "configmap", "nope"]).await.expect("no panic");
    assert_eq!(missing.status.code(), Some(1));
    let recording = Recording::open(&folder.path().join("r.db"), &OpenOptions::default()).expect("it opens");
    let kinds = recording.kinds().expect("kinds");
    let deployments = kinds.iter().filter(|kind| &*kind.resource == "deployments").collect::<Vec<_>>();
    assert_eq!(deployments.len(), 1, "each kind of the discovery is recorded once: {kinds:?}");
    assert_eq!((&*deployments[0].kind, deployments[0].namespaced), ("Deployment", Some(true)));
    assert!(deployments[0].short_names.iter().any(|name| &**name == "deploy"), "{deployments:?}");
    let mut run = Vec::new();
    for session in recording.sessions().expect("sessions") {
        let version = recording.server_version(session.no).expect("it is read").expect("the proxy asks for it");
        assert!(version.contains("v1.35.4+kuberewind"), "{version}");
        let lineage = recording.lineage(session.no).expect("a lineage");
        let lines = recording.log_lines(&lineage, Seq(0)..=Seq::MAX, 100).expect("lines");
        assert!(lines.iter().any(|line| line.text.contains("discovery, OpenAPI, health and metrics calls, not recorded")));
        for operation in recording.operations(&lineage, Seq(1)..=Seq::MAX, 1_000).expect("operations") {
            run.push(format!("{} {} {}", operation.verb, operation.name, operation.status));
        }
    }
    // After 404, kubectl gets the namespace.
    assert_eq!(run, ["list  200", "get nope 404", "get shop 404"]);
    let actors: Vec<String> = recording.actors().expect("actors").iter().map(|actor| actor.name.to_string()).collect();
    assert_eq!(actors, ["kubectl"]);
}
